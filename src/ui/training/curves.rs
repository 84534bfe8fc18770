//! Curves of runs: the loss while it learns and on held-back pictures, how often the country is right, and how far off the
//! named place is in the median.

use std::{collections::BTreeSet, ops::RangeInclusive, path::PathBuf};

use egui::{Label, Rangef, RichText, Role, Ui, WidgetInfo};
use egui_plot::{AxisHints, Corner, GridMark, Legend, Line, LineStyle, Plot, PlotBounds, PlotPoints, Points};

use super::super::{theme, words};
use crate::{state::TrainingState, train::LogLine};

/// Height of the plots, in points, where there is the room.
const HEIGHT: f32 = 230.0;
/// Below this width the plots stand under each other.
const WIDTH_FOR_ALL: f32 = 640.0;
/// Numbers of an axis are written at least so far apart, in points, across and upwards.
const APART: [f32; 2] = [24.0, 18.0];
/// Points of a curve at most: more cannot be told apart.
const MOST_POINTS: usize = 800;

/// One run's curves.
pub struct Series {
    name: String,
    /// Loss by step while it learns.
    learned: Vec<[f64; 2]>,
    /// Loss by step on held-back pictures.
    held_back: Vec<[f64; 2]>,
    /// Percent of right countries.
    country: Vec<[f64; 2]>,
    /// Median kilometres.
    km: Vec<[f64; 2]>,
}

impl Series {
    /// The run of this session, then those that are chosen for comparison.
    pub fn of(training: &TrainingState, compared: &BTreeSet<PathBuf>) -> Vec<Self> {
        let own = training.running();
        let mut all: Vec<Self> = Vec::new();
        if let Some(running) = own {
            let name = running.config.out.file_name().unwrap_or_default().to_string_lossy().into_owned();
            all.push(Self::of_lines(name, &running.lines));
        }
        let others = training.runs().iter().filter(|run| compared.contains(&run.folder));
        let others = others.filter(|run| own.is_none_or(|own| own.config.out != run.folder));
        all.extend(others.map(|run| Self::of_lines(run.name(), &run.lines)));
        all
    }

    fn of_lines(name: String, lines: &[LogLine]) -> Self {
        let points = |of: &dyn Fn(&LogLine) -> Option<f64>| -> Vec<[f64; 2]> {
            lines.iter().filter_map(|line| Some([line.step as f64, of(line)?])).collect()
        };
        Self {
            name,
            learned: thinned(&points(&|line| line.loss)),
            held_back: points(&|line| line.val_loss),
            country: points(&|line| line.val_country_accuracy.map(|share| 100.0 * share)),
            km: points(&|line| line.val_median_km),
        }
    }
}

/// The means of neighbours, so that there are no more points than can be told apart.
fn thinned(points: &[[f64; 2]]) -> Vec<[f64; 2]> {
    let together = points.len().div_ceil(MOST_POINTS).max(1);
    let mean = |part: &[[f64; 2]], place: usize| part.iter().map(|point| point[place]).sum::<f64>() / part.len() as f64;
    points.chunks(together).map(|part| [mean(part, 0), mean(part, 1)]).collect()
}

/// Draws the curves.
pub fn curves_ui(ui: &mut Ui, series: &[Series]) {
    let is_wide = ui.available_width() >= WIDTH_FOR_ALL;
    let gap = ui.spacing().item_spacing.x;
    let width = if is_wide { (ui.available_width() - 2.0 * gap) / 3.0 } else { ui.available_width() };
    let draw = |ui: &mut Ui| {
        let loss = Drawn { title: "Loss", means: "line: as it learns; dots: held back", top: None, names: false };
        plot_ui(ui, &loss, width, series, |one| (&one.learned, &one.held_back));
        let country =
            Drawn { title: "Country right", means: "percent of held-back pictures", top: Some(100.0), names: true };
        plot_ui(ui, &country, width, series, |one| (&[], &one.country));
        let km = Drawn { title: "Off by", means: "kilometres, in the median", top: None, names: false };
        plot_ui(ui, &km, width, series, |one| (&[], &one.km));
    };
    if is_wide {
        ui.horizontal(draw);
    } else {
        draw(ui);
    }
}

/// What a plot shows.
struct Drawn {
    title: &'static str,
    means: &'static str,
    /// The highest value that there can be; else the axis ends with the highest that there is.
    top: Option<f64>,
    /// Whether the runs are named on it, where there are several.
    names: bool,
}

