//! Opens files, refuses what is not a regular file, and reads up to a limit.
use std::{
    fs::{self, File, FileType, OpenOptions},
    io::{self, Read},
    path::Path,
};

use crate::Error;

mod open_file;

pub(crate) use open_file::{Bytes, MappedFile, OpenFile};

/// How long the small files of a checkpoint may be, in bytes. The published configurations have under 1 kB; the index
/// of a GPT-2 of 1,000 blocks would have 1 MB; the largest published `tokenizer.json` have 35 MB, the largest
/// `tokenizer_config.json` 1.2 MB.
pub(crate) const CONFIG: u64 = 1 << 20;
pub(crate) const SHARD_INDEX: u64 = 4 << 20;
pub(crate) const TOKENIZER: u64 = 64 << 20;
pub(crate) const TOKENIZER_CONFIG: u64 = 4 << 20;

/// How large a vocabulary may be: V, and any token id, is at most 2²⁰. The largest published vocabularies have 262,144
/// tokens (Gemma 3).
pub(crate) const MOST_TOKENS: usize = 1 << 20;

/// Opens a regular file. Anything else is refused before opening: opening a FIFO waits for a writer, opening a device
/// has side effects.
pub(crate) fn open(path: &Path) -> Result<File, Error> {
    let io = |source| Error::Io { path: path.to_owned(), source };
    let refuse = |what: FileType| match kind(what) {
        None => Ok(()),
        Some(kind) => Err(Error::NotAFile { path: path.to_owned(), kind }),
    };
    refuse(fs::metadata(path).map_err(io)?.file_type())?;
    let mut options = OpenOptions::new();
    options.read(true);
    // The name may refer to something else by now: open without blocking, and check again.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, libc::O_NONBLOCK | libc::O_NOCTTY);
    let file = options.open(path).map_err(io)?;
    refuse(file.metadata().map_err(io)?.file_type())?;
    Ok(file)
}

/// Reads a whole small file, such as `config.json`: at most `limit` bytes (a number of MiB). Never blocks.
///
/// # Errors
/// [`Error::Io`]; [`Error::NotAFile`] for a FIFO, a device, a folder or a socket; [`Error::TooLong`], whose `what`
/// names the expected kind of file.
pub(crate) fn read_file(path: impl AsRef<Path>, what: &'static str, limit: u64) -> Result<Vec<u8>, Error> {
    let path = path.as_ref();
    let file = open(path)?;
    let mut bytes = Vec::new();
    let too_long = || Error::TooLong { path: path.to_owned(), what, limit };
    let io = |source| Error::Io { path: path.to_owned(), source };
    if file.metadata().map_err(io)?.len() > limit {
        return Err(too_long());
    }
    // One byte more than allowed: the file may have grown, and some files report length 0.
    file.take(limit + 1).read_to_end(&mut bytes).map_err(io)?;
    if bytes.len() as u64 > limit { Err(too_long()) } else { Ok(bytes) }
}

/// Whether the path exists. A dangling link counts.
pub(crate) fn is_there(path: &Path) -> bool {
    !matches!(fs::symlink_metadata(path), Err(e) if e.kind() == io::ErrorKind::NotFound)
}

/// Identifies a file that this crate does not read by its first bytes, and how to get the right one.
pub(crate) fn other_kind(bytes: &[u8]) -> Option<&'static str> {
    const KINDS: [(&[u8], &str); 12] = [
        (
            b"version https://git-lfs.github.com/spec/",
            "it is a git-lfs pointer, which stands for the file: run `git lfs pull` in its folder, or download the file \
             itself",
        ),
        (
            b"PK\x03\x04",
            "it is a zip archive, as PyTorch (.pt, .bin) and NumPy (.npz) write them: for a model, save it again from \
             Python with save_pretrained, which writes safetensors; for logits, numpy.save writes the .npy of one array",
        ),
        (
            b"\x80\x02",
            "it is a pickle, which can run code when it is read: save it again from Python with save_pretrained, which \
             writes safetensors",
        ),
        (b"\x93NUMPY", "it is a NumPy array, which can hold logits: save_pretrained writes a model and its tokenizer"),
        (b"GGUF", "it is a GGUF file of llama.cpp: get the model's safetensors, from which it was converted"),
        (b"\x89HDF", "it is an HDF5 file, as TensorFlow writes them: get the model's safetensors"),
        (b"\x1f\x8b", "it is compressed with gzip: unpack it with gunzip"),
        (b"\x28\xb5\x2f\xfd", "it is compressed with zstd: unpack it with unzstd"),
        (b"<!DOCTYPE", "it is a web page, not the file: download the file itself"),
        (b"<!doctype", "it is a web page, not the file: download the file itself"),
        (b"<html", "it is a web page, not the file: download the file itself"),
        (b"<?xml", "it is XML, such as a server's error: download the file itself"),
    ];
    KINDS.into_iter().find(|(start, _)| bytes.starts_with(start)).map(|(_, what)| what)
}

/// The kind of a path that is not a regular file.
fn kind(what: FileType) -> Option<&'static str> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt;
        if what.is_fifo() {
            return Some("a FIFO");
        } else if what.is_socket() {
            return Some("a socket");
        } else if what.is_char_device() || what.is_block_device() {
            return Some("a device");
        }
    }
    match what {
        _ if what.is_file() => None,
        _ if what.is_dir() => Some("a folder"),
        _ => Some("something else"),
    }
}
