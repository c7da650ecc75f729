//! Logits on disk.
use std::fs;

use gpt2_runner::{Gpt2Tokenizer, RecordedLogits, RecordedModel, RecordedPrompt};

use crate::{files::project_data, temporary::TemporaryFolder};

#[test]
fn the_recorded_gpt2_is_read_with_its_prompts() {
    let recorded = RecordedLogits::from_file(project_data("recorded/gpt2-small.safetensors")).unwrap();
    let [recorded] = &recorded.models[..] else { panic!("one model") };
    // prompts, ids and extremes of the vectors: computed in f64 when they were recorded, see data/recorded/README.md.
    let summary: serde_json::Value =
        serde_json::from_slice(&fs::read(project_data("recorded/gpt2-small.json")).unwrap()).unwrap();
    let summary = summary.as_array().unwrap();
    assert_eq!(recorded.prompts.len(), summary.len());
    let tokenizer = Gpt2Tokenizer::published().unwrap();
    for (prompt, summary) in recorded.prompts.iter().zip(summary) {
        let text = prompt.text.as_deref().unwrap();
        assert_eq!(text, summary["prompt"].as_str().unwrap());
        assert_eq!(prompt.logits.len(), 50_257);
        let max = prompt.logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        assert_eq!(max, summary["logit_max"].as_f64().unwrap() as f32);
        let ids: Vec<u32> = serde_json::from_value(summary["token_ids"].clone()).unwrap();
        assert_eq!(tokenizer.encode(text).unwrap(), ids);
        assert_eq!(recorded.find(text), Some(prompt));
    }
    assert_eq!(recorded.find("something else"), None);
    assert_eq!((&recorded.name, &recorded.revision, &recorded.sha256), (&None, &None, &None));
}

fn model(name: &str, prompts: Vec<RecordedPrompt>) -> RecordedModel {
    RecordedModel { name: Some(name.into()), prompts, ..Default::default() }
}

#[test]
fn what_is_written_is_read_again_and_the_same_bytes_each_time() {
    let folder = TemporaryFolder::new("recorded");
    let path = folder.path().join("logits.safetensors");
    let prompt = |n: usize| RecordedPrompt {
        token_ids: (n != 3).then(|| vec![n as u32, 50_256]),
        ..RecordedPrompt::last(format!("prompt\n\"{n}\" é"), vec![n as f32, -0.0, f32::MIN_POSITIVE, f32::NEG_INFINITY])
    };
    // Twelve, so that prompt_10 must not come after prompt_1; and two models.
    let first = RecordedModel {
        revision: Some("607a30d".into()),
        sha256: Some("248dfc39".into()),
        notes: [("title".into(), "GPT-2".into()), ("files".into(), "[]".into())].into(),
        ..model("gpt2", (0..12).map(prompt).collect())
    };
    let all = RecordedPrompt { n_positions: Some(2), ..prompt(5) };
    let second =
        RecordedModel { notes: [("title".into(), "LARGE".into())].into(), ..model("gpt2-large", vec![prompt(0), all]) };
    let recorded = RecordedLogits { models: vec![first, second] };
    let bytes = recorded.to_bytes().unwrap();
    assert_eq!(bytes, recorded.clone().to_bytes().unwrap());
    fs::write(&path, &bytes).unwrap();
    assert_eq!(RecordedLogits::from_file(&path).unwrap(), recorded);
    let last = RecordedLogits::last_from_file(&path).unwrap();
    assert_eq!(last.models[1].prompts[1].logits, [f32::MIN_POSITIVE, f32::NEG_INFINITY]);
    assert_eq!(recorded.models[1].prompts[1].rows().last().unwrap(), last.models[1].prompts[1].logits);
    // How long the prompt is remains known, by the shape or by the ids.
    assert_eq!(last.models[1].prompts[1].n_positions_in_file, Some(2));
    assert_eq!((last.models[1].prompts[1].n_tokens(), last.models[0].prompts[1].n_tokens()), (Some(2), Some(2)));
    assert_eq!((last.models[0].prompts[3].n_positions_in_file, last.models[0].prompts[3].n_tokens()), (None, None));
    assert_eq!(recorded.models[1].prompts[1].rows().map(<[f32]>::len).collect::<Vec<_>>(), [2, 2]);
}

