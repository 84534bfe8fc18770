//! An evaluation as a table on the terminal: a column a model.

use crate::{
    eval::{Band, Continent, Difference, Measure, ModelReport, Offered, Report, ResultRow, Said, metrics::Share},
    geo::CountryCode,
    words,
    worker::Comparison,
};

/// The first column, and the others.
const WIDTHS: (usize, usize) = (26, 36);

/// The whole report.
pub fn text(report: &Report) -> String {
    let models = &report.models;
    let devices: Vec<&str> = models.iter().map(|model| model.answerer.model.device.as_str()).collect();
    let mut lines = vec![
        format!("{}: {}", words::evaluated_pictures(&report.config.data), words::evaluated_count(report)),
        String::new(),
        line("", models.iter().map(|model| model.name.clone())),
        line("on", devices.into_iter().map(str::to_owned)),
        line("failed", models.iter().map(|model| model.failed.len().to_string())),
    ];
    lines.extend(offered(models));
    lines.extend(Measure::ALL.into_iter().map(|measure| {
        let figure = |model: &ModelReport| {
            model.figures.get(&measure).map_or_else(unknown, |figure| words::figure(measure, figure))
        };
        line(words::measure(measure), models.iter().map(figure))
    }));
    lines.extend(ceilings(models));
    lines.push(String::new());
    lines.extend(groups(models, |model| {
        let band = |band: &Band| (format!("locatability {:.1} to {:.1}", band.from, band.to), band.country);
        model.by_locatability.iter().map(band).collect()
    }));
    lines.extend(groups(models, |model| {
        model.by_continent.iter().map(|Continent { name, country, .. }| (name.clone(), *country)).collect()
    }));
    lines.extend(probabilities(models, report.pictures));
    lines.extend(differences(&report.differences, [report, report]));
    for (model, failed) in models.iter().flat_map(|model| model.failed.iter().map(move |failed| (model, failed))) {
        lines.push(format!("failed: {}: {}: {}", model.name, failed.picture, failed.error));
    }
    lines.join("\n") + "\n"
}

/// What is said of each picture, a line each.
pub fn each(rows: &[ResultRow]) -> String {
    let widest = rows.iter().map(|row| row.picture.chars().count()).max().unwrap_or(0);
    rows.iter().map(|row| format!("{:<widest$}  {}\n", row.picture, said(row))).collect()
}

fn said(row: &ResultRow) -> String {
    let country = |code: Option<CountryCode>| code.map_or_else(|| "no country".to_owned(), |code| code.to_string());
    let given = country(row.first_country.or(row.likeliest_country));
    let place = match Said::of(row) {
        Some(Said::Right) => format!("{given}, right"),
        Some(Said::Wrong) => format!("{given}, wrong: {}", country(row.true_country)),
        Some(Said::Withheld) => "no place given, the answer withheld".to_owned(),
        Some(Said::Nothing) => "no place given".to_owned(),
        None => format!("no answer: {}", row.error.as_deref().unwrap_or("not kept in these results")),
    };
    let km = row.distance_km.filter(|_| row.is_located == Some(true));
    let km = km.map_or_else(String::new, |km| format!(", {km:.0} km away"));
    let against = row.contradictions.filter(|n| *n > 0);
    let against = against.map_or_else(String::new, |n| format!("; {n} pieces of evidence do not fit together"));
    place + &km + &against
}

/// How the models of an evaluation differ from those of an earlier one, which stands first in the comparison.
pub fn beside(comparison: &Comparison, [earlier, this]: [&Report; 2]) -> String {
    let folder = comparison.folders[0].display();
    match &comparison.differences {
        Some(found) => format!("\nbeside {folder}:\n{}\n", differences(found, [earlier, this]).join("\n")),
        None => {
            format!("\nbeside {folder}: these are other pictures, so the figures cannot be held against each other\n")
        }
    }
}

