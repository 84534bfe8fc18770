//! An evaluation as one HTML page: no script, nothing fetched, and all that is needed to repeat it.

use super::{
    super::markup::{self, Escaped, paragraph, section, table},
    drawings::{bars, colour, world},
};
use crate::{
    eval::{Measure, ModelReport, Report, calibration::Measures, metrics::Share},
    words,
    worker::Evaluated,
};

/// The page.
pub fn page(evaluated: &Evaluated) -> String {
    let report = &evaluated.report;
    let title =
        format!("{} on {}", words::evaluated_models(&report.config), words::evaluated_pictures(&report.config.data));
    let parts = [
        about(report),
        figures(report),
        differences(report),
        groups(report),
        maps(evaluated),
        probabilities(report),
        failed(report),
        repeat(report),
    ];
    markup::page(&title, &parts.concat())
}

fn about(report: &Report) -> String {
    let keys: String = report
        .models
        .iter()
        .enumerate()
        .map(|(at, model)| {
            let answerer = &model.answerer;
            let what = format!("{} on {}", model.name, answerer.model.device);
            format!("<span class=\"key\" style=\"background:{}\"></span>{}", colour(at), Escaped(what))
        })
        .collect();
    let pictures =
        format!("{}, evaluated at {} by {}.", words::evaluated_count(report), report.made_at, report.program);
    paragraph(pictures) + &format!("<p>{keys}</p>\n")
}

fn heads(report: &Report) -> Vec<String> {
    std::iter::once(String::new()).chain(report.models.iter().map(|model| model.name.clone())).collect()
}

fn row(name: &str, models: &[ModelReport], of: impl Fn(&ModelReport) -> Option<String>) -> Vec<String> {
    let cell = |model| of(model).unwrap_or_else(|| "not known".to_owned());
    std::iter::once(name.to_owned()).chain(models.iter().map(cell)).collect()
}

fn figures(report: &Report) -> String {
    let figure = |measure: Measure| {
        let of = |model: &ModelReport| model.figures.get(&measure).map(|figure| words::figure(measure, figure));
        row(words::measure(measure), &report.models, of)
    };
    let mut rows: Vec<Vec<String>> = Measure::ALL.into_iter().map(figure).collect();
    rows.push(row("ideal observer, country", &report.models, |model| {
        model.ideal_observer.map(|chance| format!("{:.1} %", 100.0 * chance))
    }));
    rows.push(row("median time", &report.models, |model| {
        model.seconds_per_picture.map(|seconds| format!("{seconds:.2} s"))
    }));
    let bootstrap = report.config.bootstrap;
    let how = format!(
        "In brackets: 95 % intervals by drawing the pictures anew {} times (seed {}), the same for every model.",
        bootstrap.draws, bootstrap.seed
    );
    section("Figures", &(table(&heads(report), &rows) + &paragraph(how)))
}

fn differences(report: &Report) -> String {
    let name = |model: usize| report.models[model].name.as_str();
    let of_pair = |difference: &crate::eval::Difference| {
        let figures = difference.figures.iter();
        let rows: Vec<Vec<String>> = figures
            .map(|(measure, figure)| vec![words::measure(*measure).to_owned(), words::difference(*measure, figure)])
            .collect();
        let head = [String::new(), format!("{} beside {}", name(difference.second), name(difference.first))];
        table(&head, &rows)
    };
    let tables: String = report.differences.iter().map(of_pair).collect();
    if tables.is_empty() {
        return tables;
    }
    let how = "Paired on the same pictures; where the interval spans zero, these pictures do not tell the two apart.";
    section("Differences", &(tables + &paragraph(how)))
}

fn groups(report: &Report) -> String {
    let models = &report.models;
    let by = |title: &str, of: &dyn Fn(&ModelReport) -> Vec<(String, Share)>| {
        let found: Vec<Vec<(String, Share)>> = models.iter().map(of).collect();
        let names = found.first().into_iter().flatten().map(|(name, _)| name.clone());
        let share = |groups: &Vec<(String, Share)>, name: &str| {
            groups.iter().find(|(group, _)| group == name).map(|(_, share)| *share)
        };
        let groups: Vec<(String, Vec<Option<Share>>)> = names
            .map(|name| {
                let shares = found.iter().map(|groups| share(groups, &name)).collect();
                (name, shares)
            })
            .collect();
        if groups.is_empty() { String::new() } else { section(title, &bars(title, &groups)) }
    };
    let bands = |model: &ModelReport| {
        let band = |band: &crate::eval::Band| (format!("{:.1} to {:.1}", band.from, band.to), band.country);
        model.by_locatability.iter().map(band).collect()
    };
    let continents =
        |model: &ModelReport| model.by_continent.iter().map(|land| (land.name.clone(), land.country)).collect();
    by("Country accuracy by locatability", &bands) + &by("Country accuracy by continent", &continents)
}

fn maps(evaluated: &Evaluated) -> String {
    let map = |(at, lines): (usize, &Vec<_>)| {
        let name = evaluated.report.models.get(at).map_or("", |model| model.name.as_str());
        let title = format!("From the true place (dot) to the first one offered: {name}");
        section(&title, &world(&title, lines, colour(at)))
    };
    evaluated.errors.iter().enumerate().map(map).collect()
}

