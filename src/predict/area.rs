//! Areas that the user draws, loads or picks, as pieces of evidence: the picture was taken only there, or not there.

use super::{
    evidence::{Likelihood, Piece},
    finding::{Evidence, EvidenceKind},
    statement::{Area, Source, Statement},
};

/// The piece of evidence that the picture was taken only in an area, or not there. Whoever adds it is certain of it until its
/// strength is lowered; it has no id yet.
pub fn area_piece(area: Area, is_inside: bool) -> Piece {
    let likelihood = match &area {
        Area::Drawn(region) | Area::Loaded { region, .. } => Likelihood::Region { region: region.clone(), is_inside },
        Area::Countries(countries) => {
            let (inside, outside) = if is_inside { (1.0, 0.0) } else { (0.0, 1.0) };
            Likelihood::Ratio { countries: countries.clone(), inside, outside }
        }
    };
    let evidence = Evidence {
        id: String::new(),
        kind: EvidenceKind::Region,
        statement: Statement::Area { area, is_inside },
        source: Source::User,
        strength: 1.0,
        on: true,
        region: None,
        position: None,
    };
    Piece::new(evidence, likelihood)
}