#[test]
fn a_file_of_one_prompt_has_the_key_logits() {
    let all =
        RecordedPrompt { n_positions: Some(1), token_ids: Some(vec![7]), ..RecordedPrompt::last("x", vec![1.0, 2.0]) };
    let recorded = RecordedLogits { models: vec![model("m", vec![all])] };
    let bytes = recorded.to_bytes().unwrap();
    let file = safetensors::SafeTensors::deserialize(&bytes).unwrap();
    assert_eq!(file.names(), ["logits"]);
    assert_eq!(file.tensor("logits").unwrap().shape(), [1, 2]);
    let (_, header) = safetensors::SafeTensors::read_metadata(&bytes).unwrap();
    let metadata = header.metadata().clone().unwrap();
    assert_eq!((metadata["prompt"].as_str(), metadata["token_ids"].as_str()), ("x", "[7]"));
    assert_eq!(RecordedLogits::from_bytes(&bytes).unwrap(), recorded);
}

/// A safetensors file with one tensor of zeros.
fn one_tensor(name: &str, dtype: &str, shape: &[usize], bytes: &[u8]) -> Vec<u8> {
    let header =
        serde_json::json!({name: {"dtype": dtype, "shape": shape, "data_offsets": [0, bytes.len()]}}).to_string();
    [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), bytes].concat()
}

#[test]
fn logits_of_anybody_are_read() {
    // 1, 2, 3, -4.5, 5, 6 in each type.
    let f32s: Vec<u8> = [1.0_f32, 2.0, 3.0, -4.5, 5.0, 6.0].iter().flat_map(|z| z.to_le_bytes()).collect();
    let f16s: Vec<u8> =
        [0x3c00_u16, 0x4000, 0x4200, 0xc480, 0x4500, 0x4600].iter().flat_map(|z| z.to_le_bytes()).collect();
    let bf16s: Vec<u8> = f32s.chunks(4).flat_map(|b| [b[2], b[3]]).collect();
    for (dtype, bytes) in [("F32", &f32s), ("F16", &f16s), ("BF16", &bf16s)] {
        for (shape, positions) in [(&[6][..], None), (&[2, 3], Some(2)), (&[1, 2, 3], Some(2))] {
            let file = one_tensor("anything", dtype, shape, bytes);
            let models = RecordedLogits::from_bytes(&file).unwrap().models;
            let expected = RecordedPrompt {
                n_positions: positions,
                logits: vec![1.0, 2.0, 3.0, -4.5, 5.0, 6.0],
                ..Default::default()
            };
            assert_eq!(models, [RecordedModel { prompts: vec![expected], ..Default::default() }]);
        }
    }
}

