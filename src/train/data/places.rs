//! Whether examples lie where they say that they do, and far enough from those that the model will be measured by.

use rayon::prelude::{IntoParallelRefIterator as _, ParallelIterator as _};

use super::fault::{About, Fault, Report};
use crate::{
    dataset::{Example, Label},
    geo::{CountryCode, LatLon, Nearby, country_at},
};

/// Within so many kilometres of a border the country of a place is not held against what is named: borders are drawn
/// coarsely here, and cameras err.
const BORDER_KM: f64 = 15.0;

/// Kilometres of a degree of latitude.
const DEGREE_KM: f64 = 111.2;

/// Notes what is wrong with the places of examples.
pub(super) fn check(examples: &[Example], test: &[Example], apart_km: f64, report: &mut Report) {
    let faults: Vec<_> = examples.par_iter().map(|example| fault_of(&example.label)).collect();
    for (number, (example, fault)) in examples.iter().zip(faults).enumerate() {
        for (fault, about) in fault {
            report.note(fault, number, &example.name, about);
        }
    }
    let positions = test.iter().enumerate().filter_map(|(number, example)| Some((number, example.label.position?)));
    let nearby = Nearby::new(apart_km, positions);
    for (number, example) in examples.iter().enumerate() {
        let near =
            example.label.position.and_then(|at| nearby.of(at).min_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0))));
        if let Some((other, km)) = near {
            let about = About::Near { other: test[other].name.clone(), km };
            report.note(Fault::NearTest, number, &example.name, about);
        }
    }
}

/// What is wrong with a place: at most one fault of it, and that no country is known.
fn fault_of(label: &Label) -> Vec<(Fault, About)> {
    let Some(at) = label.position else {
        let fault = if label.country.is_none() { Fault::NoCountry } else { Fault::NoPosition };
        return vec![(fault, About::Nothing)];
    };
    let no_country = |lies_in: Option<CountryCode>| {
        (label.country.is_none() && lies_in.is_none()).then_some((Fault::NoCountry, About::Nothing))
    };
    if at.lat == 0.0 && at.lon == 0.0 {
        return [(Fault::Zeros, About::Nothing)].into_iter().chain(no_country(None)).collect();
    }
    let lies_in = code_at(at);
    let fault = match label.country {
        None if lies_in.is_none() => Some((Fault::AtSea, About::Nothing)),
        None => None,
        Some(named) if lies_in == Some(named) || is_near_country(at, named) => None,
        Some(named) => {
            let about = About::Countries { named, lies_in };
            let is_there = |at: Option<LatLon>| at.and_then(code_at) == Some(named);
            Some(if is_there(exchanged(at)) {
                (Fault::Exchanged, about)
            } else if other_sides(at).into_iter().any(|at| is_there(Some(at))) {
                (Fault::WrongSide, about)
            } else if lies_in.is_none() {
                (Fault::AtSea, about)
            } else {
                (Fault::OtherCountry, about)
            })
        }
    };
    fault.into_iter().chain(no_country(lies_in)).collect()
}

fn code_at(at: LatLon) -> Option<CountryCode> {
    country_at(at).map(|country| country.code)
}

fn exchanged(at: LatLon) -> Option<LatLon> {
    LatLon::new(at.lon, at.lat)
}

fn other_sides(LatLon { lat, lon }: LatLon) -> [LatLon; 3] {
    [LatLon { lat: -lat, lon }, LatLon { lat, lon: -lon }, LatLon { lat: -lat, lon: -lon }]
}

/// Whether a country is within reach, in one of eight directions.
fn is_near_country(at: LatLon, country: CountryCode) -> bool {
    let north = BORDER_KM / DEGREE_KM;
    let east = north / at.lat.to_radians().cos().max(0.01);
    let around = [(1.0, 0.0), (0.7, 0.7), (0.0, 1.0), (-0.7, 0.7), (-1.0, 0.0), (-0.7, -0.7), (0.0, -1.0), (0.7, -0.7)];
    let beside = around.iter().filter_map(|(up, right)| LatLon::new(at.lat + up * north, at.lon + right * east));
    beside.into_iter().any(|beside| code_at(beside) == Some(country))
}
