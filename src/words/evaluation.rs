//! Evaluations in words: what is measured, figures with their intervals, what differs, which pictures, and how far a run is.

use super::{
    count, duration,
    grammar::{counted, listed},
};
use crate::{
    eval::{EvalConfig, EvalData, Figure, Measure, ModelReport, Report, metrics::Share},
    state::Evaluating,
    worker::EvaluationProgress,
};

/// What a measure is called.
pub fn measure(measure: Measure) -> &'static str {
    match measure {
        Measure::Within1 => "within 1 km",
        Measure::Within25 => "within 25 km",
        Measure::Within200 => "within 200 km",
        Measure::Within750 => "within 750 km",
        Measure::Within2500 => "within 2,500 km",
        Measure::MeanKm => "mean distance",
        Measure::MedianKm => "median distance",
        Measure::GeoScore => "GeoScore, of 5,000",
        Measure::Country => "country",
        Measure::Region => "region",
        Measure::City => "city",
        Measure::CountryAccuracy => "named country, accuracy",
        Measure::CountryRecall => "named country, recall",
        Measure::CountryF1 => "named country, F1",
        Measure::CityAccuracy => "named city, accuracy",
        Measure::CityRecall => "named city, recall",
        Measure::CityF1 => "named city, F1",
    }
}

/// What it means, in a sentence.
pub fn measure_meaning(measure: Measure) -> &'static str {
    match measure {
        Measure::Within1 | Measure::Within25 | Measure::Within200 | Measure::Within750 | Measure::Within2500 => {
            "The share of all pictures whose first place lies so near to the true one; a picture without a place counts as far."
        }
        Measure::MeanKm => {
            "The mean distance from the true place to the first one, of the pictures that were given a place."
        }
        Measure::MedianKm => "Half of the pictures that were given a place lie nearer than this, half farther.",
        Measure::GeoScore => {
            "The mean of 5,000 exp(-d / 1492.7 km) over all pictures; a picture without a place scores 0."
        }
        Measure::Country => "How often the likeliest country, all evidence weighed, is the true one.",
        Measure::Region => {
            "How often the first place lies in the true first-level division, of the pictures whose division is known."
        }
        Measure::City => "How often the first place is the true city, of the pictures whose city is known.",
        Measure::CountryAccuracy | Measure::CityAccuracy => "Of the answers that name one, the share that is right.",
        Measure::CountryRecall | Measure::CityRecall => "The share of answers that name one: refusals lower it.",
        Measure::CountryF1 | Measure::CityF1 => "The harmonic mean of these two, as GeoReasoner's tables have it.",
    }
}

/// How a measure's numbers are counted.
enum Unit {
    Share,
    Kilometres,
    Score,
    Plain,
}

fn unit(measure: Measure) -> Unit {
    match measure {
        Measure::MeanKm | Measure::MedianKm => Unit::Kilometres,
        Measure::GeoScore => Unit::Score,
        Measure::CountryF1 | Measure::CityF1 => Unit::Plain,
        _share => Unit::Share,
    }
}

/// A number of a measure, without its unit: "70.8", "1,240", "0.7637".
fn bare(measure: Measure, value: f64) -> String {
    let sign = if value < 0.0 { "−" } else { "" };
    let size = value.abs();
    let text = match unit(measure) {
        Unit::Share => format!("{:.1}", 100.0 * size),
        Unit::Kilometres if size < 9.95 => format!("{size:.1}"),
        Unit::Kilometres | Unit::Score => count(size.round() as usize),
        Unit::Plain => format!("{size:.3}"),
    };
    format!("{sign}{text}")
}

fn unit_name(measure: Measure) -> &'static str {
    match unit(measure) {
        Unit::Share => " %",
        Unit::Kilometres => " km",
        Unit::Score | Unit::Plain => "",
    }
}

/// A figure with its interval: "70.8 % (66.7 to 74.6)".
pub fn figure(measure: Measure, figure: &Figure) -> String {
    let Figure { value, low, high } = *figure;
    let [value, low, high] = [value, low, high].map(|value| bare(measure, value));
    format!("{value}{} ({low} to {high})", unit_name(measure))
}

/// How two models differ: "+2.1 points (0.4 to 3.8)", or "not told apart: +8.3 points (−8.3 to 25.0)".
pub fn difference(measure: Measure, figure: &Figure) -> String {
    let not_told_apart = if figure.spans_zero() { "not told apart: " } else { "" };
    let Figure { value, low, high } = *figure;
    let [low, high] = [low, high].map(|value| bare(measure, value));
    let plus = if value > 0.0 { "+" } else { "" };
    let unit = if matches!(unit(measure), Unit::Share) { " points" } else { unit_name(measure) };
    format!("{not_told_apart}{plus}{}{unit} ({low} to {high})", bare(measure, value))
}

/// A share with its interval and count: "62.0 % (55.1 to 68.4), 124 of 200".
pub fn share(share: &Share) -> String {
    let percent = |part: f64| format!("{:.1}", 100.0 * part);
    let Share { hits, of, .. } = *share;
    let ends = format!("({} to {})", percent(share.low), percent(share.high));
    format!("{} % {ends}, {} of {}", percent(share.share), count(hits), count(of))
}

