//! `terrasight read`: what the signs in pictures say, where they stand, and which countries that speaks for.

use std::{
    fmt::Write as _,
    path::{Path, PathBuf},
};

use clap::Args;
use serde_json::{Value, json};

use crate::{
    assets,
    model::{
        DeviceChoice, device,
        reader::{Reader, Reading},
    },
    picture::Picture,
    signs::{Bearing, Clue, NamedPlace, Text, clues},
};

use super::{
    Failure,
    output::{Format, OutArguments, complain},
    progress::Progress,
};

/// Read the signs in pictures: Latin, Cyrillic and Greek letters, Chinese, Japanese kana and Hangul; of other scripts say which
/// they are
#[derive(Debug, Args)]
pub(super) struct Read {
    /// Pictures
    #[arg(required = true, value_name = "PICTURE")]
    pictures: Vec<PathBuf>,
    /// auto, gpu (hardware only), gpu:N (the number that doctor shows) or cpu
    #[arg(long, value_name = "DEVICE", default_value = "auto")]
    device: DeviceChoice,
    /// How to write the result
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    #[command(flatten)]
    out: OutArguments,
}

/// A picture's path, and what was read in it or what is wrong with it.
type Outcome = (String, Result<Signs, String>);

/// What was read in a picture; boxes are in its pixels.
struct Signs {
    /// Of the upright picture.
    width: u32,
    height: u32,
    readings: Vec<Reading>,
}

impl Read {
    pub(super) fn run(&self) -> Result<(), Failure> {
        let mut output = self.out.open(&self.pictures)?;
        let progress = Progress::new(self.pictures.len());
        progress.say("reading the networks");
        let device = device::open(self.device).map_err(Failure::new)?;
        let folder = assets::reader_folder().map_err(Failure::new)?;
        let reader = Reader::open(&folder, &device).map_err(Failure::new)?;
        let mut outcomes = Vec::with_capacity(self.pictures.len());
        for path in &self.pictures {
            progress.say(path.display().to_string());
            let outcome = (path.display().to_string(), read(&reader, path));
            if let Err(error) = &outcome.1 {
                progress.aside(|| complain(error));
            }
            if self.format == Format::Text {
                progress.aside(|| output.write(&text_of(&outcome)))?;
            }
            outcomes.push(outcome);
            progress.step();
        }
        drop(progress);
        if self.format == Format::Json {
            output.write(&format!("{:#}\n", Value::Array(outcomes.iter().map(json_of).collect())))?;
        }
        output.finish()?;
        if outcomes.iter().any(|(_, outcome)| outcome.is_err()) { Err(Failure::Said) } else { Ok(()) }
    }
}

/// What one picture's signs say; boxes are in the pixels of the whole picture, also where a reduced copy was read.
fn read(reader: &Reader, path: &Path) -> Result<Signs, String> {
    let picture = Picture::open(path).map_err(|error| error.to_string())?;
    let mut readings = reader.read(&picture.pixels).map_err(|error| format!("{}: {error}", path.display()))?;
    let scale = picture.width as f32 / picture.pixels.width().max(1) as f32;
    readings.iter_mut().flat_map(|reading| reading.quad.as_flattened_mut()).for_each(|at| *at *= scale);
    Ok(Signs { width: picture.width, height: picture.height, readings })
}

/// What the readings of a picture tell.
fn clues_of(readings: &[Reading]) -> Vec<Clue> {
    let texts = readings.iter().map(|read| Text::read(&read.text, read.script, f64::from(read.certainty)));
    clues(&texts.collect::<Vec<_>>())
}

/// The picture, and below it a line for each reading: score, middle of the box, text, script and its certainty. Then one for
/// each clue.
fn text_of((path, outcome): &Outcome) -> String {
    let mut text = format!("{path}\n");
    let Ok(Signs { readings, .. }) = outcome else { return String::new() };
    if readings.is_empty() {
        text += "  no text was read\n";
    }
    for reading in readings {
        let [x, y] = [0, 1].map(|axis| reading.quad.iter().map(|corner| corner[axis]).sum::<f32>() / 4.0);
        let script = match reading.script {
            Some(script) if reading.text.is_empty() => format!("text in {script} ({:.2})", reading.certainty),
            Some(script) => format!("  {script} ({:.2})", reading.certainty),
            None => String::new(),
        };
        let score = if reading.text.is_empty() { "    ".to_owned() } else { format!("{:.2}", reading.score) };
        // A String takes every text.
        let _ = writeln!(text, "  {score}  at {x:.0}, {y:.0}  {}{script}", reading.text);
    }
    for Clue { kind, text: said, bearing, source, .. } in clues_of(readings) {
        let _ = writeln!(text, "  {kind} '{said}': {} ({source})", bearing_in_words(&bearing));
    }
    text
}

