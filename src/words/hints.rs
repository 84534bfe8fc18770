//! What the user said, as the program understood it, and what it did not understand.

use super::{
    kilometres,
    places::{any_country, others, some_countries, town},
};
use crate::{
    knowledge::clues::Feature,
    predict::{hint::Unclear, statement::Said},
};

/// A sentence for what was understood: "You say that it is not in Russia."
pub(super) fn said(said: &Said) -> String {
    let not = |is_so: &bool| if *is_so { "" } else { "not " };
    match said {
        Said::Countries { area: Some(area), is_so, .. } => format!("You say that it is {}in {area}.", not(is_so)),
        Said::Countries { countries, area: None, is_so } => {
            let named = if *is_so { any_country(countries) } else { some_countries(countries) };
            format!("You say that it is {}in {named}.", not(is_so))
        }
        Said::Town { town: likeliest, n_others, within_km, is_so, .. } => {
            let how = within_km.map_or_else(|| "near".to_owned(), |km| format!("within {} of", kilometres(km)));
            format!("You say that it is {}{how} {}{}.", not(is_so), town(likeliest), others(*n_others))
        }
        Said::Half { is_north, is_so } => {
            format!("You say that it is {}in the {}ern hemisphere.", not(is_so), side(*is_north))
        }
        Said::Latitude { degrees, is_north, is_so } => {
            let latitude = format!("{:.4}", degrees.abs());
            let latitude = latitude.trim_end_matches('0').trim_end_matches('.');
            let half = side(*degrees >= 0.0);
            format!("You say that it is {}{} of {latitude}° {half}.", not(is_so), side(*is_north))
        }
        Said::Season { month, is_winter, is_so } => {
            format!("You say that it was {}{} in {}.", not(is_so), season(*is_winter), month_name(*month))
        }
        Said::SeasonAlone { is_winter, is_so } => {
            format!("You say that it was {}{}.", not(is_so), season(*is_winter))
        }
        Said::Clue { feature: about, value, countries, is_so, .. } => {
            let countries = some_countries(countries);
            let verb = if *is_so { "You see" } else { "You do not see" };
            format!("{verb}: {}, {value}. It is so in {countries}.", feature(*about).to_lowercase())
        }
    }
}

/// "winter", "summer".
pub(super) fn season(is_winter: bool) -> &'static str {
    if is_winter { "winter" } else { "summer" }
}

/// The English name of a month, 1 for January.
pub(super) fn month_name(month: u8) -> String {
    let month = i8::try_from(month).unwrap_or(12).clamp(1, 12);
    jiff::civil::date(2000, month, 1).strftime("%B").to_string()
}

pub(super) fn side(is_north: bool) -> &'static str {
    if is_north { "north" } else { "south" }
}

/// A sentence for what was not understood.
pub fn unclear(unclear: &Unclear) -> String {
    match unclear {
        Unclear::Words(text) => format!("This is not understood: '{text}'."),
        Unclear::Sign(text) => format!("A sign that says '{text}' tells nothing of the place that is known."),
    }
}

/// What a clue is about.
pub fn feature(feature: Feature) -> &'static str {
    match feature {
        Feature::DrivingSide => "Driving side",
        Feature::CentreLine => "Centre line",
        Feature::EdgeLine => "Edge line",
        Feature::WarningSign => "Warning signs",
        Feature::DirectionSign => "Direction signs",
        Feature::StopSign => "Stop signs",
        Feature::SpeedSign => "Speed limits",
        Feature::NoEntrySign => "No-entry signs",
        Feature::ParkingSign => "No-parking signs",
        Feature::SpeedUnit => "Unit of speed",
        Feature::Script => "Script",
        Feature::Letter => "Letters",
        Feature::Language => "Language",
        Feature::Domain => "Web addresses",
        Feature::Phone => "Phone numbers",
        Feature::Plate => "Number plates",
        Feature::Currency => "Currency",
        Feature::Postcode => "Postcodes",
        Feature::Pole => "Poles",
        Feature::RoadsidePost => "Roadside posts",
        Feature::Climate => "Climate",
        Feature::Plant => "Plants",
        Feature::Soil => "Soil",
        Feature::Sun => "Noon sun",
        Feature::Hemisphere => "Half of the globe",
        Feature::Roof => "Roofs",
        Feature::Brand => "Brands",
        Feature::PostBox => "Post boxes",
        Feature::Vehicle => "Vehicles",
        Feature::Other => "Other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        knowledge::clues::shipped_clues,
        predict::hint::{Understood, understand},
        words,
    };

    #[track_caller]
    fn check(text: &str, right: &[&str]) {
        let understood = understand(text, shipped_clues());
        let sentences: Vec<String> = understood
            .iter()
            .map(|part| match part {
                Understood::Evidence(piece) => words::statement(&piece.evidence.statement),
                Understood::Question(question) => format!("{question:?}"),
                Understood::Not(what) => unclear(what),
            })
            .collect();
        assert_eq!(sentences, right, "{text}");
    }

    #[test]
    fn what_was_understood_is_said_back() {
        check("not Russia", &["You say that it is not in Russia."]);
        check("somewhere in Spain or Portugal", &["You say that it is in Spain or Portugal."]);
        check("it is in Bosnia", &["You say that it is in Bosnia and Herzegovina."]);
        check("it is in the Balkans", &["You say that it is in the Balkans."]);
        check("within 50 km of Lyon", &["You say that it is within 50 km of Lyon, Rhône-Alpes, France."]);
        check("more than 50 km from Lyon", &["You say that it is not within 50 km of Lyon, Rhône-Alpes, France."]);
        check("we were in the southern hemisphere", &["You say that it is in the southern hemisphere."]);
        check("north of 60 degrees", &["You say that it is north of 60° north."]);
        check("it was winter in July", &["You say that it was winter in July."]);
        check(
            "no yellow school buses",
            &["You do not see: vehicles, yellow school buses. It is so in Canada and United States."],
        );
        check("the weather was nice", &["This is not understood: 'the weather was nice'."]);
    }
}