#[test]
fn files_that_hold_no_recorded_logits() {
    let refusal = |bytes: &[u8]| RecordedLogits::from_bytes(bytes).unwrap_err().to_string();
    let file = |header: &str, data: usize| {
        [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), &vec![0; data]].concat()
    };
    let not = "recorded logits: not a file of recorded logits: ";
    let vector = r#""dtype":"F32","shape":[1],"data_offsets":[0,4]"#;
    let other = r#""dtype":"F32","shape":[1],"data_offsets":[4,8]"#;
    assert_eq!(
        refusal(&file(&format!(r#"{{"wte.weight":{{{vector}}},"a":{{{other}}}}}"#), 8)),
        format!("{not}it has 2 tensors, such as a; expected one alone, or one named logits")
    );
    assert_eq!(
        refusal(&file(
            &format!(r#"{{"__metadata__":{{"prompt_0":"x"}},"prompt_0":{{{vector}}},"prompt_2":{{{other}}}}}"#),
            8
        )),
        format!("{not}prompt_2 is none of prompt_0, prompt_1, …, model_1.prompt_0, …")
    );
    assert_eq!(
        refusal(&file(&format!(r#"{{"prompt_0":{{{vector}}}}}"#), 4)),
        format!("{not}prompt_0 has no prompt in the metadata")
    );
    for (dtype, shape, bytes) in
        [("I32", &[1][..], 4), ("F32", &[2, 1, 1], 8), ("F64", &[1], 8), ("F32", &[0], 0), ("F32", &[], 4)]
    {
        assert_eq!(
            refusal(&one_tensor("z", dtype, shape, &vec![0; bytes])),
            format!("{not}z is {dtype} {shape:?}, expected F32, F16 or BF16 of [V], [T, V] or [1, T, V]")
        );
    }
    let ids = format!(r#"{{"__metadata__":{{"prompt_0":"x","prompt_0.token_ids":"[-1]"}},"prompt_0":{{{vector}}}}}"#);
    assert!(refusal(&file(&ids, 4)).starts_with(&format!("{not}prompt_0.token_ids: ")));
    let two =
        r#"{"__metadata__":{"token_ids":"[1, 2, 3]"},"logits":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]}}"#;
    assert_eq!(refusal(&file(two, 8)), format!("{not}token_ids: 3 token ids for 2 positions"));
    // Also if only the last position is kept.
    let folder = TemporaryFolder::new("three-ids");
    fs::write(folder.path().join("two"), file(two, 8)).unwrap();
    let last = RecordedLogits::last_from_file(folder.path().join("two")).unwrap_err().to_string();
    assert!(last.ends_with("two: not a file of recorded logits: token_ids: 3 token ids for 2 positions"), "{last}");
    assert_eq!(refusal(&file("{}", 0)), format!("{not}it has no tensors"));
    assert_eq!(
        refusal(b"{}"),
        "recorded logits: not a safetensors file: 2 bytes, shorter than the 8 of a header's length"
    );
}

#[test]
fn what_cannot_be_written_says_why() {
    let refusal = |models: Vec<RecordedModel>| RecordedLogits { models }.to_bytes().unwrap_err().to_string();
    let not = "recorded logits: not a file of recorded logits: ";
    assert_eq!(refusal(vec![]), format!("{not}there is no model"));
    assert_eq!(refusal(vec![model("m", vec![])]), format!("{not}model 0 has no prompts"));
    let last = |logits| RecordedPrompt::last("x", logits);
    assert_eq!(refusal(vec![model("m", vec![last(vec![])])]), format!("{not}prompt 0, \"x\", has no logits"));
    let odd = RecordedPrompt { n_positions: Some(2), ..last(vec![0.0; 3]) };
    assert_eq!(refusal(vec![model("m", vec![odd])]), format!("{not}prompt 0, \"x\": 3 logits have no shape [2, 1]"));
    let nameless = RecordedPrompt { text: None, ..last(vec![0.0]) };
    assert_eq!(
        refusal(vec![model("m", vec![last(vec![0.0]), nameless])]),
        format!("{not}prompt 1 has no text, which one among several needs")
    );
    let noted =
        RecordedModel { notes: [("prompt_1".into(), String::new())].into(), ..model("m", vec![last(vec![0.0])]) };
    assert_eq!(refusal(vec![noted]), format!("{not}a note cannot be named \"prompt_1\", which the format uses itself"));
}

/// Sizes that a file of a few megabytes could declare, but that no logits have.
#[test]
fn logits_are_read_up_to_a_stated_size() {
    let refusal = |bytes: &[u8]| RecordedLogits::from_bytes(bytes).unwrap_err().to_string();
    let not = "recorded logits: not a file of recorded logits: ";
    let most = 1 << 20;
    assert!(RecordedLogits::from_bytes(&one_tensor("z", "F16", &[most], &vec![0; 2 * most])).is_ok());
    let data = vec![0; 2 * (most + 1)];
    assert_eq!(
        refusal(&one_tensor("z", "F16", &[most + 1], &data)),
        format!("{not}z has 1048577 logits in a row; 1048576 are the most that are read")
    );
    assert_eq!(
        refusal(&one_tensor("z", "F16", &[most + 1, 1], &data)),
        format!("{not}z has 1048577 rows; 1048576 are the most that are read")
    );
    let file = |metadata: &str, tensors: usize| {
        let tensor =
            |n| format!(r#""prompt_{n}":{{"dtype":"F32","shape":[1],"data_offsets":[{},{}]}}"#, 4 * n, 4 * n + 4);
        let tensors: Vec<String> = (0..tensors).map(tensor).collect();
        let header = format!(r#"{{"__metadata__":{{{metadata}}},{}}}"#, tensors.join(","));
        [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), &vec![0; 4 * tensors.len()]].concat()
    };
    let ids = |n: usize| format!("[{}0]", "0,".repeat(n - 1));
    let one = format!(r#""prompt_0":"x","prompt_0.token_ids":"{}""#, ids(most + 1));
    assert!(
        refusal(&file(&one, 1)).starts_with(&format!("{not}prompt_0.token_ids: more than 1048576 elements at line 1"))
    );
    let half = ids(most / 2 + 1);
    let two = format!(r#""prompt_0":"x","prompt_0.token_ids":"{half}","prompt_1":"y","prompt_1.token_ids":"{half}""#);
    assert_eq!(refusal(&file(&two, 2)), format!("{not}its prompts have more than 1048576 token ids"));
    let entries: Vec<String> = (0..201_001).map(|n| format!(r#""{n}":"""#)).collect();
    assert_eq!(
        refusal(&file(&entries.join(","), 1)),
        "recorded logits: not a safetensors file: it has 201001 entries in its metadata; 201000 are the most that are read"
    );
}