fn probabilities(report: &Report) -> String {
    let models = &report.models;
    let of = |name: &str, of: fn(&Measures) -> String| row(name, models, |model| model.calibration.as_ref().map(of));
    let rows = [
        row("probabilities", models, |model| Some(words::evaluated_probabilities(model, report.pictures))),
        of("calibration error of the country", |measures| {
            format!("{:.3}; {:.3} by chance alone", measures.calibration_error, measures.perfect_calibration_error)
        }),
        of("calibration error of \"within 100 km\"", |measures| {
            format!(
                "{:.3}; {:.3} by chance alone",
                measures.near_calibration_error, measures.perfect_near_calibration_error
            )
        }),
        of("log loss of the country", |measures| format!("{:.3}", measures.country_log_loss)),
        of("Brier score of the country", |measures| format!("{:.3}", measures.country_brier)),
        of("log loss of the place", |measures| format!("{:.2}", measures.place_log_loss)),
        of("areas for a half hold", |measures| words::share(&measures.p50.cells)),
        of("their median size", |measures| words::square_kilometres(measures.p50.cells_median_km2)),
        of("areas for nine tenths hold", |measures| words::share(&measures.p90.cells)),
        of("their median size", |measures| words::square_kilometres(measures.p90.cells_median_km2)),
        of("median area searched until found", |measures| words::square_kilometres(measures.median_searched_km2)),
    ];
    section("Whether the numbers mean what they say", &table(&heads(report), &rows))
}

fn failed(report: &Report) -> String {
    let of_model = |model: &ModelReport| {
        let name = model.name.clone();
        model
            .failed
            .iter()
            .map(|failed| vec![failed.picture.clone(), name.clone(), failed.error.clone()])
            .collect::<Vec<_>>()
    };
    let rows: Vec<Vec<String>> = report.models.iter().flat_map(of_model).collect();
    let head = ["picture", "model", "why"].map(str::to_owned);
    if rows.is_empty() { String::new() } else { section("Pictures without an answer", &table(&head, &rows)) }
}

fn repeat(report: &Report) -> String {
    let rows = [
        row("model", &report.models, |model| Some(model.answerer.model.name.clone())),
        row("SHA-256 of its files", &report.models, |model| model.answerer.model.sha256.clone()),
        row("adapters", &report.models, |model| Some(model.answerer.model.adapters.join(", "))),
        row("device", &report.models, |model| Some(model.answerer.model.device.clone())),
        row("segmenter", &report.models, |model| model.answerer.segmenter.clone()),
        row("signs", &report.models, |model| {
            Some(if model.answerer.with_signs { "read" } else { "not read" }.to_owned())
        }),
        row("program", &report.models, |model| Some(model.answerer.program.clone())),
        row("question", &report.models, |model| Some(model.answerer.settings.prompt.clone())),
    ];
    let data = match &report.data_sha256 {
        Some(sha256) => paragraph(format!("SHA-256 of the list of pictures with their places: {sha256}")),
        None => paragraph("The pictures are drawn from their seeds."),
    };
    // What was read from a file of this form can be written in it.
    let config = serde_json::to_string_pretty(&report.config).unwrap_or_default();
    section("To repeat it", &(table(&heads(report), &rows) + &data + &format!("<pre>{}</pre>\n", Escaped(config))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        eval::{Answered, Answerer, EvalConfig, ResultRow},
        geo::LatLon,
        worker::ErrorLine,
    };

    const HOSTILE: &str = "<script>alert(\"x\")</script>&'.jpg";

    fn evaluated() -> Evaluated {
        let mut config: EvalConfig =
            toml::from_str("out = \"o\"\n[data]\nstreets = { seed = 1000000, count = 2 }").unwrap();
        config.models = vec![Default::default(); 2];
        config.models[0].name = Some(HOSTILE.to_owned());
        let row = ResultRow {
            picture: HOSTILE.to_owned(),
            true_country: "FR".parse().ok(),
            likeliest_country: "FR".parse().ok(),
            true_latitude: Some(45.76),
            true_longitude: Some(4.84),
            distance_km: Some(3.0),
            locatability: Some(0.45),
            error: Some(HOSTILE.to_owned()),
            ..ResultRow::default()
        };
        let answered = Answered { answerer: Answerer::default(), rows: vec![row] };
        let report = Report::new(
            config,
            Some("abc123".to_owned()),
            "2026-01-01T00:00:00Z".to_owned(),
            &[answered.clone(), answered],
        );
        let [fiji, samoa] = [(-17.7, 178.0), (-13.8, -171.8)].map(|(lat, lon)| LatLon::new(lat, lon).unwrap());
        let line = ErrorLine { picture: HOSTILE.to_owned(), truth: fiji, said: samoa, km: 1180.0 };
        Evaluated::new("o".into(), report, vec![vec![line], Vec::new()])
    }

    #[test]
    fn nothing_from_outside_is_markup_and_nothing_is_fetched() {
        let page = page(&evaluated());
        assert!(!page.contains("<script") && !page.contains("alert(\"x"), "a name became markup");
        assert!(page.contains("&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;&amp;&#39;.jpg"));
        for fetches in ["http://", "https://", "src=", "href=", "url(", "@import"] {
            assert!(!page.contains(fetches), "{fetches}");
        }
    }

    #[test]
    fn it_is_well_formed_and_says_what_it_takes_to_repeat_it() {
        let page = page(&evaluated());
        for tag in ["section", "table", "svg", "tr", "th", "td", "p", "g"] {
            let count = |text: &str| page.matches(text).count();
            assert_eq!(count(&format!("<{tag}>")) + count(&format!("<{tag} ")), count(&format!("</{tag}>")), "{tag}");
        }
        for told in [
            "abc123",
            "2026-01-01T00:00:00Z",
            "1000000",
            "SHA-256",
            "GeoScore",
            "not told apart",
            "Europe",
            "0.4 to 0.5",
        ] {
            assert!(page.contains(told), "{told}");
        }
    }

    #[test]
    fn a_line_across_the_antimeridian_goes_the_short_way() {
        let page = page(&evaluated());
        assert!(page.contains("M178.00 17.70L188.20 13.80") && page.contains("M-182.00 17.70L-171.80 13.80"));
    }
}
