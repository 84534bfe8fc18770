//! The report on a calibration as a page to read.

use std::fmt::{self, Display, Formatter};

use super::{
    super::metrics::Share,
    measures::{Areas, Measures},
    report::{CalibrationReport, Group},
};
use crate::predict::calibration::Kind;

/// The page `docs/CALIBRATION.md`.
#[derive(Debug)]
pub struct Page<'a>(pub &'a CalibrationReport);

impl Display for Page<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let CalibrationReport { calibration, tried_on, n, n_withheld, before, after, groups } = self.0;
        writeln!(f, "# Calibration of {}\n", calibration.model)?;
        writeln!(
            f,
            "Made by `terrasight calibrate` ({}); the same figures with all digits: `figures/calibration.json`. Do not edit.\n",
            calibration.program
        )?;
        writeln!(
            f,
            "Cases: {}. Temperatures were fitted on {} of them and levels taken from {} others.",
            calibration.source, calibration.n_temperatures, calibration.n_levels
        )?;
        writeln!(
            f,
            "Tried on {n} more: {tried_on}. {n_withheld} others the model did not take for pictures that it knows."
        )?;
        if calibration.kind == Kind::DrawnStreets {
            writeln!(f, "All of this holds for drawn streets and says nothing about photographs.")?;
        }
        writeln!(
            f,
            "\nTemperature of the countries {:.3}; strength of a named city {:.3}. Intervals are Wilson's, 95 %.\n",
            calibration.temperature, calibration.city_strength
        )?;
        writeln!(f, "| | before | after |\n| --- | --- | --- |")?;
        measures(f, before, after)?;
        writeln!(
            f,
            "\nThe calibration error of a perfectly calibrated model is what its probabilities would show by chance alone.\n"
        )?;
        levels(f, self.0)?;
        answered(f, after)?;
        coverage_by_group(f, groups)?;
        if let Some(worst) = self.0.worst_group() {
            writeln!(f, "\nThe worst group at 90 %: {} {}, {}.", worst.by, worst.name, share(&worst.p90))?;
        }
        Ok(())
    }
}

fn measures(f: &mut Formatter<'_>, before: &Measures, after: &Measures) -> fmt::Result {
    let mut row = |name: &str, value: &dyn Fn(&Measures) -> String| {
        writeln!(f, "| {name} | {} | {} |", value(before), value(after))
    };
    row("likeliest country is right", &|m| share(&m.country))?;
    type Promise = (&'static str, fn(&Measures) -> &Areas);
    let promises: [Promise; 2] = [("50 %", |m| &m.p50), ("90 %", |m| &m.p90)];
    for (promise, areas) in promises {
        row(&format!("**{promise} area of likeliest cells holds the place**"), &|m| share(&areas(m).cells))?;
        row("its area, median (mean)", &|m| km2_pair(areas(m).cells_median_km2, areas(m).cells_mean_km2))?;
        row(&format!("{promise} circle holds the place"), &|m| share(&areas(m).circle))?;
        row("its area, median (mean)", &|m| km2_pair(areas(m).circle_median_km2, areas(m).circle_mean_km2))?;
    }
    row("log loss of the country, nats", &|m| format!("{:.4}", m.country_log_loss))?;
    row("Brier score of the country, 0 to 2", &|m| format!("{:.4}", m.country_brier))?;
    row("log loss of the place, nats by km²", &|m| format!("{:.3}", m.place_log_loss))?;
    row("calibration error of the country", &|m| format!("{:.4}", m.calibration_error))?;
    row("that of a perfectly calibrated model", &|m| format!("{:.4}", m.perfect_calibration_error))?;
    row("**the difference**", &|m| format!("{:.4}", m.calibration_error - m.perfect_calibration_error))?;
    row("calibration error of \"within 100 km\"", &|m| format!("{:.4}", m.near_calibration_error))?;
    row("that of a perfectly calibrated model", &|m| format!("{:.4}", m.perfect_near_calibration_error))?;
    row("**the difference**", &|m| format!("{:.4}", m.near_calibration_error - m.perfect_near_calibration_error))?;
    for (at, found) in after.found.iter().enumerate() {
        row(&format!("found within {} searched", km2(found.km2)), &|m| share(&m.found[at].found))?;
    }
    row("area searched until found, median", &|m| km2(m.median_searched_km2))
}

fn levels(f: &mut Formatter<'_>, report: &CalibrationReport) -> fmt::Result {
    writeln!(f, "## Levels\n\nThe share of the probability that an area must hold to keep its promise.\n")?;
    writeln!(
        f,
        "| locatability | cases | 50 % cells | 90 % cells | 50 % circle | 90 % circle |\n| --- | --- | --- | --- | --- | --- |"
    )?;
    let calibration = &report.calibration;
    let all = ("any".to_owned(), calibration.n_levels, calibration.levels);
    let bands = calibration.bands.iter().map(|band| {
        let name = if band.below > 1.0 {
            format!("from {:.3}", band.from)
        } else {
            format!("{:.3} to {:.3}", band.from, band.below)
        };
        (name, band.n, band.levels)
    });
    for (name, n, levels) in std::iter::once(all).chain(bands) {
        let (p50, p90) = (levels.p50, levels.p90);
        writeln!(f, "| {name} | {n} | {:.3} | {:.3} | {:.3} | {:.3} |", p50.cells, p90.cells, p50.circle, p90.circle)?;
    }
    Ok(())
}

fn answered(f: &mut Formatter<'_>, after: &Measures) -> fmt::Result {
    writeln!(f, "\n## Cannot tell\n\nRight answers when those with the least probable first country are not given.\n")?;
    writeln!(f, "| answered | from a probability of | country right | within 200 km |\n| --- | --- | --- | --- |")?;
    for row in &after.answered {
        let (from, country, near) = (row.from_probability, share(&row.country), share(&row.within_200_km));
        writeln!(f, "| {:.0} % | {from:.3} | {country} | {near} |", 100.0 * row.share)?;
    }
    Ok(())
}

fn coverage_by_group(f: &mut Formatter<'_>, groups: &[Group]) -> fmt::Result {
    writeln!(
        f,
        "\n## Coverage by group\n\nLevels are taken by locatability; within other groups nothing is promised.\n"
    )?;
    writeln!(f, "| | cases | 50 % area | 90 % area |\n| --- | --- | --- | --- |")?;
    for group in groups {
        writeln!(
            f,
            "| {}: {} | {} | {} | {} |",
            group.by,
            group.name,
            group.p90.of,
            share(&group.p50),
            share(&group.p90)
        )?;
    }
    Ok(())
}

/// "70.8 % (66.7 to 74.6)".
pub fn share(share: &Share) -> String {
    format!("{:.1} % ({:.1} to {:.1})", 100.0 * share.share, 100.0 * share.low, 100.0 * share.high)
}

fn km2_pair(median: f64, mean: f64) -> String {
    format!("{} ({})", km2(median), km2(mean))
}

/// Two digits of an area are what it is worth.
fn km2(km2: f64) -> String {
    let digit = 10f64.powf((km2.max(1.0).log10().floor() - 1.0).max(0.0));
    let rounded = ((km2 / digit).round() * digit) as u64;
    let mut text = rounded.to_string();
    let mut at = text.len();
    while at > 3 {
        at -= 3;
        text.insert(at, ',');
    }
    format!("{text} km²")
}
