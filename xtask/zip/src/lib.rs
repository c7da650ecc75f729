//! zip 8, with the names of zip 0.6 that tch and torch-sys use.
pub use zip_now::{CompressionMethod, ZipArchive, ZipWriter, result};

/// Options of an entry that is written.
pub mod write {
    pub use zip_now::write::SimpleFileOptions as FileOptions;
}
