//! What does not fit together, said aloud.

use super::{
    evidence::statement,
    grammar::capital,
    hints::{month_name, season, side},
    places::{country_name, parts, whereabouts},
};
use crate::predict::{
    contradiction::{Contradiction, Ground, Place},
    statement::Whereabouts,
};

/// Both sides of what does not fit together.
pub(super) fn contradiction(contradiction: &Contradiction) -> String {
    match contradiction {
        Contradiction::Position { file, sign } => {
            format!("The file's position contradicts a sign: the file gives {}. {}", whereabouts(file), statement(sign))
        }
        Contradiction::SaidAgainstFile { said, file } => {
            format!("You and the file contradict each other: {} The file gives {}.", statement(said), whereabouts(file))
        }
        Contradiction::SaidAgainstFirst { said, first } => format!(
            "The answer is not what you say: {} What else is known outweighs it, and {} comes first.",
            statement(said),
            whereabouts_of(first)
        ),
        Contradiction::SaidTwice { one, other } => {
            format!("Two things that you say contradict each other: {} {}", statement(one), statement(other))
        }
        Contradiction::Hemisphere { is_north, by, against } => {
            let lies = place(against, Some(side(against.latitude() >= 0.0)));
            let half = side(*is_north);
            match by {
                Ground::Season { month, is_winter, by } => format!(
                    "Season and hemisphere contradict each other: {} The file was taken in {}, which is {} in the {half}; \
                     {lies}.",
                    ground(by),
                    month_name(*month),
                    season(*is_winter)
                ),
                by => {
                    format!("Two hemispheres contradict each other: {} That speaks for the {half}; {lies}.", ground(by))
                }
            }
        }
        Contradiction::DrivingSide { is_left, by, against } => {
            let other = if *is_left { "right" } else { "left" };
            let lies = capital(&place(against, None));
            format!(
                "Driving side and country contradict each other: {} {lies}, where traffic keeps {other}.",
                ground(by)
            )
        }
    }
}

/// A sentence, with its full stop.
fn ground(ground: &Ground) -> String {
    match ground {
        Ground::Evidence(said) => statement(said),
        Ground::Reason(reason) => format!("The model says: '{}'.", reason.trim_end_matches('.')),
        Ground::Season { by, .. } => self::ground(by),
    }
}

/// "Oslo, Norway".
fn whereabouts_of(place: &Whereabouts) -> String {
    parts([place.near.as_deref().unwrap_or_default(), &place.country.map(country_name).unwrap_or_default()])
}

/// "the file's position lies in the north, in Oslo, Norway"; without a half of the globe "lies in Oslo, Norway".
fn place(place: &Place, half: Option<&str>) -> String {
    let (what, place) = match place {
        Place::File(place) => ("the file's position", place),
        Place::First(place) => ("the first candidate", place),
    };
    let town = whereabouts_of(place);
    let half = half.map(|half| format!("the {half}"));
    let lies_in: Vec<String> = half.into_iter().chain(Some(town).filter(|town| !town.is_empty())).collect();
    format!("{what} lies in {}", lies_in.join(", in "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        geo::LatLon,
        predict::statement::{Said, Statement},
    };

    fn oslo() -> Whereabouts {
        let position = LatLon::new(59.91, 10.75).unwrap();
        Whereabouts { position, near: Some("Oslo".into()), country: "NO".parse().ok() }
    }

    #[test]
    fn both_sides_of_a_contradiction_are_named() {
        let winter = Statement::Said(Said::SeasonAlone { is_winter: true, is_so: true });
        let by = Ground::Season { month: 7, is_winter: true, by: Box::new(Ground::Evidence(winter)) };
        assert_eq!(
            contradiction(&Contradiction::Hemisphere { is_north: false, by, against: Place::First(oslo()) }),
            "Season and hemisphere contradict each other: You say that it was winter. The file was taken in July, which \
             is winter in the south; the first candidate lies in the north, in Oslo, Norway."
        );
        let by = Ground::Reason("Traffic keeps left.".into());
        assert_eq!(
            contradiction(&Contradiction::DrivingSide { is_left: true, by, against: Place::File(oslo()) }),
            "Driving side and country contradict each other: The model says: 'Traffic keeps left'. The file's position \
             lies in Oslo, Norway, where traffic keeps right."
        );
        let by = Ground::Evidence(Statement::Said(Said::Half { is_north: false, is_so: true }));
        assert_eq!(
            contradiction(&Contradiction::Hemisphere { is_north: false, by, against: Place::File(oslo()) }),
            "Two hemispheres contradict each other: You say that it is in the southern hemisphere. That speaks \
             for the south; the file's position lies in the north, in Oslo, Norway."
        );
    }
}
