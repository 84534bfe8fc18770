//! What is written on signs, as the clue knowledge calls it: the one table of what a clue of the reader's is about, by which
//! claims are held against signs, hints stand in the groups of what is read, and what to look for is known.

use super::sign_pieces;
use crate::{
    knowledge::clues::Feature,
    signs::{ClueKind, RoadText, road_text},
};

/// The features that a clue of this kind and text tells of, its own first; words of a language tell it as its letters do.
pub(super) fn features_of(clue: ClueKind, text: &str) -> &'static [Feature] {
    match clue {
        ClueKind::Domain => &[Feature::Domain],
        ClueKind::Dialling | ClueKind::Phone => &[Feature::Phone],
        ClueKind::Currency => &[Feature::Currency],
        ClueKind::Script => &[Feature::Script, Feature::Language],
        ClueKind::Letters => &[Feature::Letter, Feature::Language],
        ClueKind::Language => &[Feature::Language, Feature::Letter],
        ClueKind::Street => &[Feature::Language],
        ClueKind::Postcode => &[Feature::Postcode],
        ClueKind::Plate => &[Feature::Plate],
        ClueKind::Brand => &[Feature::Brand],
        ClueKind::Road => match road_text(text) {
            RoadText::Stop => &[Feature::StopSign],
            RoadText::Miles => &[Feature::SpeedUnit],
            RoadText::Words => &[Feature::Language],
            RoadText::Other => &[],
        },
        ClueKind::Place | ClueKind::PhonePlace => &[],
    }
}

/// Whether a record of this feature stands in the text of a sign. Of plates the records say how they look.
pub(super) fn is_written(feature: Feature) -> bool {
    use Feature::*;
    matches!(feature, Script | Letter | Language | Domain | Phone | Currency | Postcode | Brand | StopSign | SpeedUnit)
}

/// The group of what the user says of a feature: what is written on signs is not independent of what was read there, nor of
/// what else the user says of it.
pub(super) fn group_of(feature: Feature) -> Option<&'static str> {
    match feature {
        Feature::Script => Some(sign_pieces::SCRIPTS),
        other => is_written(other).then_some(sign_pieces::GROUP),
    }
}
