use std::path::PathBuf;

/// Why a figure could not be drawn or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The figure has no panel.
    #[error("the figure is empty: add at least one panel")]
    Empty,
    /// The grid has fewer places than the figure has panels, or no place at all.
    #[error("a grid of {rows} x {columns} cannot hold {panels} panel(s)")]
    Grid {
        /// Rows of the grid.
        rows: usize,
        /// Columns of the grid.
        columns: usize,
        /// Panels in the figure.
        panels: usize,
    },
    /// A side of the figure is not a positive number of inches, or the resolution is zero.
    #[error("a figure of {width} x {height} inches at {dpi} dpi cannot be drawn: all three must be positive numbers")]
    Size {
        /// Width in inches.
        width: f64,
        /// Height in inches.
        height: f64,
        /// Pixels per inch.
        dpi: u32,
    },
    /// The figure would need more pixels than [`Figure::MAX_PIXELS`](crate::Figure::MAX_PIXELS).
    #[error("the figure would need {pixels} pixels; at most {max} are drawn: lower its size or its dpi")]
    TooLarge {
        /// The number of pixels that the size and the resolution require.
        pixels: u64,
        /// The accepted maximum.
        max: u64,
    },
    /// Titles and labels leave no space for the panels.
    #[error("the labels need all of the figure's {width} x {height} inches: enlarge it or shorten them")]
    NoRoom {
        /// Width in inches.
        width: f64,
        /// Height in inches.
        height: f64,
    },
    /// Another number of widths than of columns.
    #[error("{given} width(s) of columns are given and the grid has {columns} column(s): they must be as many")]
    Widths {
        /// Columns of the grid.
        columns: usize,
        /// Number of widths.
        given: usize,
    },
    /// Limits given by hand that an axis cannot have.
    #[error("the {axis} axis cannot run from {low} to {high}: {expected}")]
    Limits {
        /// `x` or `y`, or `c` for the colours of a heat map.
        axis: char,
        /// The lower limit as given.
        low: f64,
        /// The upper limit as given.
        high: f64,
        /// What is accepted.
        expected: &'static str,
    },
    /// A panel cannot be drawn. Not used for the only panel of a figure if it has no title.
    #[error("panel {number}{}: {source}", in_parentheses(title))]
    Panel {
        /// Which panel, from 1.
        number: usize,
        /// Its title; empty if it has none.
        title: String,
        /// What is wrong with it.
        source: Box<Error>,
    },
    /// A series with unequal numbers of x and y values.
    #[error("a series has {x} x value(s) and {y} y value(s): they must be as many")]
    Lengths {
        /// Number of x values.
        x: usize,
        /// Number of y values.
        y: usize,
    },
    /// Bars with unequal numbers of values and of places or bases.
    #[error("bars have {values} value(s) and {given} place(s) or base(s): they must be as many")]
    Bars {
        /// Number of values.
        values: usize,
        /// Number of places or of bases.
        given: usize,
    },
    /// A heat map without cells, or with another number of values or texts.
    #[error("a heat map of {rows} x {columns} cells has {given} value(s) or text(s): as many as cells are accepted")]
    Cells {
        /// Rows of the grid.
        rows: usize,
        /// Columns of the grid.
        columns: usize,
        /// Number of values or of texts.
        given: usize,
    },
    /// A width, size or opacity that is not a number in its range.
    #[error("{what} is {value}: {expected}")]
    Style {
        /// Which property.
        what: &'static str,
        /// The value as given.
        value: f64,
        /// What is accepted.
        expected: &'static str,
    },
    /// A file name that ends neither in .png nor in .svg.
    #[error("cannot tell the format of {}: its name must end in .png or .svg", path.display())]
    Extension {
        /// The path as given.
        path: PathBuf,
    },
    /// The file could not be written.
    #[error("cannot write {}: {source}", path.display())]
    Write {
        /// The path as given.
        path: PathBuf,
        /// The operating system's error.
        source: std::io::Error,
    },
    /// The PNG encoder refused.
    #[error("cannot encode the picture: {0}")]
    Encode(#[from] png::EncodingError),
    /// The chart machinery refused.
    #[error("cannot draw: {0}")]
    Draw(String),
}

fn in_parentheses(title: &str) -> String {
    if title.is_empty() { String::new() } else { format!(" ({title:?})") }
}
