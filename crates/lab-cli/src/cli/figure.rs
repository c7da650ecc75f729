use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{ThemeName, parsers::dpi};
use crate::drawing::Format;

/// A command's optional figure.
#[derive(Debug, Clone, Default, Args)]
pub struct FigureArgs {
    /// Draw a figure too, into this .png or .svg file
    #[arg(long, value_name = "FILE", value_parser = file)]
    pub figure: Option<FigureFile>,
    /// With --figure: pixels per inch, 20 to 1,200 [default: 300]
    #[arg(long, value_parser = dpi)]
    pub dpi: Option<u32>,
    /// With --figure: its colours [default: light]
    #[arg(long)]
    pub theme: Option<ThemeName>,
}

/// A figure's file, and the format that its name asks for.
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
    let format = format.ok_or("give a name that ends in .png or .svg")?;
    Ok(FigureFile { path, format })
}
