//! What a reader is asked to survive. `fuzz_targets` hands these functions what libFuzzer finds; the tests of gpt2-runner
//! (`tests/it/fuzz.rs`) hand them seeded mutations of real files. Each says whether the input was read.
use std::{cell::RefCell, env, fs, path::PathBuf, process, thread};

use gpt2_runner::{Gpt2Tokenizer, RecordedLogits, Vocabulary, check_checkpoint_bytes};

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
    FILE.with_borrow(|file| {
        fs::write(file, input).expect("the temporary folder can be written to");
        let vocabulary = Vocabulary::from_tokenizer_json(file);
        if let Ok(vocabulary) = &vocabulary {
            for id in [0, 1, 255, vocabulary.largest_id(), u32::MAX] {
                let _ = vocabulary.token(id);
            }
        }
        let tokenizer = Gpt2Tokenizer::from_tokenizer_json(file);
        if let Ok(tokenizer) = &tokenizer {
            if let Ok(ids) = tokenizer.encode("The quick brown fox, 10² years\n on…") {
                let _ = tokenizer.decode(&ids);
            }
            let _ = (tokenizer.decode_token(0), tokenizer.decode_token(u32::MAX));
        }
        vocabulary.is_ok() || tokenizer.is_ok()
    })
}

/// A file of a thread's own, since these readers take a path; gone with the thread.
struct Scratch(PathBuf);

impl AsRef<std::path::Path> for Scratch {
    fn as_ref(&self) -> &std::path::Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

thread_local! {
    static FILE: RefCell<Scratch> = RefCell::new(Scratch(
        env::temp_dir().join(format!("fuzz-tokenizer-{}-{:?}.json", process::id(), thread::current().id())),
    ));
}
