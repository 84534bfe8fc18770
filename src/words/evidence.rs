//! What pieces of evidence are called, what they say, where they come from and how they count.

use super::{
    coordinates,
    grammar::listed,
    heading, hints, kilometres, metres, percent,
    places::{country_name, others, some_countries, town, whereabouts},
    square_kilometres,
};
use crate::{
    geo::Shape,
    predict::{
        finding::{Evidence, EvidenceKind},
        statement::{Area, CountryShare, Source, Statement},
    },
    signs::ClueKind,
};

/// A sentence for what a piece of evidence says.
pub fn statement(statement: &Statement) -> String {
    match statement {
        Statement::Prior => "Before anything is seen: pictures are taken on land, where people live.".to_owned(),
        Statement::ModelCountries { first, .. } => {
            let first: Vec<String> = first.iter().map(share).collect();
            format!("Of all countries the model believes in {}.", first.join(", "))
        }
        Statement::ModelCountry(code) => format!("The model's text names {}.", country_name(*code)),
        Statement::ModelChoice(codes) => {
            format!("The model's text does not choose between {}.", some_countries(codes))
        }
        Statement::ModelCity { name, town: likeliest, n_others } => {
            format!("The model's text names {name}: {}{}.", town(likeliest), others(*n_others))
        }
        Statement::FilePosition(place) => format!("The file gives the position {}.", whereabouts(place)),
        Statement::FileZeros => {
            "The file gives the position 0, 0, which cameras write when they do not know it.".to_owned()
        }
        Statement::FileTaken(time) => {
            // A date alone has no time of day.
            let on_or_at = if time.contains(':') { "at" } else { "on" };
            format!("The file says that it was taken {on_or_at} {time}.")
        }
        Statement::FileCamera(camera) => format!("The file names the camera: {camera}."),
        Statement::FileHeading(degrees) => {
            format!("The file says that the camera looked towards {}.", heading(*degrees))
        }
        Statement::FileAltitude(above_sea) => format!("The file gives an altitude of {}.", metres(*above_sea)),
        Statement::FileSoftware(software) => format!("The file names the software: {software}."),
        Statement::Area { area, is_inside } => {
            let only = if *is_inside { "Only" } else { "Not" };
            format!("{only} {}.", self::area(area))
        }
        Statement::Sign { clue, text, countries } => {
            format!("{} '{text}' speaks for {}.", sign_clue(*clue), some_countries(countries))
        }
        Statement::SignPlace { text, town: likeliest, n_others } => {
            format!("A sign says '{text}', which may name {}{}.", town(likeliest), others(*n_others))
        }
        Statement::Said(said) => hints::said(said),
        Statement::Quoted(text) => text.clone(),
    }
}

/// Where: "within 50 km of 48.8566° N, 2.3522° E", "in France or Spain".
fn area(area: &Area) -> String {
    match area {
        Area::Drawn(region) => match region.shapes() {
            [Shape::Circle { centre, km }] => {
                format!("within {} of {}", kilometres(*km), coordinates(centre.lat, centre.lon))
            }
            _ => {
                let (middle, _) = region.bounding_circle();
                let size = square_kilometres(region.area_km2());
                format!("within the drawn area of {size} around {}", coordinates(middle.lat, middle.lon))
            }
        },
        Area::Loaded { file, region } => format!("within {file} ({})", square_kilometres(region.area_km2())),
        Area::Countries(codes) => {
            let names: Vec<String> = codes.iter().map(|code| country_name(*code)).collect();
            format!("in {}", listed(&names, "or"))
        }
    }
}

/// Where a piece of evidence comes from: "the picture file's metadata".
pub fn source(source: &Source) -> String {
    match source {
        Source::Towns => "towns of GeoNames, counted by cell".to_owned(),
        Source::Model(name) => name.clone(),
        Source::Metadata => "the picture file's metadata".to_owned(),
        Source::Signs { signs, facts } => match signs.as_slice() {
            [one] => format!("sign {one} in the picture; {facts}"),
            [] => facts.clone(),
            several => format!("signs {} in the picture; {facts}", listed(several, "and")),
        },
        Source::User => "you".to_owned(),
        Source::Told { facts } => format!("you; {facts}"),
        Source::Quoted(text) => text.clone(),
    }
}

