//! How far off the answers are: the share of the pictures whose first place lies within each distance of the true one.

use std::sync::Arc;

use egui::{Role, Ui, WidgetInfo};
use egui_plot::{Corner, GridInput, GridMark, Legend, Line, Plot, PlotPoints};

use super::{
    super::{pictures, theme, words},
    figures::heads,
};
use crate::{eval::metrics::THRESHOLDS_KM, worker::Evaluated};

/// Height of the plot, in points, and its width.
const HEIGHT: f32 = 190.0;
const WIDTH: f32 = 460.0;
/// The shortest and the longest distance that are told apart, in kilometres.
const LEAST_KM: f64 = 1.0;
const MOST_KM: f64 = 20_000.0;
/// Points of a curve.
const POINTS: usize = 200;

/// Draws a curve a model.
pub(super) fn distances_ui(ui: &mut Ui, shown: &[Arc<Evaluated>]) {
    let curves: Vec<Vec<[f64; 2]>> = shown
        .iter()
        .flat_map(|evaluated| evaluated.sorted_km.iter().map(|km| curve(km, evaluated.report.pictures)))
        .collect();
    if curves.iter().all(Vec::is_empty) {
        return;
    }
    ui.add_space(theme::GAP_WIDE);
    pictures::section(ui, "How many lie within a distance, in km");
    let palette = theme::palette(ui);
    let heads = heads(shown);
    let plot = Plot::new("distances")
        .width(WIDTH)
        .height(HEIGHT)
        .allow_scroll(false)
        .allow_drag(false)
        .allow_zoom(false)
        .allow_boxed_zoom(false)
        .include_y(0.0)
        .include_y(100.0)
        .include_x(LEAST_KM.log10())
        .include_x(MOST_KM.log10())
        .x_grid_spacer(marks)
        .x_axis_formatter(|mark, _| mark_text(10f64.powf(mark.value)))
        .y_axis_formatter(|mark, _| format!("{:.0} %", mark.value))
        .label_formatter(|_| None);
    let plot = if heads.len() > 1 { plot.legend(Legend::default().position(Corner::LeftTop)) } else { plot };
    let drawn = plot.show(ui, |plot| {
        for (model, (head, points)) in heads.iter().zip(curves).enumerate() {
            let line = Line::new(head.clone(), PlotPoints::from(points));
            plot.line(line.color(palette.series(model)).width(2.0));
        }
    });
    let name = "Share of the pictures within each distance, as curves";
    drawn.response.widget_info(|| WidgetInfo::labeled(Role::Image, true, name));
}

/// The distances that the figures are given for.
fn marks(_: GridInput) -> Vec<GridMark> {
    THRESHOLDS_KM.iter().map(|km| GridMark { value: km.log10(), step_size: 1.0 }).collect()
}

/// The heading says that they are kilometres: with that on a mark two would touch.
fn mark_text(km: f64) -> String {
    words::count(km.round() as usize)
}

/// Points of (logarithm of kilometres, percent of all pictures), of kilometres in order; a picture without a place lies within
/// none.
fn curve(sorted_km: &[f64], n_pictures: usize) -> Vec<[f64; 2]> {
    let (from, to) = (LEAST_KM.log10(), MOST_KM.log10());
    let point = |at: usize| {
        let log = from + (to - from) * at as f64 / (POINTS - 1) as f64;
        let within = sorted_km.partition_point(|km| *km <= 10f64.powf(log));
        [log, 100.0 * within as f64 / n_pictures.max(1) as f64]
    };
    if sorted_km.is_empty() { Vec::new() } else { (0..POINTS).map(point).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_marks_are_numbers_alone() {
        let marks = marks(GridInput { bounds: (0.0, 1.0), base_step_size: 1.0 });
        let texts: Vec<String> = marks.iter().map(|mark| mark_text(10f64.powf(mark.value))).collect();
        assert_eq!(texts, ["1", "25", "200", "750", "2,500"]);
    }

    #[test]
    fn a_curve_rises_to_the_share_of_pictures_that_have_a_place() {
        let points = curve(&[0.5, 500.0, 3000.0], 4);
        let at = |km: f64| points.iter().rfind(|point| point[0] <= km.log10()).unwrap()[1];
        assert_eq!((points[0][1], at(400.0), at(600.0), points[POINTS - 1][1]), (25.0, 25.0, 50.0, 75.0));
        assert!(points.windows(2).all(|pair| pair[0][1] <= pair[1][1]) && curve(&[], 4).is_empty());
    }
}
