//! Damaged files of every kind are refused or read, but never panic: seeded mutations of real ones, so that each run
//! tries the same inputs. The functions that take them are those of the fuzz targets in `fuzz`.
use std::fs;

use gpt2_runner::RecordedLogits;
use test_support::{Random, damage_safetensors, damage_text, damage_tokenizer};

use crate::{
    files::{project_data, test_data},
    targets,
};

const INPUTS: u64 = 20_000;

#[test]
fn the_checkpoint_reader_never_panics() {
    let fixtures = ["hub-layout", "prefixed", "float16", "untied-head"].map(|fixture| {
        let folder = test_data("gpt2-tiny").join(fixture);
        (fs::read(folder.join("config.json")).unwrap(), fs::read(folder.join("model.safetensors")).unwrap())
    });
    let (mut read, mut refused) = (0, 0);
    for seed in 0..INPUTS {
        let random = &mut Random(seed);
        let (config, file) = &fixtures[random.below(fixtures.len())];
        let (mut config, mut file) = (config.clone(), file.clone());
        if random.below(4) == 0 {
            damage_text(&mut config, random);
        } else {
            damage_safetensors(&mut file, random);
        }
        let length = u16::try_from(config.len()).unwrap().to_le_bytes();
        if targets::checkpoint(&[&length, &config[..], &file[..]].concat()) {
            read += 1;
            assert!(gpt2_runner::Gpt2::from_bytes(&config, file, gpt2_runner::Device::Cpu).is_ok());
        } else {
            refused += 1;
        }
    }
    // Some damage is harmless (a digit of dropout, a value of a weight); most is not.
    assert!(read > INPUTS / 100 && refused > INPUTS / 2, "{read} read, {refused} refused");
}

#[test]
fn the_reader_of_recorded_logits_never_panics() {
    let original = fs::read(project_data("recorded/gpt2-small.safetensors")).unwrap();
    // Two short vectors with ids would do, but the real file has the real header; its data are cut for speed.
    let short = RecordedLogits::from_bytes(&original).unwrap();
    let mut short = short;
    short.models[0].name = Some("gpt2".into());
    for prompt in &mut short.models[0].prompts {
        prompt.logits.truncate(20);
        prompt.token_ids = Some(vec![1, 2, 3]);
    }
    let original = short.to_bytes().unwrap();
    let (mut read, mut refused) = (0, 0);
    for seed in 0..INPUTS {
        let random = &mut Random(seed);
        let mut file = original.clone();
        damage_safetensors(&mut file, random);
        if targets::recorded(&file) {
            read += 1;
        } else {
            refused += 1;
        }
    }
    assert!(read > INPUTS / 100 && refused > INPUTS / 2, "{read} read, {refused} refused");
}

/// Small tokenizers of the families of GPT-2, Llama 3 and Qwen 2.
const TOKENIZERS: [&[u8]; 3] = [
    include_bytes!("../../../../fuzz/seeds/tokenizer/gpt2.json"),
    include_bytes!("../../../../fuzz/seeds/tokenizer/llama3.json"),
    include_bytes!("../../../../fuzz/seeds/tokenizer/qwen2.json"),
];

/// The number of damaged tokenizers that could be read.
fn read_tokenizers(inputs: u64) -> u64 {
    let mut read = 0;
    for seed in 0..inputs {
        let random = &mut Random(seed);
        let mut file = TOKENIZERS[random.below(TOKENIZERS.len())].to_vec();
        damage_tokenizer(&mut file, random);
        // A panic caught in the parser would be an error with this text.
        read += u64::from(targets::tokenizer(&file));
    }
    read
}

#[test]
fn the_readers_of_a_tokenizer_json_never_panic() {
    for tokenizer in TOKENIZERS {
        assert!(targets::tokenizer(tokenizer));
    }
    let read = read_tokenizers(INPUTS / 4);
    assert!(read > INPUTS / 40 && read < INPUTS / 5, "{read} read");
}

#[test]
#[ignore = "minutes: the same with more inputs"]
fn the_readers_of_a_tokenizer_json_never_panic_on_100_000_inputs() {
    let read = read_tokenizers(100_000);
    assert!(read > 10_000, "{read} read");
}

#[test]
fn the_readers_of_a_tokenizers_settings_never_panic() {
    let seeds = [
        r#"{"tokenizer_class": "GPT2Tokenizer", "add_prefix_space": true, "add_bos_token": true, "bos_token": "a b",
            "added_tokens_decoder": {"263": {"content": "<x>", "lstrip": true, "rstrip": false, "normalized": true}}}"#,
        r#"{"pad_token": {"content": "[PAD]", "rstrip": true, "single_word": true}, "extra_special_tokens": ["<y>"],
            "additional_special_tokens": ["<z>"], "image_token": "<i>", "split_special_tokens": false}"#,
        r#"{"tokenizer_class": "PreTrainedTokenizerFast", "extra_special_tokens": {"x_token": "<x>"}}"#,
        r#"{"<x>": 263, "[PAD]": 264, "ab": 1}"#,
    ];
    let (mut read, mut refused) = (0, 0);
    for seed in 0..INPUTS / 4 {
        let random = &mut Random(seed);
        let mut file = seeds[random.below(seeds.len())].as_bytes().to_vec();
        for _ in 0..=random.below(3) {
            damage_tokenizer(&mut file, random);
        }
        *(if targets::settings(&file) { &mut read } else { &mut refused }) += 1;
    }
    assert!(read > INPUTS / 40 && refused > INPUTS / 40, "{read} read, {refused} refused");
}