fn sign_clue(clue: ClueKind) -> &'static str {
    match clue {
        ClueKind::Domain => "The web address",
        ClueKind::Dialling => "The phone number",
        ClueKind::Currency => "The price",
        ClueKind::Street => "The word for a street in",
        ClueKind::Script => "The script",
        ClueKind::Letters => "The spelling with",
        ClueKind::Language => "The language",
        ClueKind::Place => "The place",
        ClueKind::Postcode => "The postcode",
        ClueKind::Plate => "The number plate",
        ClueKind::Phone => "The form of the phone number",
        ClueKind::PhonePlace => "The area code of",
        ClueKind::Road => "The road sign",
        ClueKind::Brand => "The brand",
    }
}

/// What a kind of evidence is called.
pub fn evidence_kind(kind: EvidenceKind) -> &'static str {
    match kind {
        EvidenceKind::Prior => "Before looking",
        EvidenceKind::ModelCountries => "Countries weighed by the model",
        EvidenceKind::ModelCountry => "Country named by the model",
        EvidenceKind::ModelCity => "City named by the model",
        EvidenceKind::MetadataGps => "Position in the file",
        EvidenceKind::Metadata => "In the file",
        EvidenceKind::Sign => "On a sign",
        EvidenceKind::Clue => "Clue",
        EvidenceKind::Hint => "Said by you",
        EvidenceKind::Region => "Area",
    }
}

/// How a piece of evidence counts.
pub fn evidence_weight(evidence: &Evidence) -> String {
    if !evidence.on {
        "struck".to_owned()
    } else if evidence.strength > 0.0 {
        format!("strength {:.2}", evidence.strength)
    } else {
        "for information".to_owned()
    }
}

/// "France 34 %".
fn share(share: &CountryShare) -> String {
    format!("{} {}", country_name(share.country_code), percent(share.probability))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        geo::{LatLon, Region},
        predict::statement::Town,
    };

    #[test]
    fn a_named_city_says_which_town_it_may_be() {
        let named = |n_others| {
            let town = Town { name: "Lyon".into(), region: String::new(), country: "FR".parse().unwrap() };
            statement(&Statement::ModelCity { name: "Lyons".into(), town, n_others })
        };
        assert_eq!(named(0), "The model's text names Lyons: Lyon, France.");
        assert_eq!(named(1), "The model's text names Lyons: Lyon, France, or another of that name.");
        assert_eq!(named(3), "The model's text names Lyons: Lyon, France, or one of 3 others of that name.");
    }

    #[test]
    fn an_area_says_where_and_whether_there_or_elsewhere() {
        let said = |area, is_inside| statement(&Statement::Area { area, is_inside });
        let at = |lat, lon| LatLon::new(lat, lon).unwrap();
        let codes = |codes: &[&str]| Area::Countries(codes.iter().map(|code| code.parse().unwrap()).collect());
        assert_eq!(said(codes(&["RU"]), false), "Not in Russia.");
        assert_eq!(said(codes(&["FR", "ES", "IT"]), true), "Only in France, Spain or Italy.");
        let circle = Region::around(at(48.8566, 2.3522), 25.0).unwrap();
        assert_eq!(said(Area::Drawn(circle.clone()), true), "Only within 25 km of 48.8566° N, 2.3522° E.");
        let loaded = Area::Loaded { file: "a.kml".into(), region: circle };
        assert_eq!(said(loaded, false), "Not within a.kml (1,963 km²).");
        let drawn = Region::within(vec![at(0.0, 0.0), at(0.0, 2.0), at(2.0, 2.0), at(2.0, 0.0)]).unwrap();
        assert_eq!(
            said(Area::Drawn(drawn), true),
            "Only within the drawn area of 49,447 km² around 1.0000° N, 1.0000° E."
        );
    }

    #[test]
    fn a_picture_was_taken_on_a_day_or_at_a_time() {
        let said = |time: &str| statement(&Statement::FileTaken(time.to_owned()));
        assert_eq!(said("2024-05-31"), "The file says that it was taken on 2024-05-31.");
        assert_eq!(said("2024-05-31 14:03:09"), "The file says that it was taken at 2024-05-31 14:03:09.");
    }

    #[test]
    fn the_likeliest_countries_are_named_with_their_shares() {
        let share = |code: &str, probability| CountryShare { country_code: code.parse().unwrap(), probability };
        let said = Statement::ModelCountries { n_countries: 249, first: vec![share("FR", 0.61), share("BE", 0.034)] };
        assert_eq!(statement(&said), "Of all countries the model believes in France 61 %, Belgium 3.4 %.");
    }
}
