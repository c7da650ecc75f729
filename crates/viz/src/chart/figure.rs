use super::{bars::Bars, omitted::Omitted, panel::Panel, theme::Theme};
use crate::error::Error;

/// One or more panels on a sheet.
///
/// ```
/// use viz::{Figure, Marker, Panel, Series, Shape};
/// # fn main() -> Result<(), viz::Error> {
/// let panel = Panel::new()
///     .title("Squares")
///     .x_label("n")
///     .y_label("$n^2$")
///     .series(Series::line(&[1.0, 2.0, 3.0], &[1.0, 4.0, 9.0]).marker(Marker::new(Shape::Circle)));
/// let figure = Figure::new(4.0, 3.0).dpi(100).panel(panel);
/// let png = figure.to_png()?;
/// assert_eq!(&png[1..4], b"PNG");
/// assert!(figure.to_svg()?.contains("aria-label=\"Squares\""));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Figure {
    pub(crate) width: f64,
    pub(crate) height: f64,
    pub(crate) dpi: u32,
    pub(crate) theme: Theme,
    pub(crate) grid: Option<(usize, usize)>,
    pub(crate) widths: Vec<f64>,
    pub(crate) panels: Vec<Panel>,
    pub(crate) footnote: String,
    pub(crate) name: String,
}

impl Figure {
    /// The most pixels that a figure may have: 100 million, 400 MB while it is drawn.
    pub const MAX_PIXELS: u64 = 100_000_000;

    /// A light figure of this size in inches, at 300 dpi.
    #[must_use]
    pub fn new(width: f64, height: f64) -> Self {
        Self {
            width,
            height,
            dpi: 300,
            theme: Theme::Light,
            grid: None,
            widths: Vec::new(),
            panels: Vec::new(),
            footnote: String::new(),
            name: String::new(),
        }
    }

    /// Pixels per inch of the PNG, and of rastered layers in the SVG.
    #[must_use]
    pub fn dpi(mut self, dpi: u32) -> Self {
        self.dpi = dpi;
        self
    }

    /// The colours.
    #[must_use]
    pub fn theme(mut self, theme: Theme) -> Self {
        self.theme = theme;
        self
    }

    /// Rows and columns, filled row by row. By default all panels are in one row.
    #[must_use]
    pub fn grid(mut self, rows: usize, columns: usize) -> Self {
        self.grid = Some((rows, columns));
        self
    }

    /// How wide the plotting areas of the columns are, each in proportion to the others: matplotlib's `width_ratios`.
    /// By default all are equal.
    #[must_use]
    pub fn widths(mut self, widths: &[f64]) -> Self {
        self.widths = widths.to_vec();
        self
    }

    /// Adds a panel.
    #[must_use]
    pub fn panel(mut self, panel: Panel) -> Self {
        self.panels.push(panel);
        self
    }

    /// A small remark in the lower right corner, such as the source of the data.
    #[must_use]
    pub fn footnote(mut self, footnote: impl Into<String>) -> Self {
        self.footnote = footnote.into();
        self
    }

    /// The title in the SVG, for screen readers. The default is the panels' titles.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// Width and height in pixels.
    ///
    /// # Errors
    /// [`Error::Size`] and [`Error::TooLarge`].
    pub fn pixel_size(&self) -> Result<(u32, u32), Error> {
        let pixels = |inches: f64| (inches * f64::from(self.dpi)).round();
        let (width, height) = (pixels(self.width), pixels(self.height));
        // Not `<`: this is to refuse NaN as well.
        if !(width >= 1.0 && height >= 1.0 && width.is_finite() && height.is_finite()) {
            return Err(Error::Size { width: self.width, height: self.height, dpi: self.dpi });
        }
        let pixels = (width * height) as u64;
        if pixels > Self::MAX_PIXELS || width.max(height) > 200_000.0 {
            return Err(Error::TooLarge { pixels, max: Self::MAX_PIXELS });
        }
        Ok((width as u32, height as u32))
    }

    /// The size in pixels of a figure that can be drawn.
    pub(crate) fn check(&self) -> Result<(u32, u32), Error> {
        let size = self.pixel_size()?;
        if self.panels.is_empty() {
            return Err(Error::Empty);
        }
        let (rows, columns) = self.grid_size();
        if rows.saturating_mul(columns) < self.panels.len() || rows == 0 || columns == 0 {
            return Err(Error::Grid { rows, columns, panels: self.panels.len() });
        }
        if !self.widths.is_empty() && self.widths.len() != columns {
            return Err(Error::Widths { columns, given: self.widths.len() });
        }
        for &value in &self.widths {
            if !(value > 0.0 && value.is_finite()) {
                let expected = "a positive number is accepted";
                return Err(Error::Style { what: "a column's width", value, expected });
            }
        }
        for (index, panel) in self.panels.iter().enumerate() {
            panel.check().map_err(|error| match (self.panels.len(), panel.title.as_str()) {
                (1, "") => error,
                (_, title) => Error::Panel { number: index + 1, title: title.to_owned(), source: Box::new(error) },
            })?;
        }
        Ok(size)
    }

    pub(crate) fn grid_size(&self) -> (usize, usize) {
        self.grid.unwrap_or((1, self.panels.len()))
    }

    /// Width and height in points.
    pub(crate) fn points(&self) -> (f64, f64) {
        (self.width * 72.0, self.height * 72.0)
    }

    /// Pixels per point.
    pub(crate) fn scale(&self) -> f64 {
        f64::from(self.dpi) / 72.0
    }

    /// The name, or the titles of the panels.
    pub(crate) fn title(&self) -> String {
        if !self.name.is_empty() {
            return self.name.clone();
        }
        let titles: Vec<&str> = self.panels.iter().map(|p| p.title.as_str()).filter(|t| !t.is_empty()).collect();
        titles.join("; ")
    }

    /// Labels, numbers of points, and the footnote.
    pub(crate) fn description(&self) -> String {
        let panel = |panel: &Panel| {
            let label = |label: &str, axis| if label.is_empty() { axis } else { label }.to_owned();
            let mut parts = vec![format!("{} by {}", label(&panel.y.label, "y"), label(&panel.x.label, "x"))];
            parts.extend(panel.heat.as_ref().map(|heat| format!("{} x {} cells", heat.rows, heat.columns)));
            let bars: usize = panel.bars.iter().map(Bars::count).sum();
            let points: usize = panel.series.iter().filter(|s| s.reference.is_none()).map(|s| s.points.len()).sum();
            if bars > 0 {
                parts.push(format!("{bars} bars"));
            }
            if points > 0 || parts.len() == 1 {
                parts.push(format!("{points} points"));
            }
            parts.push(Omitted::count(panel).remark(panel));
            parts.retain(|part| !part.is_empty());
            parts.join(", ")
        };
        let mut parts: Vec<String> = self.panels.iter().map(panel).collect();
        if !self.footnote.is_empty() {
            parts.push(self.footnote.clone());
        }
        parts.join("; ")
    }
}
