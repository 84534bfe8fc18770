//! Country accuracy by how much of the place can be read and by continent: bars with their intervals, and the numbers under
//! them.

use std::sync::Arc;

use egui::{Grid, RichText, Role, Sense, Stroke, Ui, WidgetInfo, vec2};
use egui_plot::{Bar, BarChart, GridMark, Line, Plot, PlotPoints};

use super::{
    super::{pictures, theme, words},
    figures::{ROW, heads, heads_ui, models},
};
use crate::{
    eval::{ModelReport, metrics::Share},
    worker::Evaluated,
};

/// Height of a bar, of what lies between groups of them, and of what stands under all, in points.
const BAR: f32 = 14.0;
const GAP: f32 = 10.0;
const AXIS: f32 = 26.0;
/// Width of the plots, and of the names beside them.
const WIDTH: f32 = 460.0;
const NAMES: f32 = 96.0;

/// Groups of pictures with the share that is right in each, for one model.
type Groups = Vec<(String, Share)>;

/// Draws both.
pub(super) fn groups_ui(ui: &mut Ui, shown: &[Arc<Evaluated>]) {
    group_ui(ui, shown, "Country by locatability", |model| {
        let bands = model.by_locatability.iter();
        bands.map(|band| (format!("{:.1} to {:.1}", band.from, band.to), band.country)).collect()
    });
    group_ui(ui, shown, "Country by continent", |model| {
        model.by_continent.iter().map(|land| (land.name.clone(), land.country)).collect()
    });
}

fn group_ui(ui: &mut Ui, shown: &[Arc<Evaluated>], title: &str, of: impl Fn(&ModelReport) -> Groups) {
    let found: Vec<Groups> = models(shown).map(of).collect();
    let mut names: Vec<&String> = found.iter().flatten().map(|(name, _)| name).collect();
    names.sort();
    names.dedup();
    if names.is_empty() {
        return;
    }
    ui.add_space(theme::GAP_WIDE);
    pictures::section(ui, title);
    let heads = heads(shown);
    bars_ui(ui, title, &names, &heads, &found);
    Grid::new(title).min_row_height(ROW).spacing(vec2(18.0, 4.0)).show(ui, |ui| {
        heads_ui(ui, &heads);
        for name in names {
            ui.label(name);
            for groups in &found {
                match share(groups, name) {
                    Some(share) => ui
                        .label(format!("{:.1} %, of {}", 100.0 * share.share, words::count(share.of)))
                        .on_hover_text(words::share(share)),
                    None => ui.label(RichText::new("no pictures").weak()),
                };
            }
            ui.end_row();
        }
    });
}

fn share<'a>(groups: &'a Groups, name: &str) -> Option<&'a Share> {
    groups.iter().find(|(group, _)| group == name).map(|(_, share)| share)
}

/// A group of bars for each name, from the top down, in each a bar for each model; a group is one unit high.
fn bars_ui(ui: &mut Ui, title: &str, names: &[&String], heads: &[String], found: &[Groups]) {
    let palette = theme::palette(ui);
    let n_models = heads.len() as f64;
    let group = BAR * heads.len() as f32 + GAP;
    let (height, thick) = (group * names.len() as f32 + AXIS, f64::from(BAR / group));
    let labels: Vec<String> = names.iter().map(|name| (*name).clone()).collect();
    let name_at = move |mark: GridMark| {
        let place = -mark.value;
        let is_name = place >= -0.25 && (place - place.round()).abs() < 0.01;
        labels.get(place.round().max(0.0) as usize).filter(|_| is_name).cloned().unwrap_or_default()
    };
    let n_names = names.len();
    let marks = (0..n_names).map(|place| GridMark { value: -(place as f64), step_size: 1.0 }).collect::<Vec<_>>();
    let plot = Plot::new(("bars", title))
        .width(WIDTH)
        .height(height)
        .allow_scroll(false)
        .allow_drag(false)
        .allow_zoom(false)
        .allow_boxed_zoom(false)
        .show_crosshair(false)
        .show_grid([true, false])
        .include_x(0.0)
        .include_x(100.0)
        .include_y(0.5)
        .include_y(0.5 - n_names as f64)
        .set_margin_fraction(vec2(0.01, 0.0))
        .y_axis_min_width(NAMES)
        .x_axis_formatter(|mark, _| format!("{:.0} %", mark.value))
        .y_grid_spacer(move |_| marks.clone())
        .y_axis_formatter(move |mark, _| name_at(mark))
        .label_formatter(|_| None);
    let shown = plot.show(ui, |plot| {
        for (model, groups) in found.iter().enumerate() {
            let middle = |place: usize| -(place as f64) + thick * ((n_models - 1.0) / 2.0 - model as f64);
            let of = names.iter().enumerate().filter_map(|(place, name)| Some((middle(place), share(groups, name)?)));
            let bar = |(at, share): (f64, &Share)| Bar::new(at, 100.0 * share.share).width(0.8 * thick);
            let chart = BarChart::new(heads[model].clone(), of.clone().map(bar).collect()).horizontal();
            plot.bar_chart(chart.color(palette.series(model)).allow_hover(false));
            for (at, share) in of {
                for ends in interval(at, 0.2 * thick, share) {
                    plot.line(
                        Line::new("", PlotPoints::from(ends)).stroke(Stroke::new(1.5, palette.text)).allow_hover(false),
                    );
                }
            }
        }
    });
    shown.response.widget_info(|| WidgetInfo::labeled(Role::Image, true, format!("{title}, as bars with intervals")));
    if heads.len() > 1 {
        ui.horizontal_wrapped(|ui| {
            for (model, head) in heads.iter().enumerate() {
                let (square, _) = ui.allocate_exact_size(vec2(10.0, 10.0), Sense::hover());
                ui.painter().rect_filled(square, 2.0, palette.series(model));
                ui.label(RichText::new(head).small());
            }
        });
    }
}

/// The line from end to end of an interval, and one across each end.
fn interval(at: f64, half: f64, share: &Share) -> [Vec<[f64; 2]>; 3] {
    let (low, high) = (100.0 * share.low, 100.0 * share.high);
    [vec![[low, at], [high, at]], vec![[low, at - half], [low, at + half]], vec![[high, at - half], [high, at + half]]]
}
