//! How long it takes until the places obey a piece of evidence that was switched, and one that is new, with two hundred of them.

use std::{path::Path, time::Instant};

use serde_json::{Value, json};

use crate::{
    geo::{CountryCode, LatLon, Region, countries, places_named},
    knowledge::clues::shipped_clues,
    predict::{
        Weighing, WhatIf,
        area::area_piece,
        evidence::{Likelihood, Piece, Spot},
        finding::{Evidence, EvidenceKind, Finding},
        statement::{Area, CountryShare},
    },
};

use super::{ask, summary};

/// So many pieces of each kind: countries weighed by a model, sign ratios, hints, named places, circles and polygons.
const SIGNS: usize = 120;
const HINTS: usize = 39;
const PLACES: usize = 20;
const CIRCLES: usize = 10;
const POLYGONS: usize = 10;

/// Strikes per repetition.
const STRIKES: usize = 20;
/// New areas per repetition.
const ADDED: usize = 10;

pub(super) fn measure(program: &Path, repetitions: usize) -> Result<Value, String> {
    ask(program, "ranking", &[repetitions.to_string()])
}

pub(super) fn inside(arguments: &[String]) -> Result<Value, String> {
    let repetitions: usize = arguments.first().and_then(|n| n.parse().ok()).ok_or("no number of repetitions")?;
    let mut weighing =
        Weighing { pieces: pieces()?, signs: Vec::new(), own: Vec::new(), is_trusted: true, calibrated: None };
    let bare = Finding::default();
    let (mut finding, surface) = weighing.ranked(&bare); // the prior and the gazetteer are unpacked here
    let mut seconds = Vec::new();
    let n_pieces = weighing.pieces.len();
    for strike in 0..repetitions * STRIKES {
        let at = strike * 7 % finding.evidence.len();
        finding.evidence[at].on = !finding.evidence[at].on;
        let began = Instant::now();
        (finding, _) = weighing.ranked(&finding);
        seconds.push(began.elapsed().as_secs_f64());
    }
    let worst = |seconds: &[f64]| seconds.iter().copied().fold(0.0, f64::max);
    let mut seconds_to_add = Vec::new();
    for number in 0..repetitions * ADDED {
        // Of several one after another the last stands beside 200 others.
        weighing.own = vec![new_area(number)?];
        let began = Instant::now();
        (finding, _) = weighing.ranked(&finding);
        seconds_to_add.push(began.elapsed().as_secs_f64());
    }
    let mut seconds_to_foresee = Vec::new();
    for repetition in 0..repetitions {
        finding.evidence[repetition * 7 % n_pieces].on ^= true;
        finding = weighing.ranked(&finding).0;
        let mut what_if = WhatIf::new(&weighing, &finding, shipped_clues()).ok_or("a candidate lies nowhere")?;
        for at in 0..finding.candidates.len() {
            let began = Instant::now();
            what_if.change(at, &|| false);
            seconds_to_foresee.push(began.elapsed().as_secs_f64());
        }
    }
    Ok(json!({
        "what": "seconds from a piece's switch, and from an area that was never seen before, to the places that obey it; and \
                 to what would change where a candidate stands",
        "pieces": n_pieces,
        "cells": surface.cells.len(),
        "strike": summary(&seconds),
        "worst": worst(&seconds),
        "new_area": summary(&seconds_to_add),
        "new_area_worst": worst(&seconds_to_add),
        "change": summary(&seconds_to_foresee),
        "change_worst": worst(&seconds_to_foresee),
    }))
}

