//! A run that trained a model as one HTML page: what it changed on held-back pictures and on its probes, its curves, and the
//! training file that repeats it.

use super::markup::{self, Escaped, paragraph, section, table};
use crate::{
    state::{Probed, Running},
    train::{LogLine, TrainConfig},
    words,
};

/// Width and height of a curve, in the drawing's own units, and the room for its numbers.
const SIZE: (f64, f64) = (640.0, 180.0);
const EDGE: (f64, f64) = (60.0, 22.0);

/// The page.
pub fn page(running: &Running) -> String {
    let config = &running.config;
    let name = config.out.file_name().unwrap_or_default().to_string_lossy();
    let title = format!("{name}: {}, before and after", words::stage_name(config.stage));
    let parts = [about(running), changed(running), probes(running), curves(&running.lines), repeat(config)];
    markup::page(&title, &parts.concat())
}

fn about(running: &Running) -> String {
    let by = concat!("Trained by terrasight ", env!("CARGO_PKG_VERSION"));
    let on = running.plan.as_ref().map(|plan| {
        let [pictures, held_back] = [plan.pictures, plan.held_back].map(words::count);
        format!(" on {}: {pictures} pictures learned, {held_back} held back", plan.device)
    });
    let cautions: String = words::run_cautions(running).into_iter().map(paragraph).collect();
    paragraph(format!("{by}{}; {}.", on.unwrap_or_default(), words::run_progress(running))) + &cautions
}

fn changed(running: &Running) -> String {
    match words::before_and_after(running).as_slice() {
        [] => paragraph("Held-back pictures were not looked at twice."),
        [head, rows @ ..] => {
            let rows: Vec<Vec<String>> = rows.iter().map(|row| row.to_vec()).collect();
            section("On held-back pictures", &table(head, &rows))
        }
    }
}

fn probes(running: &Running) -> String {
    let row = |Probed { probe, answers }: &Probed| {
        let said = |answer: Option<&(u64, String)>| answer.map_or_else(String::new, |(_, said)| said.clone());
        vec![probe.name.clone(), words::truth(&probe.truth), said(answers.first()), said(answers.last())]
    };
    let rows: Vec<Vec<String>> = running.probes.iter().map(row).collect();
    let head = ["picture", "where it is", "first answer", "last answer"].map(str::to_owned);
    if rows.is_empty() { String::new() } else { section("The same pictures, answered again", &table(&head, &rows)) }
}

fn curves(lines: &[LogLine]) -> String {
    let of = |value: &dyn Fn(&LogLine) -> Option<f64>| -> Vec<(f64, f64)> {
        lines.iter().filter_map(|line| Some((line.step as f64, value(line)?))).collect()
    };
    [
        ("Loss while it learns", of(&|line| line.loss)),
        ("Loss on held-back pictures", of(&|line| line.val_loss)),
        (
            "Country right, percent of held-back pictures",
            of(&|line| line.val_country_accuracy.map(|share| 100.0 * share)),
        ),
        ("Off by, kilometres in the median", of(&|line| line.val_median_km)),
    ]
    .into_iter()
    .filter(|(_, points)| points.len() > 1)
    .map(|(title, points)| section(title, &curve(title, &points)))
    .collect()
}

/// A line through points of (step, value), with the ends of both axes written beside it.
fn curve(title: &str, points: &[(f64, f64)]) -> String {
    let ends = |of: fn(&(f64, f64)) -> f64| {
        let numbers = points.iter().map(of);
        let (low, high) = numbers.fold((f64::MAX, f64::MIN), |(low, high), x| (low.min(x), high.max(x)));
        if high > low { (low, high) } else { (low - 0.5, high + 0.5) }
    };
    let ((left, right), (low, high)) = (ends(|point| point.0), ends(|point| point.1));
    let (width, height) = (SIZE.0 + EDGE.0 + 10.0, SIZE.1 + EDGE.1);
    let x = |step: f64| EDGE.0 + SIZE.0 * (step - left) / (right - left);
    let y = |value: f64| 4.0 + (SIZE.1 - 8.0) * (high - value) / (high - low);
    let path: Vec<String> = points.iter().map(|(step, value)| format!("{:.1} {:.1}", x(*step), y(*value))).collect();
    let beside = |value: f64| {
        format!("<text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{value:.3}</text>\n", EDGE.0 - 6.0, y(value) + 4.0)
    };
    let below = |step: f64, anchor: &str| {
        format!("<text x=\"{:.1}\" y=\"{}\" text-anchor=\"{anchor}\">step {step:.0}</text>\n", x(step), height - 4.0)
    };
    format!(
        "<svg viewBox=\"0 0 {width} {height}\" width=\"{width}\" role=\"img\" aria-label=\"{}\">\n\
         <path d=\"M{}\" fill=\"none\" stroke=\"#0072b2\" stroke-width=\"1.5\"/>\n{}{}{}{}</svg>\n",
        Escaped(title),
        path.join("L"),
        beside(high),
        beside(low),
        below(left, "start"),
        below(right, "end"),
    )
}

fn repeat(config: &TrainConfig) -> String {
    let text = toml::to_string(config).unwrap_or_default();
    section("To repeat it", &format!("<pre>{}</pre>\n", Escaped(text)))
}
