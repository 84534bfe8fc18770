//! What typed signs tell of their country, on signs written for this project (`tests/fixtures/signs.tsv`: a country's code, a
//! tab, and the lines of one scene parted by ` / `). docs/SIGNS.md has the figures; this prints them with every mistake:
//! `cargo test --release --test signs -- --nocapture`.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a test, and a table for people")]

use std::collections::BTreeMap;

use terrasight::{
    geo::CountryCode,
    predict::{Weighing, evidence::Likelihood, fuse::weigh_up, sign::Sign},
    signs::{Bearing, Clue, Text, clues},
};

/// From so much a country is put first by more than half.
const HALF: f64 = 0.5;

struct Scene {
    country: CountryCode,
    lines: Vec<&'static str>,
}

/// What the signs of a scene said of its country.
struct Said {
    clues: Vec<Clue>,
    first: Option<(CountryCode, f64)>,
}

fn scenes() -> Vec<Scene> {
    let scene = |line: &'static str| {
        let (country, signs) = line.split_once('\t').unwrap();
        Scene { country: country.parse().unwrap(), lines: signs.split(" / ").collect() }
    };
    include_str!("fixtures/signs.tsv").lines().map(scene).collect()
}

fn heard(scene: &Scene) -> Said {
    let texts: Vec<Text<'_>> = scene.lines.iter().map(|text| Text::typed(text)).collect();
    let clues = clues(&texts);
    let signs = scene.lines.iter().map(|text| Sign::added([0.4, 0.4, 0.6, 0.5], text)).collect();
    let weighing = Weighing { pieces: Vec::new(), signs, own: Vec::new(), is_trusted: false, calibrated: None };
    let pieces = weighing.all_pieces();
    let speaks = pieces.iter().any(|piece| piece.likelihood != Likelihood::Nothing);
    let countries = if speaks { weigh_up(&pieces, false, None).countries } else { Vec::new() };
    let first = countries.first().map(|best| (best.country_code, best.probability));
    Said { clues, first }
}

fn speaks_for(clue: &Clue, country: CountryCode) -> bool {
    match &clue.bearing {
        Bearing::Countries { countries, .. } => countries.contains(&country),
        Bearing::Places { places, .. } => places.iter().any(|named| named.place.place.country == country),
    }
}

#[derive(Default)]
struct Tally {
    all: usize,
    speak: usize,
    favour: usize,
    first: usize,
    wrong_first: usize,
    wrong_by_half: usize,
}

impl Tally {
    fn add(&mut self, scene: &Scene, said: &Said) {
        let right = said.clues.iter().filter(|clue| speaks_for(clue, scene.country)).count();
        self.all += 1;
        self.speak += usize::from(!said.clues.is_empty());
        self.favour += usize::from(!said.clues.is_empty() && right == said.clues.len());
        if let Some((first, share)) = said.first {
            self.first += usize::from(first == scene.country);
            self.wrong_first += usize::from(first != scene.country);
            self.wrong_by_half += usize::from(first != scene.country && share > HALF);
        }
    }

    fn print(&self, name: &str) {
        let Self { all, speak, favour, first, wrong_first, wrong_by_half } = self;
        println!("| {name} | {all} | {speak} | {favour} | {first} | {wrong_first} | {wrong_by_half} |");
    }
}

#[test]
fn signs_speak_for_their_country() {
    let (mut halves, mut kinds) = ([Tally::default(), Tally::default()], BTreeMap::<String, [usize; 2]>::new());
    for (at, scene) in scenes().iter().enumerate() {
        let said = heard(scene);
        halves[at % 2].add(scene, &said);
        for clue in &said.clues {
            let is_right = speaks_for(clue, scene.country);
            kinds.entry(clue.kind.to_string()).or_default()[usize::from(!is_right)] += 1;
            if !is_right {
                println!(
                    "{} {} {:?}: {} {:?} speaks for {}",
                    at % 2,
                    scene.country,
                    scene.lines,
                    clue.kind,
                    clue.text,
                    named(clue)
                );
            }
        }
        match said.first {
            None => println!("{} {} {:?}: nothing is told", at % 2, scene.country, scene.lines),
            Some((first, share)) if first != scene.country => {
                println!(
                    "{} {} {:?}: {first} is first with {:.0} %",
                    at % 2,
                    scene.country,
                    scene.lines,
                    100.0 * share
                );
            }
            Some(_) => {}
        }
    }
    println!("| half | scenes | speak | all clues right | country first | another first | by more than half |");
    println!("|---|---|---|---|---|---|---|");
    halves[0].print("first");
    halves[1].print("second");
    println!("| clue | right | wrong |\n|---|---|---|");
    kinds.iter().for_each(|(kind, [right, wrong])| println!("| {kind} | {right} | {wrong} |"));
    for half in halves {
        assert!(
            100 * half.favour >= 95 * half.speak && 100 * half.speak >= 93 * half.all,
            "clues speak, and for the right country"
        );
        assert!(half.wrong_by_half <= 4 && 100 * half.first >= 45 * half.all, "few are led astray");
    }
}

fn named(clue: &Clue) -> String {
    match &clue.bearing {
        Bearing::Countries { countries, .. } => countries.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "),
        Bearing::Places { places, .. } => places
            .iter()
            .map(|named| format!("{} {}", named.place.place.name, named.place.place.country))
            .collect::<Vec<_>>()
            .join(", "),
    }
}