/// Which pictures are evaluated.
pub fn evaluated_pictures(data: &EvalData) -> String {
    let name = |path: &std::path::Path| path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
    let most = data.limit.map(|limit| format!("the first {} of ", count(limit))).unwrap_or_default();
    let files = data.sources.iter().map(|source| &source.path).chain(&data.manifest).chain(&data.index);
    let files: Vec<String> = files.map(|file| name(file)).collect();
    match (files.as_slice(), data.streets) {
        ([_, ..], _) => format!("{most}{}", listed(&files, "and")),
        ([], Some(streets)) => {
            let (streets, seed) = (counted(streets.count as usize, "drawn street"), count(streets.seed as usize));
            format!("{most}{streets} from seed {seed} on, as JPEG of quality {}", data.jpeg_quality)
        }
        ([], None) => "no pictures".to_owned(),
    }
}

/// How many pictures were evaluated, and how many others there were.
pub fn evaluated_count(report: &Report) -> String {
    let pictures = counted(report.pictures, "picture");
    match report.left_out {
        0 => pictures,
        n => format!("{pictures} ({} left out that say neither place nor country, or cannot be read)", count(n)),
    }
}

/// Which models are evaluated: "starter and GLOBE-Qwen2.5VL-7B".
pub fn evaluated_models(config: &EvalConfig) -> String {
    listed(&config.models.iter().map(EvalConfig::label).collect::<Vec<_>>(), "and")
}

/// An evaluation in a line: "100 pictures: 100 drawn streets from seed 1,000,000 on, signs read, 2026-11-27 05:51 UTC".
pub fn evaluation(report: &Report) -> String {
    let signs = if report.config.generation.reads_signs { "signs read" } else { "signs not read" };
    let (pictures, when) = (evaluated_pictures(&report.config.data), evaluated_at(report));
    format!("{}: {pictures}, {signs}, {when} UTC", evaluated_count(report))
}

/// When it was finished: "2026-11-27 05:51".
pub fn evaluated_at(report: &Report) -> String {
    report.made_at.chars().take(16).map(|letter| if letter == 'T' { ' ' } else { letter }).collect()
}

/// What the probabilities of a model's answers were.
pub fn evaluated_probabilities(model: &ModelReport, pictures: usize) -> String {
    match model.calibrated {
        0 => "raw scores, which nobody has calibrated for such pictures".to_owned(),
        all if all == pictures => "calibrated".to_owned(),
        some => format!("calibrated for {} of {} pictures, raw scores for the others", count(some), count(pictures)),
    }
}

/// How far a run is: "124 of 400 · 12 min left · 3 failed".
pub fn evaluation_progress(progress: &EvaluationProgress) -> String {
    let mut parts = vec![format!("{} of {}", count(progress.done), count(progress.all))];
    parts.extend(progress.seconds_left.map(|seconds| format!("{} left", duration(seconds))));
    if progress.failed > 0 {
        parts.push(format!("{} failed", count(progress.failed)));
    }
    parts.join(" · ")
}

/// A run that goes on, for other pages: "Evaluating starter: 124 of 400 · 12 min left".
pub fn evaluation_in_short(running: &Evaluating) -> String {
    let at = match &running.progress {
        _ if running.is_stopping => "stopping".to_owned(),
        Some(progress) => evaluation_progress(progress),
        None => "waiting for the first answer".to_owned(),
    };
    format!("Evaluating {}: {at}", evaluated_models(&running.config))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(value: f64, low: f64, high: f64) -> Figure {
        Figure { value, low, high }
    }

    #[test]
    fn figures_are_said_with_their_intervals() {
        assert_eq!(figure(Measure::Country, &of(0.708, 0.667, 0.746)), "70.8 % (66.7 to 74.6)");
        assert_eq!(figure(Measure::MedianKm, &of(1240.4, 8.26, 2000.0)), "1,240 km (8.3 to 2,000)");
        assert_eq!(figure(Measure::CityF1, &of(0.5, 0.4, 0.61234)), "0.500 (0.400 to 0.612)");
    }

    #[test]
    fn a_difference_whose_interval_spans_zero_is_called_so_with_its_numbers() {
        let spans_zero = difference(Measure::Country, &of(0.083, -0.083, 0.25));
        assert_eq!(spans_zero, "not told apart: +8.3 points (−8.3 to 25.0)");
        assert_eq!(difference(Measure::Country, &of(0.021, 0.004, 0.038)), "+2.1 points (0.4 to 3.8)");
        assert_eq!(difference(Measure::MeanKm, &of(-310.0, -500.0, -20.4)), "−310 km (−500 to −20)");
    }

    #[test]
    fn a_run_says_how_long_it_will_take() {
        let mut progress = EvaluationProgress {
            model: 0,
            done: 124,
            all: 4000,
            failed: 3,
            picture: String::new(),
            seconds_left: Some(720.0),
        };
        assert_eq!(evaluation_progress(&progress), "124 of 4,000 · 12 min left · 3 failed");
        (progress.failed, progress.seconds_left) = (0, None);
        assert_eq!(evaluation_progress(&progress), "124 of 4,000");
    }
}
