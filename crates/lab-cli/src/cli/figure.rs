use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::ThemeName;
use crate::drawing::Format;

/// A command's figure, if it is asked for.
#[derive(Debug, Clone, Default, Args)]
pub struct FigureArgs {
    /// Draw the figure as well, into this file: .png or .svg
    #[arg(long, value_name = "FILE", value_parser = file)]
    pub figure: Option<FigureFile>,
    /// With --figure: pixels per inch [default: 300]
    #[arg(long, value_parser = clap::value_parser!(u32).range(20..=1200))]
    pub dpi: Option<u32>,
    /// With --figure: colours [default: light]
    #[arg(long)]
    pub theme: Option<ThemeName>,
}

/// A file, and what its name says that it is to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FigureFile {
    /// The file.
    pub path: PathBuf,
    /// By its ending.
    pub format: Format,
}

fn file(name: &str) -> Result<FigureFile, String> {
    let path = PathBuf::from(name);
    let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default().to_ascii_lowercase();
    let format = Format::value_variants().iter().copied().find(|format| format.extension() == ending);
    let format = format.ok_or("a name that ends in .png or .svg is accepted")?;
    Ok(FigureFile { path, format })
}
