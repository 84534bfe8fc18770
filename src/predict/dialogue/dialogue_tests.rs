//! What a user relies on when a question is answered.

use super::*;
use crate::{
    knowledge::clues::{Feature, shipped_clues},
    predict::{
        answer::Answer,
        evidence::{Heard, MetadataHeard, gather},
        hint::{Understood, understand},
    },
};

fn code(code: &str) -> CountryCode {
    code.parse().unwrap()
}

/// What a model says of a picture that it takes for Spain, and what a user says of it.
fn pieces(hints: &str) -> Vec<Piece> {
    let answer = Answer { country: Some("Spain".to_owned()), ..Answer::default() };
    let country_scores = [(code("ES"), -0.5), (code("PT"), -1.5), (code("FR"), -3.0)];
    let metadata = MetadataHeard::default();
    let heard =
        Heard { model: "m", answer: &answer, country_scores: &country_scores, metadata: &metadata, is_trusted: true };
    let mut pieces = gather(&heard).0;
    for part in understand(hints, shipped_clues()) {
        let Understood::Evidence(piece) = part else { panic!("{part:?}") };
        pieces.push(*piece);
    }
    pieces
}

fn ids(influences: &[Influence]) -> Vec<&str> {
    influences.iter().map(|piece| piece.id.as_str()).collect()
}

#[test]
fn why_not_names_what_speaks_for_each_side() {
    let pieces = pieces("the sign is in Portuguese");
    let reply = answer(&Question::Country(code("ES")), &pieces, shipped_clues());
    let Reply::Between { likelier, other, for_likelier, for_other, turned_by } = reply else { panic!("{reply:?}") };
    assert_eq!((likelier.country_code, other.country_code), (code("PT"), code("ES")));
    assert_eq!(ids(&for_likelier)[0], "hint-language-pt");
    assert!(ids(&for_other).contains(&"model_countries"), "{for_other:?}");
    let Some(Turn::Strike(statement)) = turned_by else { panic!("{turned_by:?}") };
    assert_eq!(statement, for_likelier[0].statement);
}

/// The logarithm is that of the factor by which the piece multiplies the odds: a ratio of 10 at strength 0.9 (one of 10 in a
/// hundred of all belief stays) is ln(0.1 + 0.9 x 10).
#[test]
fn an_influence_is_the_logarithm_of_the_pieces_factor() {
    let pieces = pieces("not Portugal");
    let weighed = Weighed::new(&pieces);
    let between = weighed.between(code("ES"), code("PT"));
    let hint = between.iter().find(|piece| piece.id == "hint-not-pt").unwrap();
    assert!((hint.log_odds - 10f64.ln()).abs() < 1e-6, "{}", hint.log_odds);
    let total: f64 = between.iter().map(|piece| piece.log_odds).sum();
    let odds = weighed.share(code("ES")).probability / weighed.share(code("PT")).probability;
    assert!((total - odds.ln()).abs() < 0.01, "the pieces and the prior make up the odds: {total}, {}", odds.ln());
    let without = weighed.without("hint-not-pt");
    assert!(without.iter().find(|share| share.country_code == code("PT")).unwrap().probability > 0.1);
}

#[test]
fn what_matters_most_is_what_the_answer_would_change_without() {
    let reply = answer(&Question::Strongest, &pieces("the sign is in Portuguese"), shipped_clues());
    let Reply::Strongest { first, pieces } = reply else { panic!("{reply:?}") };
    assert_eq!(first.country_code, code("PT"));
    let without = |id: &str| pieces.iter().find(|(piece, _)| piece.id == id).unwrap().1.country_code;
    assert_eq!(without("hint-language-pt"), code("ES"));
    assert_eq!(without("model_countries"), code("BR"));
}

#[test]
fn what_speaks_against_the_answer_is_said() {
    let reply = answer(&Question::Against, &pieces("Yellow centre line"), shipped_clues());
    let Reply::Against { first, pieces } = reply else { panic!("{reply:?}") };
    assert_eq!(first.country_code, code("ES"));
    assert_eq!(ids(&pieces), ["hint-centre_line-yellow"]);
    assert!(pieces[0].log_odds < 0.0);
}

#[test]
fn where_to_look_tells_the_leading_countries_apart() {
    let reply = answer(&Question::WhereToLook(vec![Feature::Language]), &pieces("not Russia"), shipped_clues());
    let Reply::Look { leading, tellings } = reply else { panic!("{reply:?}") };
    assert_eq!(leading[0].country_code, code("ES"));
    assert!(
        tellings.iter().any(|telling| telling.value == "Portuguese" && telling.seen_in == [code("PT")]),
        "{tellings:?}"
    );
}

/// Agreement is no virtue: a wrong hint moves the answer only so far, and what speaks against it is named.
#[test]
fn after_a_hint_what_speaks_against_it_is_named() {
    let (before, after) = (pieces("Yellow centre line"), pieces("Yellow centre line. Not Spain"));
    let reply = after_hint(&["hint-not-es".to_owned()], &before, &after);
    let Reply::Moved { before: first, before_now, now, against } = reply else { panic!("{reply:?}") };
    assert_eq!(first.country_code, code("ES"));
    assert!(before_now < first.probability && now.probability >= before_now);
    assert_eq!(ids(&against)[0], "model_countries");
    assert!(against.iter().all(|piece| piece.log_odds > 0.0));

    let agreeing = pieces("not Portugal. In Portugal, I think");
    let reply = after_hint(&["hint-not-pt".to_owned()], &pieces("In Portugal, I think"), &agreeing);
    let Reply::Moved { against, .. } = reply else { panic!("{reply:?}") };
    assert!(ids(&against).contains(&"hint-pt"), "{against:?}");
}

#[test]
fn where_nothing_speaks_nothing_is_made_up() {
    let silent: Vec<Piece> = pieces("").into_iter().filter(|piece| !piece.counts()).collect();
    assert_eq!(answer(&Question::First, &silent, shipped_clues()), Reply::NoEvidence);
    assert_eq!(answer(&Question::HowSure, &[], shipped_clues()), Reply::NoEvidence);
    let nowhere = answer(&Question::Country(code("AQ")), &pieces("not Russia"), shipped_clues());
    assert!(matches!(nowhere, Reply::Between { .. }));
}
