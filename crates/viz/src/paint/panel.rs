use plotters::{
    coord::CoordTranslate,
    element::{PathElement, Rectangle},
};
use plotters_backend::BackendCoord;
use tiny_skia::{Path, PathBuilder, Stroke};

use super::{
    heat,
    pen::{Pen, UNITS, pixels},
    plot::{Coordinates, area, polyline},
    stamp::stamp,
    surface::Surface,
};
use crate::{
    chart::{Bars, Color, Panel},
    error::Error,
    layout::{AXIS_WIDTH, Area, FRAME_WIDTH, Ink, Legend, Placed, ROUNDNESS, Sample, Words},
};

/// Markers beyond this number are stamped into a raster.
const DENSE: usize = 2000;

/// The opacity of the legend's face and frame.
const FRAME_ALPHA: f32 = 0.8;

impl Pen {
    /// The sheet behind everything.
    pub(super) fn paper<S: Surface>(&self, surface: &mut S) -> Result<(), Error> {
        let root = area(surface);
        let (width, height) = root.dim_in_pixel();
        Ok(root.draw(&Rectangle::new([(0, 0), (width as i32, height as i32)], self.filled(self.theme.paper())))?)
    }

    pub(super) fn panel<S: Surface>(&self, panel: &Panel, placed: &Placed, surface: &mut S) -> Result<(), Error> {
        if let Some(heat) = &panel.heat {
            surface.layer(&heat::cells(heat, self.rect(&placed.area)))?;
            if let Some(bar) = &placed.color_bar {
                surface.layer(&heat::shades(heat, self.rect(bar)))?;
                self.outline(bar, surface)?;
            }
        }
        self.bars(panel, placed, surface)?;
        self.series(panel, placed, surface)?;
        self.axes(placed, surface)?;
        placed.words.iter().for_each(|words| self.words(words, surface));
        placed.legend.iter().try_for_each(|legend| self.legend(panel, legend, surface))
    }

    pub(super) fn words<S: Surface>(&self, words: &Words, surface: &mut S) {
        let color = match words.ink {
            Ink::Text => self.theme.ink(),
            Ink::Faint => self.theme.faint(),
            Ink::Own(color) => color,
        };
        surface.text(&words.text, pixels(self.place(words.start())), words.turn, color);
    }

    fn bars<S: Surface>(&self, panel: &Panel, placed: &Placed, surface: &mut S) -> Result<(), Error> {
        let Some(clip) = self.rect(&placed.area).rect() else { return Ok(()) };
        for ((bars, color), areas) in panel.bars.iter().zip(panel.bar_colors()).zip(&placed.bars) {
            surface.clip(clip);
            areas.iter().try_for_each(|bar| self.bar(bars, color, bar, surface))?;
            surface.unclip();
        }
        Ok(())
    }

    fn bar<S: Surface>(&self, bars: &Bars, color: Color, bar: &Area, surface: &mut S) -> Result<(), Error> {
        let root = area(surface);
        let (face, edge) = self.bars_style(bars, color);
        for style in [Some(face), edge].into_iter().flatten() {
            root.draw(&Rectangle::new(self.corners(bar), style))?;
        }
        Ok(())
    }

    /// The frame of a bar of colours.
    fn outline<S: Surface>(&self, bar: &Area, surface: &mut S) -> Result<(), Error> {
        let style = self.stroked(self.theme.ink(), AXIS_WIDTH);
        Ok(area(surface).draw(&Rectangle::new(self.corners(bar), style))?)
    }

    fn series<S: Surface>(&self, panel: &Panel, placed: &Placed, surface: &mut S) -> Result<(), Error> {
        let rect = self.rect(&placed.area);
        let Some(clip) = rect.rect() else { return Ok(()) };
        let coordinates = Coordinates::new(self, placed);
        let units = |points: &[(f64, f64)]| -> Vec<BackendCoord> {
            points.iter().filter(|p| panel.drawable(**p)).map(|p| coordinates.translate(p)).collect()
        };
        for (series, color) in panel.series.iter().zip(panel.series_colors()) {
            if let Some(line) = self.line(series, color) {
                for run in series.points.split(|p| !panel.drawable(*p)).filter(|run| run.len() > 1) {
                    surface.clip(clip);
                    line.draw(polyline(units(run)), surface);
                    surface.unclip();
                }
            }
            let Some(marker) = self.marker(series, color) else { continue };
            let places = units(&series.points);
            if places.len() > DENSE {
                surface.layer(&stamp(&marker, &places, UNITS, rect))?;
                continue;
            }
            let reach = marker.reach();
            let touches = |(x, y): &(f32, f32)| {
                (clip.left() - reach..=clip.right() + reach).contains(x)
                    && (clip.top() - reach..=clip.bottom() + reach).contains(y)
            };
            let places: Vec<(f32, f32)> = places.into_iter().map(pixels).filter(touches).collect();
            surface.clip(clip);
            surface.markers(&marker, &places);
            surface.unclip();
        }
        Ok(())
    }

