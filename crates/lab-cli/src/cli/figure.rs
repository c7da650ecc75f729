use std::path::{Path, PathBuf};

use clap::Args;

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
    let ending = Path::new(name).extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    let format = match ending.to_ascii_lowercase().as_str() {
        "png" => Format::Png,
        "svg" => Format::Svg,
        _ => return Err("a name that ends in .png or .svg is accepted".to_owned()),
    };
    Ok(FigureFile { path, format })
}
