//! Curves as SVG, drawn by `plotters`.

use std::path::Path;

use plotters::prelude::*;

use crate::run::{Report, Row};

const SIZE: (u32, u32) = (760, 440);
/// Points of one curve.
const POINTS: u32 = 300;
/// Colours that most eyes can tell apart (Okabe and Ito, 2008).
const COLOURS: [RGBColor; 8] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(230, 159, 0),
    RGBColor(86, 180, 233),
    RGBColor(120, 110, 0),
    RGBColor(0, 0, 0),
];
/// What words and axes are drawn in.
const INK: RGBColor = RGBColor(60, 60, 60);

/// How a line is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stroke {
    /// What was measured of ours.
    Ours,
    /// What others came to: thin.
    Others,
    /// What nobody can beat: broad and pale, so that a line upon it can be seen.
    Limit,
}

/// A line in a picture.
pub struct Curve {
    /// What the legend calls it.
    pub name: String,
    /// Which of the colours.
    pub colour: usize,
    /// How it is drawn.
    pub stroke: Stroke,
    /// Its points.
    pub points: Vec<(f64, f64)>,
}

/// Why a picture could not be drawn.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct PlotError(String);

/// A picture's words and bounds.
pub struct Axes<'a> {
    /// Above it.
    pub title: &'a str,
    /// Under it.
    pub x: &'a str,
    /// Beside it.
    pub y: &'a str,
    /// Its right end.
    pub x_max: f64,
    /// Its upper end.
    pub y_max: f64,
}

/// Draws curves into a file.
///
/// # Errors
/// [`PlotError`] where the file cannot be written.
pub fn draw(path: &Path, axes: &Axes<'_>, curves: &[Curve]) -> Result<(), PlotError> {
    let failed = |error: &dyn std::fmt::Display| PlotError(error.to_string());
    let root = SVGBackend::new(path, SIZE).into_drawing_area();
    root.fill(&WHITE).map_err(|e| failed(&e))?;
    let mut chart = ChartBuilder::on(&root)
        .caption(axes.title, ("sans-serif", 17, &INK))
        .margin(12)
        .margin_right(24)
        .x_label_area_size(42)
        .y_label_area_size(58)
        .build_cartesian_2d(0.0..axes.x_max, 0.0..axes.y_max)
        .map_err(|e| failed(&e))?;
    chart
        .configure_mesh()
        .light_line_style(WHITE)
        .bold_line_style(INK.mix(0.12))
        .axis_style(INK.mix(0.5))
        .label_style(("sans-serif", 12, &INK))
        .axis_desc_style(("sans-serif", 13, &INK))
        .x_label_formatter(&|x| format!("{x}"))
        .y_label_formatter(&|y| format!("{:.0} %", y * 100.0))
        .x_desc(axes.x)
        .y_desc(axes.y)
        .draw()
        .map_err(|e| failed(&e))?;
    for curve in curves {
        let colour = COLOURS.get(curve.colour % COLOURS.len()).copied().unwrap_or(BLACK);
        let (opacity, stroke_width) = match curve.stroke {
            Stroke::Ours => (1.0, 2),
            Stroke::Others => (0.8, 1),
            Stroke::Limit => (0.25, 6),
        };
        let style = ShapeStyle { color: colour.mix(opacity), filled: false, stroke_width };
        chart
            .draw_series(LineSeries::new(curve.points.iter().copied(), style))
            .map_err(|e| failed(&e))?
            .label(&curve.name)
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], style));
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperLeft)
        .label_font(("sans-serif", 12, &INK))
        .background_style(WHITE.mix(0.85))
        .draw()
        .map_err(|e| failed(&e))?;
    root.present().map_err(|e| failed(&e))
}

/// How much of a run's words has arrived by when, beside the foremost journeys.
///
/// # Errors
/// [`PlotError`] where the file cannot be written.
pub fn run(report: &Report, path: &Path) -> Result<(), PlotError> {
    let horizon = report.horizons_h.iter().copied().fold(0.0, f64::max);
    let (unit, hours) = match horizon {
        h if h > 96.0 => ("days", 24.0),
        h if h > 0.5 => ("hours", 1.0),
        h if h > 0.01 => ("minutes", 1.0 / 60.0),
        _ => ("seconds", 1.0 / 3_600.0),
    };
    let end = horizon / hours;
    let mut curves = Vec::new();
    for (n, row) in report.loads.iter().enumerate() {
        for limit in [true, false] {
            let (stroke, name) = match limit {
                true => (Stroke::Limit, format!("{}: the foremost journeys", row.name)),
                false => (Stroke::Ours, row.name.clone()),
            };
            let points = (0..=POINTS).map(|at| end * f64::from(at) / f64::from(POINTS));
            let points = points.map(|x| (x, arrived(row, x * hours, limit))).collect();
            curves.push(Curve { name, colour: n, stroke, points });
        }
    }
    let axes = Axes {
        title: &report.title,
        x: &format!("{unit} since it was said"),
        y: "share of the other devices that have it",
        x_max: end,
        y_max: 1.0,
    };
    draw(path, &axes, &curves)
}

fn arrived(row: &Row, hours: f64, limit: bool) -> f64 {
    let [ours, best] = row.coverage(hours);
    if limit { best } else { ours }
}
