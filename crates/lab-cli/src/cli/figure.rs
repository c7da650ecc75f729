use std::path::PathBuf;

use clap::{Args, ValueEnum};
use lab::drawing::Format;

use super::{ThemeName, parsers::dpi};

/// A command's optional figure.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct FigureArgs {
    /// Also draw a figure, to this .png or .svg file
    #[arg(long, value_name = "FILE", value_parser = file)]
    pub(crate) figure: Option<FigureFile>,
    /// With --figure: pixels per inch, 20 to 1,200 [default: 300]
    #[arg(long, value_parser = dpi)]
    pub(crate) dpi: Option<u32>,
    /// With --figure: its colours [default: light]
    #[arg(long)]
    pub(crate) theme: Option<ThemeName>,
}

/// A figure's file format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum FormatName {
    /// Pixels
    Png,
    /// Vectors, with dense layers as pixels
    Svg,
}

impl From<FormatName> for Format {
    fn from(name: FormatName) -> Self {
        match name {
            FormatName::Png => Self::Png,
            FormatName::Svg => Self::Svg,
        }
    }
}

/// A figure's file, and its format by the file name extension.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FigureFile {
    /// The file.
    pub(crate) path: PathBuf,
    /// By its ending.
    pub(crate) format: Format,
}

fn file(name: &str) -> Result<FigureFile, String> {
    let path = PathBuf::from(name);
    let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default().to_ascii_lowercase();
    let format = Format::ALL.into_iter().find(|format| format.extension() == ending);
    let format = format.ok_or("give a name that ends in .png or .svg")?;
    Ok(FigureFile { path, format })
}
