//! Logits on disk.
use std::fs;

use gpt2_runner::{Gpt2Tokenizer, RecordedLogits, RecordedPrompt};

use crate::{files::project_data, temporary::TemporaryFolder};

#[test]
fn the_recorded_gpt2_is_read_with_its_prompts() {
    let recorded = RecordedLogits::read(project_data("recorded/gpt2-small.safetensors")).unwrap();
    // prompts, ids and extremes of the vectors: computed in f64 when they were recorded, see data/recorded/README.md.
    let summary: serde_json::Value =
        serde_json::from_slice(&fs::read(project_data("recorded/gpt2-small.json")).unwrap()).unwrap();
    let summary = summary.as_array().unwrap();
    assert_eq!(recorded.prompts.len(), summary.len());
    let tokenizer = Gpt2Tokenizer::published().unwrap();
    for (prompt, summary) in recorded.prompts.iter().zip(summary) {
        assert_eq!(prompt.text, summary["prompt"].as_str().unwrap());
        assert_eq!(prompt.logits.len(), 50_257);
        let max = prompt.logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        assert_eq!(max, summary["logit_max"].as_f64().unwrap() as f32);
        let ids: Vec<u32> = serde_json::from_value(summary["token_ids"].clone()).unwrap();
        assert_eq!(tokenizer.encode(&prompt.text).unwrap(), ids);
        assert_eq!(recorded.find(&prompt.text), Some(prompt));
    }
    assert_eq!(recorded.find("something else"), None);
    assert_eq!((recorded.model, recorded.revision, recorded.sha256), (None, None, None));
}

#[test]
fn what_is_written_is_read_again_and_the_same_bytes_each_time() {
    let folder = TemporaryFolder::new("recorded");
    let path = folder.path().join("logits.safetensors");
    let prompt = |n: usize| RecordedPrompt {
        text: format!("prompt\n\"{n}\" é"),
        token_ids: (n != 3).then(|| vec![n as u32, 50_256]),
        logits: vec![n as f32, -0.0, f32::MIN_POSITIVE, f32::NEG_INFINITY],
    };
    // Twelve, so that prompt_10 must not come after prompt_1.
    let recorded = RecordedLogits {
        model: Some("gpt2".into()),
        revision: Some("607a30d".into()),
        sha256: Some("248dfc39".into()),
        prompts: (0..12).map(prompt).collect(),
    };
    recorded.write(&path).unwrap();
    assert_eq!(RecordedLogits::read(&path).unwrap(), recorded);
    assert_eq!(fs::read(&path).unwrap(), recorded.to_bytes().unwrap());
    let names: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(names, ["logits.safetensors"]);
}

#[test]
fn files_that_hold_no_recorded_logits() {
    let refusal = |bytes: &[u8]| RecordedLogits::from_bytes(bytes).unwrap_err().to_string();
    let file = |header: &str, data: usize| {
        [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), &vec![0; data]].concat()
    };
    let not = "recorded logits: not a file of recorded logits: ";
    let vector = r#""dtype":"F32","shape":[1],"data_offsets":[0,4]"#;
    assert_eq!(
        refusal(&file(&format!(r#"{{"wte.weight":{{{vector}}}}}"#), 4)),
        format!("{not}prompt_0 is missing: its 1 tensors should be prompt_0, prompt_1, …")
    );
    assert_eq!(
        refusal(&file(&format!(r#"{{"prompt_0":{{{vector}}}}}"#), 4)),
        format!("{not}prompt_0 has no prompt in the metadata")
    );
    assert_eq!(
        refusal(&file(r#"{"prompt_0":{"dtype":"F16","shape":[1,2],"data_offsets":[0,4]}}"#, 4)),
        format!("{not}prompt_0 is F16 [1, 2], expected F32 of one dimension")
    );
    let ids = format!(r#"{{"__metadata__":{{"prompt_0":"x","prompt_0.token_ids":"[-1]"}},"prompt_0":{{{vector}}}}}"#);
    assert!(refusal(&file(&ids, 4)).starts_with(&format!("{not}prompt_0.token_ids: ")));
    assert_eq!(
        refusal(b"{}"),
        "recorded logits: not a safetensors file: 2 bytes, shorter than the 8 of a header's length"
    );
    let empty = RecordedPrompt { text: "x".into(), token_ids: None, logits: vec![] };
    let recorded = RecordedLogits { prompts: vec![empty], ..Default::default() };
    assert_eq!(recorded.to_bytes().unwrap_err().to_string(), format!("{not}prompt 0, \"x\", has no logits"));
}
