//! What a reader is asked to survive. `fuzz_targets` hands these functions what libFuzzer finds; the tests of gpt2-runner
//! (`tests/it/fuzz.rs`) hand them seeded mutations of real files. Each says whether the input was read.
use std::{
    cell::RefCell,
    env, fs,
    path::{Path, PathBuf},
    process, thread,
};

use gpt2_runner::{Error, Gpt2Tokenizer, RecordedLogits, Vocabulary, check_checkpoint_bytes};

/// The length of a `config.json` in two bytes, least first; that file; and a safetensors file.
pub(crate) fn checkpoint(input: &[u8]) -> bool {
    let Some((length, rest)) = input.split_first_chunk() else { return false };
    let Some((config, file)) = rest.split_at_checked(u16::from_le_bytes(*length).into()) else { return false };
    let read = check_checkpoint_bytes(config, file);
    if let Err(error) = &read {
        assert!(!error.to_string().is_empty());
    }
    read.is_ok()
}

/// A file of recorded logits. What is read can be written, and is the same when it is read again.
pub(crate) fn recorded(input: &[u8]) -> bool {
    let read = match RecordedLogits::from_bytes(input) {
        Ok(read) => read,
        Err(error) => {
            assert!(!error.to_string().is_empty());
            return false;
        }
    };
    if let Ok(bytes) = read.to_bytes() {
        let again = RecordedLogits::from_bytes(&bytes).expect("what was written can be read");
        assert_eq!(again.to_bytes().expect("and written"), bytes);
    }
    true
}

/// A `tokenizer.json`, as GPT-2's tokenizer and as any model's vocabulary. What is encoded can be decoded.
pub(crate) fn tokenizer(input: &[u8]) -> bool {
    FOLDER.with_borrow(|Scratch(folder)| {
        let file = folder.join("tokenizer.json");
        write(&file, input);
        let vocabulary = Vocabulary::from_tokenizer_json(&file);
        if let Ok(vocabulary) = &vocabulary {
            for id in [0, 1, 255, vocabulary.largest_id(), u32::MAX] {
                let _ = vocabulary.token(id);
            }
        }
        let tokenizer = Gpt2Tokenizer::from_tokenizer_json(&file);
        let from_folder = Gpt2Tokenizer::from_folder(folder);
        [&tokenizer, &from_folder].into_iter().for_each(encode);
        vocabulary.is_ok() && tokenizer.is_ok()
    })
}

/// The settings of a folder's tokenizer: a `tokenizer_config.json`, a `special_tokens_map.json` or an
/// `added_tokens.json`.
pub(crate) fn settings(input: &[u8]) -> bool {
    FOLDER.with_borrow(|Scratch(folder)| {
        let mut read = false;
        write(&folder.join("tokenizer.json"), include_bytes!("seeds/tokenizer/gpt2.json"));
        for name in ["tokenizer_config.json", "special_tokens_map.json", "added_tokens.json"] {
            let file = folder.join(name);
            write(&file, input);
            let tokenizer = Gpt2Tokenizer::from_folder(folder);
            fs::remove_file(&file).expect("it is there");
            encode(&tokenizer);
            read |= tokenizer.is_ok();
        }
        read
    })
}

/// Writes a new file: ext4 puts one that is written over onto the disk at once, which takes milliseconds.
fn write(file: &Path, bytes: &[u8]) {
    let _ = fs::remove_file(file);
    fs::write(file, bytes).expect("the temporary folder can be written to");
}

fn encode(tokenizer: &Result<Gpt2Tokenizer, Error>) {
    // A panic of the library is caught, but it prints a message: files that lead to one are to be refused.
    let not_caught = |error: &Error| assert!(!error.to_string().contains("library failed"), "{error}");
    let tokenizer = match tokenizer {
        Ok(tokenizer) => tokenizer,
        Err(error) => return not_caught(error),
    };
    for text in
        ["The quick brown fox, 10² years\n on…", "", "  a b<|endoftext|> \u{b4}e \u{3000}\u{a0}x  ", "ab ab\0\u{301}"]
    {
        match tokenizer.encode(text) {
            Ok(ids) => drop(tokenizer.decode(&ids)),
            Err(error) => not_caught(&error),
        }
        let _ = tokenizer.token_id(text);
    }
    let _ = (tokenizer.decode_token(0), tokenizer.decode_token(u32::MAX));
}

/// A folder of a thread's own, since these readers take a path; gone with the thread.
struct Scratch(PathBuf);

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

thread_local! {
    static FOLDER: RefCell<Scratch> = RefCell::new({
        let folder = env::temp_dir().join(format!("fuzz-tokenizer-{}-{:?}", process::id(), thread::current().id()));
        fs::create_dir_all(&folder).expect("the temporary folder can be written to");
        Scratch(folder)
    });
}
