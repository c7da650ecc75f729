//! Damaged files of every kind are refused or read, but never panic: seeded mutations of real ones, so that each run
//! tries the same inputs. The functions that take them are those of the fuzz targets in `fuzz`.
use std::fs;

use gpt2_runner::RecordedLogits;

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
            mutate(&mut config, random);
        } else {
            mutate_file(&mut file, random);
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
        mutate_file(&mut file, random);
        if targets::recorded(&file) {
            read += 1;
        } else {
            refused += 1;
        }
    }
    assert!(read > INPUTS / 100 && refused > INPUTS / 2, "{read} read, {refused} refused");
}

#[test]
fn the_readers_of_a_tokenizer_json_never_panic() {
    let original = include_bytes!("../../../../fuzz/seeds/tokenizer/small.json");
    assert!(targets::tokenizer(original));
    let (mut read, mut refused) = (0, 0);
    for seed in 0..INPUTS / 4 {
        let random = &mut Random(seed);
        let mut file = original.to_vec();
        for _ in 0..=random.below(3) {
            mutate(&mut file, random);
        }
        if targets::tokenizer(&file) {
            read += 1;
        } else {
            refused += 1;
        }
    }
    assert!(read > INPUTS / 400 && refused > INPUTS / 40, "{read} read, {refused} refused");
}

/// Damages the header's length, the header, with or without its length set right again, or the whole file.
fn mutate_file(file: &mut Vec<u8>, random: &mut Random) {
    let length = u64::from_le_bytes(file[..8].try_into().unwrap()) as usize;
    match random.below(8) {
        0 => file[random.below(8)] = random.below(256) as u8,
        1 => file[..8].copy_from_slice(&random.number().to_le_bytes()),
        2 => file.truncate(random.below(file.len() + 1)),
        3 => file.extend(vec![0; random.below(100)]),
        _ => {
            let mut header = file[8..8 + length].to_vec();
            for _ in 0..=random.below(3) {
                mutate(&mut header, random);
            }
            let new_length = if random.below(4) == 0 { length } else { header.len() } as u64;
            file.splice(8..8 + length, header);
            file[..8].copy_from_slice(&new_length.to_le_bytes());
        }
    }
}

/// Damages a text: a byte, a number, a piece.
fn mutate(text: &mut Vec<u8>, random: &mut Random) {
    if text.is_empty() {
        return;
    }
    let at = random.below(text.len());
    match random.below(6) {
        0 => text[at] = random.below(256) as u8,
        1 => text[at] = b"0123456789[]{}\",:-.eE "[random.below(22)],
        2 => drop(text.drain(at..(at + random.below(40)).min(text.len()))),
        3 => {
            let piece = text[at..(at + random.below(200)).min(text.len())].to_vec();
            let to = random.below(text.len());
            text.splice(to..to, piece);
        }
        // Another number in place of the next one.
        _ => {
            let Some(start) = text[at..].iter().position(u8::is_ascii_digit).map(|n| at + n) else { return };
            let digits = text[start..].iter().take_while(|b| b.is_ascii_digit()).count();
            text.splice(start..start + digits, random.number().to_string().into_bytes());
        }
    }
}

/// SplitMix64 (Steele, Lea and Flood, 2014).
struct Random(u64);

impl Random {
    fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: usize) -> usize {
        (self.bits() % n as u64) as usize
    }

    /// Small, near a power of two, or any.
    fn number(&mut self) -> u64 {
        match self.below(3) {
            0 => self.bits() % 200,
            1 => (1_u64 << self.below(64)).wrapping_add(self.bits() % 3).wrapping_sub(1),
            _ => self.bits(),
        }
    }
}
