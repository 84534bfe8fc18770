//! What is drawn in a report: bars with their intervals, and the world with a line from each true place to the one that was said.

use super::super::markup::Escaped;
use crate::{
    eval::metrics::Share,
    geo::borders::{Detail, borders},
    worker::ErrorLine,
};

/// Colours of models that people tell apart whose eyes see no red or no green (Okabe and Ito's, 2008).
const COLOURS: [&str; 6] = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"];
/// Width of the names beside bars, in the drawing's own units.
const NAMES: f64 = 190.0;
/// Of the longest bar.
const BARS: f64 = 420.0;
/// Height of one.
const BAR: f64 = 14.0;

/// The colour of the model in this place.
pub(super) fn colour(model: usize) -> &'static str {
    COLOURS[model % COLOURS.len()]
}

/// Groups of bars: a name, and a share for each model, where it has one.
pub(super) fn bars(title: &str, groups: &[(String, Vec<Option<Share>>)]) -> String {
    let (mut y, mut drawn) = (4.0, String::new());
    for (name, shares) in groups {
        let height = BAR * shares.len() as f64;
        let middle = y + height / 2.0 + 4.0;
        drawn += &format!("<text x=\"{}\" y=\"{middle}\" text-anchor=\"end\">{}</text>\n", NAMES - 8.0, Escaped(name));
        for (model, share) in shares.iter().enumerate() {
            let top = y + BAR * model as f64;
            if let Some(share) = share {
                drawn += &bar(share, top, colour(model));
            }
        }
        y += height + 8.0;
    }
    let width = NAMES + BARS + 130.0;
    format!(
        "<svg viewBox=\"0 0 {width} {y}\" width=\"{width}\" role=\"img\" aria-label=\"{}\">\n{drawn}</svg>\n",
        Escaped(title)
    )
}

fn bar(share: &Share, top: f64, colour: &str) -> String {
    let x = |part: f64| NAMES + BARS * part;
    let (middle, width) = (top + BAR / 2.0, BARS * share.share);
    let number = format!("{:.1} %, of {}", 100.0 * share.share, share.of);
    format!(
        "<rect x=\"{NAMES}\" y=\"{}\" width=\"{width:.1}\" height=\"{}\" fill=\"{colour}\"/>\
         <path d=\"M{:.1} {middle}H{:.1}\" class=\"interval\"/><text x=\"{}\" y=\"{}\" class=\"number\">{number}</text>\n",
        top + 2.0,
        BAR - 4.0,
        x(share.low),
        x(share.high),
        x(1.0) + 8.0,
        middle + 4.0,
    )
}

/// The world with the errors of one model, degrees as they are.
pub(super) fn world(title: &str, lines: &[ErrorLine], colour: &str) -> String {
    let mut coasts = String::new();
    for line in &borders(Detail::Coarse).lines {
        for (at, point) in line.points.iter().enumerate() {
            let letter = if at == 0 { 'M' } else { 'L' };
            coasts += &format!("{letter}{:.1} {:.1}", point.lon, -point.lat);
        }
    }
    let errors: String = lines.iter().map(error).collect();
    format!(
        "<svg viewBox=\"-180 -85 360 145\" class=\"world\" role=\"img\" aria-label=\"{}\">\n\
         <rect x=\"-180\" y=\"-85\" width=\"360\" height=\"145\" class=\"sea\"/><path d=\"{coasts}\" class=\"coast\"/>\n\
         <g stroke=\"{colour}\" fill=\"{colour}\">\n{errors}</g>\n</svg>\n",
        Escaped(title)
    )
}

/// A dot where it was taken and a line to where it was said to be, the short way around.
fn error(ErrorLine { picture, truth, said, km }: &ErrorLine) -> String {
    let turn = match said.lon - truth.lon {
        east if east > 180.0 => -360.0,
        west if west < -180.0 => 360.0,
        _ => 0.0,
    };
    let title = format!("<title>{}: {km:.0} km</title>", Escaped(picture));
    let from = |shift: f64| {
        let [x1, x2] = [truth.lon + shift, said.lon + turn + shift];
        let [y1, y2] = [-truth.lat, -said.lat];
        format!(
            "<g><path d=\"M{x1:.2} {y1:.2}L{x2:.2} {y2:.2}\"/><circle cx=\"{x1:.2}\" cy=\"{y1:.2}\" r=\"0.7\"/>{title}</g>\n"
        )
    };
    // What leaves the map at one edge comes in at the other.
    if turn == 0.0 { from(0.0) } else { from(0.0) + &from(-turn) }
}