fn plot_ui(
    ui: &mut Ui,
    drawn: &Drawn,
    width: f32,
    series: &[Series],
    of: impl Fn(&Series) -> (&[[f64; 2]], &[[f64; 2]]),
) {
    let palette = theme::palette(ui);
    ui.vertical(|ui| {
        ui.set_width(width);
        ui.horizontal(|ui| {
            ui.label(RichText::new(drawn.title).small().strong());
            ui.add(Label::new(RichText::new(drawn.means).small().weak()).truncate());
        });
        let mut plot = Plot::new(("curve", drawn.title))
            .width(width)
            .height(HEIGHT)
            .custom_x_axes(vec![AxisHints::new_x().label_spacing(alike(APART[0])).formatter(number)])
            .custom_y_axes(vec![AxisHints::new_y().label_spacing(alike(APART[1])).formatter(number)])
            .allow_scroll(false)
            .allow_drag(false)
            .allow_zoom(false)
            .allow_boxed_zoom(false);
        if drawn.names && series.len() > 1 {
            plot = plot.legend(Legend::default().position(Corner::LeftBottom));
        }
        let bounds = bounds(series.iter().flat_map(|one| <[_; 2]>::from(of(one))).flatten(), drawn.top);
        let shown = plot.show(ui, |plot| {
            plot.set_plot_bounds(bounds);
            for (place, one) in series.iter().enumerate() {
                let (learned, held_back) = of(one);
                let colour = palette.series(place);
                if !learned.is_empty() {
                    let line = Line::new(one.name.clone(), PlotPoints::from(learned.to_vec()));
                    plot.line(line.color(colour.gamma_multiply(0.6)).width(1.2));
                }
                if !held_back.is_empty() {
                    let called = one.name.clone();
                    let line = Line::new(called.clone(), PlotPoints::from(held_back.to_vec()));
                    plot.line(line.color(colour).width(2.0).style(LineStyle::Solid));
                    plot.points(Points::new(called, PlotPoints::from(held_back.to_vec())).color(colour).radius(3.0));
                }
            }
        });
        shown.response.widget_info(|| WidgetInfo::labeled(Role::Image, true, said(drawn.title, series, &of)));
    });
}

/// Numbers at least so far apart are written, none of them fainter than another.
fn alike(apart: f32) -> Rangef {
    Rangef::new(apart, apart + 1.0)
}

/// A number of an axis: "0.3", "40", "10,000".
fn number(mark: GridMark, _range: &RangeInclusive<f64>) -> String {
    let rounded = (mark.value * 1e6).round() / 1e6;
    if rounded < 1000.0 { rounded.to_string() } else { words::count(rounded as usize) }
}

/// Axes from zero up to the last step and a little above the highest value.
fn bounds<'p>(points: impl Iterator<Item = &'p [f64; 2]>, top: Option<f64>) -> PlotBounds {
    let [step, highest] =
        points.fold([1.0, 0.0], |most: [f64; 2], [step, value]| [most[0].max(*step), most[1].max(*value)]);
    let top = top.unwrap_or(if highest > 0.0 { highest } else { 1.0 });
    PlotBounds::from_min_max([0.0, 0.0], [1.02 * step, 1.05 * top])
}

/// What a plot says, for whoever does not see it: "Loss: run 1 1.204 at step 40".
fn said(title: &str, series: &[Series], of: &impl Fn(&Series) -> (&[[f64; 2]], &[[f64; 2]])) -> String {
    let last = |one: &Series| {
        let (learned, held_back) = of(one);
        let [step, value] = held_back.last().or(learned.last()).copied()?;
        Some(format!("{} {value:.3} at step {step:.0}", one.name))
    };
    let all: Vec<String> = series.iter().filter_map(last).collect();
    if all.is_empty() { format!("{title}: nothing yet") } else { format!("{title}: {}", all.join(", ")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_begin_at_zero_with_points_and_without() {
        let axes = |points: &[[f64; 2]], top| {
            let bounds = bounds(points.iter(), top);
            (bounds.min(), bounds.max())
        };
        assert_eq!(axes(&[], None), ([0.0, 0.0], [1.02, 1.05]));
        assert_eq!(axes(&[[0.0, 2.0], [4.0, 1.0]], None).1[0], 4.08, "a short run has the whole axis");
        assert_eq!(axes(&[[0.0, 2.0], [50.0, 1.0]], None), ([0.0, 0.0], [51.0, 2.1]));
        assert_eq!(axes(&[[0.0, 2.0]], Some(100.0)).1, [1.02, 105.0]);
    }

    #[test]
    fn a_long_curve_is_thinned_to_the_means_of_neighbours() {
        let points: Vec<[f64; 2]> = (0..1600).map(|step| [f64::from(step), f64::from(step % 2)]).collect();
        let thin = thinned(&points);
        assert_eq!((thin.len(), thin[0], thin[799]), (800, [0.5, 0.5], [1598.5, 0.5]));
        assert_eq!(thinned(&points[..3]), points[..3]);
        assert!(thinned(&[]).is_empty());
    }
}