    /// Left and bottom spines, and the ticks.
    fn axes<S: Surface>(&self, placed: &Placed, surface: &mut S) -> Result<(), Error> {
        let root = area(surface);
        let line = |from: BackendCoord, to: BackendCoord, width: f64| -> Result<(), Error> {
            Ok(root.draw(&PathElement::new([from, to], self.stroked(self.theme.ink(), width)))?)
        };
        let Area { left, top, right, bottom } = placed.area;
        let (x, y) = self.crisp((left, bottom));
        // The spines end square, half their width beyond the area.
        let beyond = self.units(AXIS_WIDTH / 2.0);
        line((x, y + beyond), (x, self.units(top) - beyond), AXIS_WIDTH)?;
        line((x - beyond, y), (self.units(right) + beyond, y), AXIS_WIDTH)?;
        for mark in &placed.marks {
            let (x, y) = self.crisp(mark.at);
            let (dx, dy) = self.place(mark.reach);
            line((x, y), (x + dx, y + dy), mark.width)?;
        }
        Ok(())
    }

    fn legend<S: Surface>(&self, panel: &Panel, legend: &Legend, surface: &mut S) -> Result<(), Error> {
        if let Some(path) = rounded(legend.frame, self.scale) {
            surface.fill(&path, self.theme.paper().with_alpha(FRAME_ALPHA));
            let stroke = Stroke { width: (FRAME_WIDTH * self.scale) as f32, ..Stroke::default() };
            surface.stroke(&path, &stroke, self.theme.frame().with_alpha(FRAME_ALPHA));
        }
        for sample in &legend.samples {
            match *sample {
                Sample::Series { index, left, right, y } => {
                    let (series, color) = (&panel.series[index], panel.series_colors()[index]);
                    let ends = [left, right].map(|x| self.place((x, y)));
                    if let Some(line) = self.line(series, color) {
                        line.draw(polyline(ends), surface);
                    }
                    if let Some(marker) = self.marker(series, color) {
                        surface.markers(&marker, &[pixels(((ends[0].0 + ends[1].0) / 2, ends[0].1))]);
                    }
                }
                Sample::Bars { index, area } => {
                    self.bar(&panel.bars[index], panel.bar_colors()[index], &area, surface)?;
                }
            }
        }
        legend.words.iter().for_each(|words| self.words(words, surface));
        Ok(())
    }
}

/// A rectangle with rounded corners, in pixels.
fn rounded(frame: Area, scale: f64) -> Option<Path> {
    let [left, top, right, bottom] = [frame.left, frame.top, frame.right, frame.bottom].map(|v| (v * scale) as f32);
    let r = (ROUNDNESS * scale) as f32;
    let mut path = PathBuilder::new();
    path.move_to(left + r, top);
    path.line_to(right - r, top);
    path.quad_to(right, top, right, top + r);
    path.line_to(right, bottom - r);
    path.quad_to(right, bottom, right - r, bottom);
    path.line_to(left + r, bottom);
    path.quad_to(left, bottom, left, bottom - r);
    path.line_to(left, top + r);
    path.quad_to(left, top, left + r, top);
    path.close();
    path.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_corners_of_a_legends_frame_are_round_alike() {
        let path = rounded(Area { left: 10.0, top: 20.0, right: 60.0, bottom: 50.0 }, 2.0).unwrap();
        let mut points: Vec<(f32, f32)> = path.points().iter().map(|p| (p.x, p.y)).collect();
        // Two points of radius at two pixels a point, from each side of each corner, and the corner itself; one of them
        // is where the outline starts and ends.
        let mut expected = Vec::new();
        for (x, inwards) in [(20.0, 4.0), (120.0, -4.0)] {
            for (y, down) in [(40.0, 4.0), (100.0, -4.0)] {
                expected.extend([(x, y), (x + inwards, y), (x, y + down)]);
            }
        }
        expected.push((24.0, 40.0));
        points.sort_by(|a, b| a.partial_cmp(b).unwrap());
        expected.sort_by(|a, b| a.partial_cmp(b).unwrap());
        assert_eq!(points, expected);
    }
}