fn bearing_in_words(bearing: &Bearing) -> String {
    match bearing {
        Bearing::Countries { countries, inside, outside } => {
            let codes: Vec<String> = countries.iter().map(ToString::to_string).collect();
            format!("{:.0} times likelier in {}", inside / outside, codes.join(" "))
        }
        Bearing::Places { places, share } => {
            let name = |named: &NamedPlace| {
                let away = named.away_km.map_or_else(String::new, |km| format!(" ({km:.0} km away)"));
                format!("{}, {}{away}", named.place.place.name, named.place.place.country)
            };
            let names: Vec<String> = places.iter().map(name).collect();
            format!("near {} with {:.0} % of belief", names.join(" or "), 100.0 * share)
        }
    }
}

fn json_of((path, outcome): &Outcome) -> Value {
    let reading = |reading: &Reading| {
        let Reading { text, score, quad, script, certainty } = reading;
        json!({"text": text, "score": score, "script": script, "script_certainty": certainty, "quad": quad})
    };
    match outcome {
        Ok(Signs { width, height, readings }) => {
            let clues: Vec<Value> = clues_of(readings).iter().map(json_of_clue).collect();
            let readings: Vec<Value> = readings.iter().map(reading).collect();
            json!({"path": path, "width": width, "height": height, "readings": readings, "clues": clues})
        }
        Err(error) => json!({"path": path, "error": error}),
    }
}

fn json_of_clue(clue: &Clue) -> Value {
    let mut json = json!({
        "kind": clue.kind.to_string(), "text": clue.text, "readings": clue.readings, "source": clue.source,
    });
    match &clue.bearing {
        Bearing::Countries { countries, inside, outside } => {
            json["countries"] = json!(countries);
            json["inside"] = json!(inside);
            json["outside"] = json!(outside);
        }
        Bearing::Places { places, share } => {
            let place = |named: &NamedPlace| {
                json!({"name": named.place.place.name, "country": named.place.place.country,
                    "lat": named.place.place.position.lat, "lon": named.place.place.position.lon, "part": named.part, "away_km": named.away_km})
            };
            json["places"] = places.iter().map(place).collect();
            json["share"] = json!(share);
        }
    }
    json
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::knowledge::Script;

    fn reading() -> Reading {
        let quad = [[1.0, 2.0], [9.0, 2.0], [9.0, 4.0], [1.0, 4.0]];
        Reading { text: "Zimmer".to_owned(), score: 0.9768, quad, script: Some(Script::Latin), certainty: 0.99 }
    }

    fn read(readings: Vec<Reading>) -> Outcome {
        ("a.jpg".to_owned(), Ok(Signs { width: 640, height: 480, readings }))
    }

    #[test]
    fn a_reading_is_told_with_its_score_and_place() {
        let text = text_of(&read(vec![reading()]));
        assert_eq!(text, "a.jpg\n  0.98  at 5, 3  Zimmer  Latin (0.99)\n");
        let unread = Reading { text: String::new(), score: 0.0, script: Some(Script::Thai), ..reading() };
        let text = text_of(&read(vec![unread]));
        assert!(text.starts_with("a.jpg\n        at 5, 3  text in Thai (0.99)\n  script 'Thai'"), "{text}");
        assert_eq!(text_of(&read(Vec::new())), "a.jpg\n  no text was read\n");
    }

    #[test]
    fn what_a_reading_tells_follows_with_its_source() {
        let readings = || read(vec![Reading { text: "www.apotheke.de".to_owned(), ..reading() }]);
        let text = text_of(&readings());
        assert!(text.contains("\n  domain 'www.apotheke.de': 50 times likelier in DE (counted on"), "{text}");
        let clue = &json_of(&readings())["clues"][0];
        assert_eq!(
            (&clue["kind"], &clue["countries"][0], &clue["readings"][0]),
            (&json!("domain"), &json!("DE"), &json!(0))
        );
    }

    #[test]
    fn a_failed_picture_stands_in_its_place() {
        let json = json_of(&("a.jpg".to_owned(), Err("a.jpg: it is a folder".to_owned())));
        assert_eq!(json, json!({"path": "a.jpg", "error": "a.jpg: it is a folder"}));
        let json = json_of(&read(vec![reading()]));
        assert_eq!(json["readings"][0]["quad"][2], json!([9.0, 4.0]));
        assert_eq!((&json["width"], &json["height"]), (&json!(640), &json!(480)), "what the box is measured in");
        assert_eq!(json["readings"][0]["script"], "Latn");
    }
}
