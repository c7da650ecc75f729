//! Figures as the bytes of their files.

mod painter;

use viz::{Figure, Theme};

use crate::{Error, figures::Sheet, report::FigureFacts};

pub(crate) use painter::Painter;

/// Pixels per inch of the pictures in the page: 960 to 1150 pixels wide, what a column of text on a screen has.
const PAGE_DPI: u32 = 96;

/// A figure's file format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Format {
    /// Pixels.
    Png,
    /// Vectors, with dense layers as pixels.
    Svg,
}

impl Format {
    /// Both formats.
    pub const ALL: [Self; 2] = [Self::Png, Self::Svg];

    /// The end of a file's name.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Svg => "svg",
        }
    }

    /// The bytes of a figure's file.
    ///
    /// # Errors
    /// viz's, for a figure that cannot be drawn.
    pub fn draw(self, figure: &Figure) -> Result<Vec<u8>, viz::Error> {
        match self {
            Self::Png => figure.to_png(),
            Self::Svg => figure.to_svg().map(String::into_bytes),
        }
    }
}

/// A figure as the bytes of its files.
#[derive(Debug)]
pub struct Drawn {
    /// Its entry in the report.
    pub facts: FigureFacts,
    /// Whether it is drawn in the dark theme.
    pub dark: bool,
    /// The bytes of `facts.files`.
    pub files: Vec<Vec<u8>>,
    /// A PNG for the page, and its width and height.
    pub page: (Vec<u8>, (u32, u32)),
}

impl Drawn {
    /// Draws a figure in each of some formats, and once for the page.
    ///
    /// # Errors
    /// viz's, for a figure that cannot be drawn.
    pub fn new(sheet: Sheet, formats: &[Format]) -> Result<Self, Error> {
        let Sheet { part, stem, models, theme, figure } = sheet;
        let mut facts = FigureFacts { part, files: Vec::new(), pixels: figure.pixel_size()?, models };
        let mut files = Vec::new();
        for format in formats {
            facts.files.push(format!("{stem}.{}", format.extension()));
            files.push(format.draw(&figure)?);
        }
        let small = figure.dpi(PAGE_DPI);
        Ok(Self { facts, dark: theme == Theme::Dark, files, page: (small.to_png()?, small.pixel_size()?) })
    }
}