/// A circle or a coast of a thousand corners, from a garden to half of the world, where there was none before.
fn new_area(number: usize) -> Result<Piece, String> {
    let km = [5.0, 60.0, 450.0, 3000.0, 9000.0][number % 5];
    let step = number as f64;
    let middle = LatLon { lat: (step * 0.618).fract() * 100.0 - 40.0, lon: (step * 0.755).fract() * 360.0 - 180.0 };
    let corner = |corner: u32| {
        let (sin, cos) = (f64::from(corner) * std::f64::consts::TAU / 1000.0).sin_cos();
        let reach = km / 111.0 * if corner.is_multiple_of(2) { 1.0 } else { 0.97 };
        LatLon { lat: (middle.lat + reach * sin).clamp(-90.0, 90.0), lon: middle.lon + reach * cos }
    };
    let region = if number.is_multiple_of(2) {
        Region::around(middle, km)
    } else {
        Region::within((0..1000).map(corner).collect())
    };
    let region = region.map_err(|error| error.to_string())?;
    let mut piece = area_piece(Area::Drawn(region), number % 4 < 2);
    piece.evidence.id = format!("new-{number}");
    piece.evidence.strength = 0.9;
    Ok(piece)
}

/// Two hundred pieces, as a wall of signs, many hints and a map full of areas would make them.
fn pieces() -> Result<Vec<Piece>, String> {
    let codes: Vec<CountryCode> = countries().iter().map(|country| country.code).collect();
    let share = 1.0 / codes.len() as f64;
    let shares = codes.iter().map(|code| CountryShare { country_code: *code, probability: share }).collect();
    let mut pieces = vec![piece(0, EvidenceKind::ModelCountries, 0.9, Likelihood::Countries(shares))];
    let some = |from: usize, n: usize| (0..n).map(|step| codes[(from * 31 + step * 17) % codes.len()]).collect();
    let mut add = |kind, strength, likelihood| pieces.push(piece(pieces.len(), kind, strength, likelihood));
    for n in 0..SIGNS {
        add(EvidenceKind::Sign, 0.9, Likelihood::Ratio { countries: some(n, 1 + n % 30), inside: 20.0, outside: 1.0 });
    }
    for n in 0..HINTS {
        add(EvidenceKind::Hint, 0.6, Likelihood::Ratio { countries: some(n, 1 + n % 60), inside: 0.0, outside: 1.0 });
    }
    for town in ["Springfield", "San José", "Santa Maria", "Neustadt", "Victoria"].iter().cycle().take(PLACES) {
        let mut towns = places_named(town, None);
        towns.truncate(4);
        let part = 1.0 / towns.len().max(1) as f64;
        add(EvidenceKind::Sign, 0.3, Likelihood::Places(towns.into_iter().map(|town| Spot::new(town, part)).collect()));
    }
    let region = |region: Result<Region, _>, n: usize| -> Result<Likelihood, String> {
        let region = region.map_err(|error: crate::geo::RegionError| error.to_string())?;
        Ok(Likelihood::Region { region, is_inside: n.is_multiple_of(2) })
    };
    let at = |n: usize| LatLon { lat: -40.0 + 8.0 * n as f64, lon: -160.0 + 32.0 * n as f64 };
    for n in 0..CIRCLES {
        let km = [5.0, 50.0, 500.0, 3000.0][n % 4];
        add(EvidenceKind::Region, 0.3, region(Region::around(at(n), km), n)?);
    }
    for n in 0..POLYGONS {
        // A coast of a hundred corners around the point.
        let corner = |step: u32| {
            let (sin, cos) = (f64::from(step) * std::f64::consts::TAU / 100.0).sin_cos();
            let reach = if step.is_multiple_of(2) { 6.0 } else { 5.0 };
            LatLon { lat: at(n).lat + reach * sin, lon: at(n).lon + reach * cos }
        };
        add(EvidenceKind::Region, 0.3, region(Region::within((0..100).map(corner).collect()), n)?);
    }
    Ok(pieces)
}

fn piece(n: usize, kind: EvidenceKind, strength: f64, likelihood: Likelihood) -> Piece {
    let evidence = Evidence::quoted(&n.to_string(), kind, strength);
    let group = (kind == EvidenceKind::Sign).then(|| "signs".to_owned());
    Piece { group, ..Piece::new(evidence, likelihood) }
}
