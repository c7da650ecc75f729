//! What other processes do to a model's process: they write to its file.
use std::{
    fs, io,
    path::{Path, PathBuf},
    time::Duration,
};

use gpt2_runner::{Device, Error, Gpt2};

use crate::{files::test_data, temporary::TemporaryFolder};

const HUB: &str = "gpt2-tiny/hub-layout";
const SHARDED: &str = "gpt2-tiny/sharded";

/// A copy of a checkpoint that a test may change, with its files a minute old: some file systems' clocks advance in
/// steps of several milliseconds.
fn copy_of(name: &str, folder: &TemporaryFolder) -> PathBuf {
    for entry in fs::read_dir(test_data(name)).unwrap() {
        let entry = entry.unwrap();
        let copy = folder.path().join(entry.file_name());
        fs::copy(entry.path(), &copy).unwrap();
        let file = fs::File::options().write(true).open(&copy).unwrap();
        file.set_modified(file.metadata().unwrap().modified().unwrap() - Duration::from_secs(60)).unwrap();
    }
    folder.path().to_owned()
}

/// Writes one byte of a file in place.
fn overwrite(path: &Path) {
    let mut bytes = fs::read(path).unwrap();
    *bytes.last_mut().unwrap() ^= 0x55;
    let mut file = fs::File::options().write(true).open(path).unwrap();
    io::Write::write_all(&mut file, &bytes).unwrap();
}

#[test]
fn a_checkpoint_that_was_written_to_gives_an_error_and_no_logits() {
    let ids = [1, 2, 3];
    for (name, file) in [(HUB, "model.safetensors"), (SHARDED, "model-00002-of-00003.safetensors")] {
        let temporary = TemporaryFolder::new(&format!("written-to-{}", name.len()));
        let folder = copy_of(name, &temporary);
        let path = folder.join(file);
        let load = || Gpt2::load(&folder, Device::Cpu).unwrap();
        let refused = |result: Result<(), Error>| match result {
            Err(Error::Changed { path: named }) => assert_eq!(named, path),
            other => panic!("{other:?}"),
        };
        let model = load();
        let (_, mut cache) = model.start(&ids).unwrap();
        model.check_unchanged().unwrap();
        overwrite(&path);
        refused(model.next(&mut cache, &[4]).map(drop));
        refused(model.next_token_logits(&ids).map(drop));
        refused(model.logits(&ids).map(drop));
        refused(model.attention(&ids, |_| Ok(())));
        refused(model.hidden_states(&ids, |_| Ok(())));
        refused(model.check_unchanged());

        // Replaced by renaming another: the model goes on with what it has mapped.
        let model = load();
        let before = model.next_token_logits(&ids).unwrap();
        let other = folder.join("new");
        fs::copy(&path, &other).unwrap();
        overwrite(&other);
        fs::rename(&other, &path).unwrap();
        assert_eq!(model.next_token_logits(&ids).unwrap(), before);
        // A model that is loaded now has the new file.
        assert!(load().next_token_logits(&ids).is_ok());
    }
}