fn differences(differences: &[Difference], [first, second]: [&Report; 2]) -> Vec<String> {
    let mut lines = Vec::new();
    for difference in differences {
        let name = |report: &Report, model: usize| report.models.get(model).map_or(String::new(), |m| m.name.clone());
        let (first, second) = (name(first, difference.first), name(second, difference.second));
        lines.extend([String::new(), format!("{second} beside {first}, on the same pictures")]);
        let figures = difference.figures.iter();
        lines.extend(
            figures.map(|(measure, figure)| line(words::measure(*measure), [words::difference(*measure, figure)])),
        );
    }
    lines
}

fn line(name: &str, cells: impl IntoIterator<Item = String>) -> String {
    let (first, others) = WIDTHS;
    let cells: String = cells.into_iter().map(|cell| format!("{cell:<others$}")).collect();
    format!("{name:<first$} {cells}").trim_end().to_owned()
}

fn unknown() -> String {
    "not known".to_owned()
}

/// For how many pictures a place is given, and a right one.
fn offered(models: &[ModelReport]) -> Vec<String> {
    let row = |name: &str, of: &dyn Fn(&Offered) -> String| {
        line(name, models.iter().map(|model| model.offered.as_ref().map_or_else(unknown, of)))
    };
    vec![
        row("a place given", &|said| format!("{} in the right country, {} elsewhere", said.right, said.wrong)),
        row("no place given", &|said| format!("{}, {} of them withheld", said.nothing + said.withheld, said.withheld)),
        row("evidence against itself", &|said| said.contradicted.to_string()),
    ]
}

/// What no model can be above, and what one must be above.
fn ceilings(models: &[ModelReport]) -> Vec<String> {
    let Some(first) = models.first() else { return Vec::new() };
    let ideal = first.ideal_observer.map(|chance| line("  ideal observer", [format!("{:.1} %", 100.0 * chance)]));
    let thumbnail = first.thumbnail_classifier.map(|share| line("  thumbnail classifier", [words::share(&share)]));
    ideal.into_iter().chain(thumbnail).collect()
}

/// Country accuracy by something that is true of the pictures, and so the same of all models but for the numbers.
fn groups(models: &[ModelReport], of: impl Fn(&ModelReport) -> Vec<(String, Share)>) -> Vec<String> {
    let found: Vec<Vec<(String, Share)>> = models.iter().map(of).collect();
    let names: Vec<&String> = found.first().into_iter().flatten().map(|(name, _)| name).collect();
    let cell = |groups: &Vec<(String, Share)>, name: &String| {
        let group = groups.iter().find(|(group, _)| group == name);
        group.map_or_else(unknown, |(_, share)| words::share(share))
    };
    names.into_iter().map(|name| line(name, found.iter().map(|groups| cell(groups, name)))).collect()
}

fn probabilities(models: &[ModelReport], pictures: usize) -> Vec<String> {
    let row = |name: &str, of: &dyn Fn(&ModelReport) -> Option<String>| {
        line(name, models.iter().map(|model| of(model).unwrap_or_else(unknown)))
    };
    let calibration = |of: &'static dyn Fn(&crate::eval::calibration::Measures) -> String| {
        move |model: &ModelReport| model.calibration.as_ref().map(of)
    };
    vec![
        String::new(),
        row("probabilities", &|model| Some(words::evaluated_probabilities(model, pictures))),
        row(
            "calibration error",
            &calibration(&|measures| {
                format!("{:.3}; {:.3} by chance alone", measures.calibration_error, measures.perfect_calibration_error)
            }),
        ),
        row("areas for a half hold", &calibration(&|measures| words::share(&measures.p50.cells))),
        row("areas for nine tenths hold", &calibration(&|measures| words::share(&measures.p90.cells))),
        row("log loss of the country", &calibration(&|measures| format!("{:.3}", measures.country_log_loss))),
        row("Brier score of it", &calibration(&|measures| format!("{:.3}", measures.country_brier))),
        row("median time", &|model| model.seconds_per_picture.map(|seconds| format!("{seconds:.2} s"))),
    ]
}
