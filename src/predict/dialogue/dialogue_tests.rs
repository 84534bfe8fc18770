//! What a user relies on when a question is answered.

use super::*;
use crate::{
    knowledge::clues::{ClueRecord, Feature, shipped_clues},
    predict::{
        answer::Answer,
        area::area_piece,
        evidence::{Heard, Likelihood, MetadataHeard, gather},
        finding::{Evidence, EvidenceKind},
        hint::{Understood, understand},
        statement::Area,
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

/// What leaves a country nothing decides against it, and striking it would bring the country back; where another rules the
/// country out as well, neither does it alone.
#[test]
fn what_rules_a_country_out_is_named() {
    let not = |codes: &[&str]| {
        let mut piece = area_piece(Area::Countries(codes.iter().map(|c| code(c)).collect()), false);
        piece.evidence.id = codes.join("-");
        piece
    };
    let mut pieces = pieces("the sign is in Portuguese");
    pieces.push(not(&["PT", "BR"]));
    let why_not_portugal = |pieces: &[Piece]| answer(&Question::Country(code("PT")), pieces, shipped_clues());
    let Reply::Between { likelier, other, for_likelier, for_other, turned_by } = why_not_portugal(&pieces) else {
        panic!()
    };
    assert_eq!((likelier.country_code, other.probability), (code("ES"), 0.0));
    assert_eq!((for_likelier[0].id.as_str(), for_likelier[0].log_odds), ("PT-BR", f64::INFINITY));
    assert!(ids(&for_other).contains(&"hint-language-pt"), "{for_other:?}");
    assert!(matches!(turned_by, Some(Turn::Strike(Statement::Area { .. }))), "{turned_by:?}");

    pieces.push(not(&["PT"]));
    let Reply::Between { for_likelier, turned_by, .. } = why_not_portugal(&pieces) else { panic!() };
    assert!(!ids(&for_likelier).contains(&"PT-BR") && !ids(&for_likelier).contains(&"PT"), "{for_likelier:?}");
    assert_eq!(turned_by, None);
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
    assert!(before_now < first.probability && now.unwrap().probability >= before_now);
    assert_eq!(ids(&against)[0], "model_countries");
    assert!(against.iter().all(|piece| piece.log_odds > 0.0));

    let agreeing = pieces("not Portugal. In Portugal, I think");
    let reply = after_hint(&["hint-not-pt".to_owned()], &pieces("In Portugal, I think"), &agreeing);
    let Reply::Moved { against, .. } = reply else { panic!("{reply:?}") };
    assert!(ids(&against).contains(&"hint-pt"), "{against:?}");
}

/// What a model alone says of Spain, and of Portugal so much less, in natural logarithms.
fn scored(gap: f64) -> Vec<Piece> {
    let metadata = MetadataHeard::default();
    let (answer, country_scores) = (Answer::default(), [(code("ES"), 0.0), (code("PT"), -gap)]);
    let heard =
        Heard { model: "m", answer: &answer, country_scores: &country_scores, metadata: &metadata, is_trusted: true };
    gather(&heard).0
}

/// A clue turns a gap round that is smaller than the logarithm of its factor, and no other.
#[test]
fn what_is_to_be_seen_turns_the_two_round() {
    let (spain, portugal) = (code("ES"), code("PT"));
    let tells = |record: &&ClueRecord| record.countries.contains(&portugal) && !record.countries.contains(&spain);
    let greatest = shipped_clues().records().iter().filter(tells).map(|record| record.factor(true)).fold(1.0, f64::max);
    let mut n_seen = 0;
    for gap in [0.7, 1.5, 2.5, 2.9, 3.3, 4.5, 8.0] {
        let pieces = scored(gap);
        let reply = answer(&Question::Country(portugal), &pieces, shipped_clues());
        let Reply::Between { likelier, other, turned_by, .. } = reply else { panic!("{reply:?}") };
        let between = (likelier.probability / other.probability).ln();
        match turned_by {
            Some(Turn::See(telling)) => {
                n_seen += 1;
                let record = shipped_clues().record(&telling.record).unwrap();
                assert!(tells(&record) && record.factor(true).ln() > between, "{gap}: {record:?}");
                assert_eq!((telling.seen_in, telling.not_in), (vec![portugal], vec![spain]));
            }
            None => assert!(between > 2.0 && (gap < 8.0 || greatest.ln() < between), "{gap} {greatest}"),
            Some(Turn::Strike(said)) => panic!("{said:?}"),
        }
    }
    assert!((2..7).contains(&n_seen), "{n_seen}");
}

fn sign(id: &str, inside: f64, group: Option<&str>) -> Piece {
    let likelihood = Likelihood::Ratio { countries: vec![code("PT")], inside, outside: 1.0 };
    let piece = Piece::new(Evidence::quoted(id, EvidenceKind::Clue, 1.0), likelihood);
    Piece { group: group.map(str::to_owned), ..piece }
}

fn turned_by(pieces: &[Piece]) -> Option<Turn> {
    match answer(&Question::Country(code("ES")), pieces, shipped_clues()) {
        Reply::Between { turned_by, .. } => turned_by,
        other => panic!("{other:?}"),
    }
}

/// Of the pieces that turn the two round, each by itself, the weakest is named; and one is none whose place others of its group
/// would take.
#[test]
fn the_weakest_piece_that_turns_the_two_round_is_named() {
    let strike = |id: &str| Some(Turn::Strike(Statement::Quoted(id.to_owned())));
    let alone = [scored(1.0), vec![sign("strong", 6.0, None), sign("weak", 4.0, None)]].concat();
    assert!(!matches!(turned_by(&alone), Some(Turn::Strike(_))), "it takes both");
    let each = [scored(2.9), vec![sign("strong", 6.0, None), sign("weak", 5.0, None)]].concat();
    assert_eq!(turned_by(&each), strike("weak"));
    let together = [scored(1.0), vec![sign("one", 4.0, Some("signs")), sign("two", 4.0, Some("signs"))]].concat();
    assert!(!matches!(turned_by(&together), Some(Turn::Strike(_))), "the other would count whole");
}

#[test]
fn what_moves_the_answer_most_stands_first_for_or_against() {
    let for_spain = Likelihood::Ratio { countries: vec![code("ES")], inside: 1.5, outside: 1.0 };
    let for_spain = Piece::new(Evidence::quoted("for", EvidenceKind::Clue, 1.0), for_spain);
    let pieces = [scored(1.0), vec![for_spain, sign("against", 2.0, None)]].concat();
    let Reply::Strongest { pieces, .. } = answer(&Question::Strongest, &pieces, shipped_clues()) else { panic!() };
    let named = pieces.iter().map(|(piece, _)| piece.id.as_str()).filter(|id| *id != "model_countries");
    assert_eq!(named.collect::<Vec<_>>(), ["against", "for"]);
}

#[test]
fn how_sure_it_is_counts_what_counts() {
    let mut struck = sign("struck", 4.0, None);
    struck.evidence.on = false;
    let pieces = [scored(1.0), vec![sign("sign", 2.0, None), struck]].concat();
    let Reply::HowSure { leading, n_pieces } = answer(&Question::HowSure, &pieces, shipped_clues()) else { panic!() };
    assert_eq!((leading.len(), n_pieces), (2, 2));
}

/// A piece is named where it changes the odds by a fiftieth, and not below that: on either side, and among what moves most.
#[test]
fn what_changes_the_odds_by_a_trace_is_not_named() {
    let ratio = |id: &str, log_odds: f64| {
        let likelihood = Likelihood::Ratio { countries: vec![code("ES")], inside: log_odds.exp(), outside: 1.0 };
        Piece::new(Evidence::quoted(id, EvidenceKind::Clue, 1.0), likelihood)
    };
    let traces = [("a", 0.015), ("b", 0.025), ("c", -0.015), ("d", -0.025)].map(|(id, log)| ratio(id, log));
    let pieces = [scored(1.0), traces.to_vec()].concat();
    let reply = answer(&Question::Country(code("PT")), &pieces, shipped_clues());
    let Reply::Between { for_likelier, for_other, .. } = reply else { panic!("{reply:?}") };
    assert_eq!((ids(&for_likelier), ids(&for_other)), (vec!["model_countries", "b"], vec!["d"]));
    let Reply::Strongest { pieces: named, .. } = answer(&Question::Strongest, &pieces, shipped_clues()) else {
        panic!()
    };
    // Against all others a ratio of Spain alone counts as far as against Portugal.
    let named: Vec<&str> = named.iter().map(|(piece, _)| piece.id.as_str()).collect();
    assert!(
        named.contains(&"b") && named.contains(&"d") && !named.contains(&"a") && !named.contains(&"c"),
        "{named:?}"
    );
}

/// No more than so many pieces are named on a side, the strongest.
#[test]
fn only_the_strongest_are_named() {
    let signs = (1..=6).map(|n| {
        let likelihood = Likelihood::Ratio { countries: vec![code("ES")], inside: 1.0 + f64::from(n), outside: 1.0 };
        Piece::new(Evidence::quoted(&n.to_string(), EvidenceKind::Clue, 1.0), likelihood)
    });
    let pieces: Vec<Piece> = scored(0.1).into_iter().chain(signs).collect();
    let reply = answer(&Question::First, &pieces, shipped_clues());
    let Reply::Between { for_likelier, .. } = reply else { panic!("{reply:?}") };
    assert_eq!(ids(&for_likelier), ["6", "5", "4", "3"]);
}

#[test]
fn where_nothing_speaks_nothing_is_made_up() {
    let silent: Vec<Piece> = pieces("").into_iter().filter(|piece| !piece.counts()).collect();
    assert_eq!(answer(&Question::First, &silent, shipped_clues()), Reply::NoEvidence);
    assert_eq!(answer(&Question::HowSure, &[], shipped_clues()), Reply::NoEvidence);
    let nowhere = answer(&Question::Country(code("AQ")), &pieces("not Russia"), shipped_clues());
    assert!(matches!(nowhere, Reply::Between { .. }));
}

#[test]
fn a_hint_on_a_picture_of_which_nothing_is_known_gives_no_country_that_it_does_not_name() {
    let hint = |text: &str| -> Vec<Piece> {
        let pieces = understand(text, shipped_clues()).into_iter().filter_map(|part| match part {
            Understood::Evidence(piece) => Some(*piece),
            _ => None,
        });
        pieces.collect()
    };
    let Reply::Begun { now } = after_hint(&[], &[], &hint("it is in Kenya")) else { panic!("nothing was known") };
    assert_eq!(now[0].country_code, code("KE"));
    let Reply::Begun { now } = after_hint(&[], &[], &hint("not in Kenya")) else { panic!("nothing was known") };
    assert!(now.is_empty(), "{now:?}");
    assert!(matches!(answer(&Question::First, &hint("not in Kenya"), shipped_clues()), Reply::NoEvidence));
}
