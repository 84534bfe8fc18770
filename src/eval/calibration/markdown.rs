//! The report on a calibration as a page to read.

use std::fmt::{self, Display, Formatter};

use super::{
    super::metrics::Share,
    measures::{Areas, Measures},
    report::{CalibrationReport, Coverage, band_in_words, signs_in_words},
    signs::SignsRow,
};
use crate::predict::calibration::{Calibration, Group, Kind, Levels, SignsSay, Weights};

/// The page `docs/CALIBRATION.md`.
#[derive(Debug)]
pub struct Page<'a>(pub &'a CalibrationReport);

impl Display for Page<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let CalibrationReport { calibration, tried_on, n, n_withheld, before, of_model, after, signs, groups } = self.0;
        writeln!(f, "# Calibration of {}\n", calibration.model)?;
        writeln!(
            f,
            "Made by `terrasight calibrate` ({}); the same figures with all digits: `figures/calibration.json`. Do not edit.\n",
            calibration.program
        )?;
        writeln!(
            f,
            "Cases: {}. Weights were fitted on {} of them and levels taken from {} others.",
            calibration.source, calibration.n_temperatures, calibration.n_levels
        )?;
        writeln!(
            f,
            "Tried on {n} more: {tried_on}. {n_withheld} others the model did not take for pictures that it knows."
        )?;
        if calibration.kind == Kind::DrawnStreets {
            writeln!(f, "All of this holds for drawn streets and says nothing about photographs.")?;
        }
        writeln!(f, "Intervals are Wilson's, 95 %.\n")?;
        writeln!(f, "| | as they say themselves | the model alone, calibrated | model and signs, calibrated |")?;
        writeln!(f, "| --- | --- | --- | --- |")?;
        measures(f, [before, of_model, after])?;
        writeln!(
            f,
            "\nThe calibration error of a perfectly calibrated model is what its probabilities would show by chance alone.\n"
        )?;
        by_signs(f, signs)?;
        weights(f, calibration)?;
        levels(f, calibration)?;
        answered(f, after)?;
        coverage_by_group(f, groups)?;
        if let Some(worst) = self.0.worst_group() {
            writeln!(f, "\nThe worst group at 90 %: {} {}, {}.", worst.by, worst.name, share(&worst.p90))?;
        }
        Ok(())
    }
}

fn measures(f: &mut Formatter<'_>, columns: [&Measures; 3]) -> fmt::Result {
    let mut row = |name: &str, value: &dyn Fn(&Measures) -> String| {
        let [before, of_model, after] = columns.map(value);
        writeln!(f, "| {name} | {before} | {of_model} | {after} |")
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
    for (at, found) in columns[0].found.iter().enumerate() {
        row(&format!("found within {} searched", km2(found.km2)), &|m| share(&m.found[at].found))?;
    }
    row("area searched until found, median", &|m| km2(m.median_searched_km2))
}

fn by_signs(f: &mut Formatter<'_>, rows: &[SignsRow]) -> fmt::Result {
    writeln!(
        f,
        "## Signs\n\nHow often the country is right, as each weighs it without a calibration but for the model and both."
    )?;
    writeln!(
        f,
        "Where no sign speaks, signs alone name the country where most pictures are taken. The ideal observer reads without error \
         and knows the drawn world; words are all that the other sees.\n"
    )?;
    writeln!(
        f,
        "| pictures | a sign speaks | signs, where one speaks | signs alone | model alone | both | ideal by words | ideal |"
    )?;
    writeln!(f, "{}|", "| --- ".repeat(8))?;
    for row in rows {
        write!(f, "| {} |", row.pictures)?;
        for part in [&row.speaks, &row.by_signs_that_speak, &row.by_signs, &row.by_model, &row.by_both] {
            write!(f, " {} |", share(part))?;
        }
        let ideal = |ideal: &Option<Share>| ideal.as_ref().map_or_else(|| "not known".to_owned(), share);
        writeln!(f, " {} | {} |", ideal(&row.ideal_by_words), ideal(&row.ideal))?;
    }
    writeln!(f)
}

fn weights(f: &mut Formatter<'_>, calibration: &Calibration) -> fmt::Result {
    writeln!(
        f,
        "## Weights\n\nWhat is said counts to the power of one over the temperature, and of the exponent; \"within 100 km\" is"
    )?;
    writeln!(
        f,
        "a line on log odds. Pictures are told apart by what their signs say, which is known before any answer.\n"
    )?;
    writeln!(
        f,
        "| signs | cases | temperature of the model | exponent of signs | strength of a named city | within 100 km |"
    )?;
    writeln!(f, "{}|", "| --- ".repeat(6))?;
    for Group { signs, n_temperatures, weights, .. } in &calibration.groups {
        let Weights { temperature, sign_exponent, city_strength, near } = weights;
        let exponent = match signs.contains(&SignsSay::Something) {
            true => format!("{sign_exponent:.3}"),
            false => String::new(),
        };
        writeln!(
            f,
            "| {} | {n_temperatures} | {temperature:.3} | {exponent} | {city_strength:.3} | {:.2} + {:.2} x |",
            signs_in_words(signs),
            near.offset,
            near.slope
        )?;
    }
    writeln!(f)
}

fn levels(f: &mut Formatter<'_>, calibration: &Calibration) -> fmt::Result {
    writeln!(f, "## Levels\n\nThe share of the probability that an area must hold to keep its promise.\n")?;
    writeln!(f, "| signs | locatability | cases | 50 % cells | 90 % cells | 50 % circle | 90 % circle |")?;
    writeln!(f, "{}|", "| --- ".repeat(7))?;
    for group in &calibration.groups {
        let all = ("any".to_owned(), group.n_levels, group.levels);
        let bands = group.bands.iter().map(|band| (band_in_words(band), band.n, band.levels));
        for (name, n, Levels { p50, p90 }) in std::iter::once(all).chain(bands) {
            let signs = signs_in_words(&group.signs);
            write!(f, "| {signs} | {name} | {n} | {:.3} | {:.3} |", p50.cells, p90.cells)?;
            writeln!(f, " {:.3} | {:.3} |", p50.circle, p90.circle)?;
        }
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

fn coverage_by_group(f: &mut Formatter<'_>, groups: &[Coverage]) -> fmt::Result {
    writeln!(
        f,
        "\n## Coverage by group\n\nLevels are taken by what signs say and by locatability; within other groups nothing is promised.\n"
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
