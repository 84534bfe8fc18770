//! Sentences for what is answered to a question or a hint.

use super::{
    evidence::{source, statement},
    grammar::counted,
    hints::feature,
    percent,
    places::{country_name, some_countries},
};
use crate::{
    knowledge::clues::ClueSource,
    predict::{
        dialogue::{Influence, Reply, Telling, Turn},
        finding::{Evidence, EvidenceKind},
        statement::{CountryShare, Source, Statement},
    },
    state::{Ending, Entry, ModelState},
};

/// So many sentences are said to a model with a question.
const MOST_KNOWN: usize = 40;

/// The lines of a reply; numbers are scores where nothing was calibrated, as beside the candidates.
pub fn reply(reply: &Reply) -> Vec<String> {
    match reply {
        Reply::NoEvidence => vec!["Nothing speaks for any place yet.".to_owned()],
        Reply::Between { likelier, other, for_likelier, for_other, turned_by } => {
            let (one, two) = (country_name(likelier.country_code), country_name(other.country_code));
            let mut lines = vec![format!("{} against {}.", share(likelier), share(other))];
            lines.extend(side(&format!("For {one} against {two}:"), for_likelier));
            lines.extend(side(&format!("For {two} against {one}:"), for_other));
            lines.push(turned_by.as_ref().map_or_else(
                || format!("No single piece of evidence, and no clue that is known, would put {two} before {one}."),
                |turn| turned(turn, &two),
            ));
            lines
        }
        Reply::Strongest { pieces, .. } if pieces.is_empty() => {
            vec!["No piece of evidence changes the first country's score by more than a trace.".to_owned()]
        }
        Reply::Strongest { first, pieces } => {
            let mut lines = vec![format!("{} stands first. What moves it most:", share(first))];
            lines.extend(pieces.iter().map(|(piece, without)| {
                format!("{} Without it {} would stand first.", influence(piece), share(without))
            }));
            lines
        }
        Reply::Against { first, pieces } if pieces.is_empty() => {
            vec![format!("No piece of evidence speaks against {}.", country_name(first.country_code))]
        }
        Reply::Against { first, pieces } => side(&format!("Against {}:", share(first)), pieces),
        Reply::Look { leading, .. } if leading.len() < 2 => {
            let first = leading.first().map_or_else(|| "No country".to_owned(), share);
            vec![format!("{first} leads alone: there is nothing to tell it apart from.")]
        }
        Reply::Look { leading, tellings } if tellings.is_empty() => {
            vec![format!("Nothing that is known of this tells {} apart.", names(leading))]
        }
        Reply::Look { leading, tellings } => {
            let mut lines = vec![format!("This tells {} apart:", names(leading))];
            lines.extend(tellings.iter().map(telling));
            lines
        }
        Reply::HowSure { leading, n_pieces } => {
            let shares: Vec<String> = leading.iter().map(share).collect();
            let pieces = counted(*n_pieces, "piece");
            let shares = if shares.is_empty() { "no country leads".to_owned() } else { shares.join(", ") };
            vec![format!("By {pieces} of evidence: {shares}.")]
        }
        Reply::Begun { now } if now.is_empty() => vec!["No place follows from this yet.".to_owned()],
        Reply::Begun { now } => {
            vec![format!("This speaks for {}.", now.iter().map(share).collect::<Vec<_>>().join(", "))]
        }
        Reply::Moved { before, before_now, now, against } => {
            let name = country_name(before.country_code);
            let (was, is) = (percent(before.probability), percent(*before_now));
            let mut lines = vec![match now {
                None => format!("No place follows from the evidence any more; {name} has {is} instead of {was}."),
                Some(now) if before.country_code == now.country_code => {
                    format!("{name} stays first: {was} before, {is} now.")
                }
                Some(now) => format!("{} stands first now; {name} has {is} instead of {was}.", share(now)),
            }];
            lines.extend(side("Against what you say:", against));
            lines
        }
    }
}

/// What is known beside the picture, to be said to a model with a question: what the file, the signs and the user tell that
/// counts, and what the signs read. What a model said is not among it.
pub fn known(entry: &Entry) -> Vec<String> {
    let counts = |piece: &&Evidence| piece.on && piece.kind != EvidenceKind::Prior && !piece.kind.is_of_model();
    let pieces = entry.evidence().iter().filter(counts).map(|piece| statement(&piece.statement));
    let signs = entry.answer().map_or(&[][..], |(_, run)| run.signs());
    let signs = signs.iter().filter(|sign| sign.on && !sign.text.is_empty());
    pieces.chain(signs.map(|sign| format!("A sign reads '{}'.", sign.text))).take(MOST_KNOWN).collect()
}

/// Why the model in use cannot answer a question, and what to do; none where it can, or where that shows when it is open.
pub fn cannot_converse(model: &ModelState) -> Option<String> {
    let model = model.summary().filter(|model| !model.converses)?;
    Some(format!(
        "{} answers its one question only and cannot converse. Choose a model that can under Model, such as \
         GLOBE-Qwen2.5VL-7B.",
        model.name
    ))
}

/// What there is to say of how a model's answer ended.
pub fn ending(ending: &Ending) -> Option<String> {
    match ending {
        Ending::Whole => None,
        Ending::CutOff => Some("It was cut off here, for it grew too long.".to_owned()),
        Ending::Stopped => Some("Stopped.".to_owned()),
        Ending::NoPixels => Some("There is not enough memory for the picture's pixels; save it smaller.".to_owned()),
        Ending::NoModel => Some("No model is open, for its opening was stopped; choose one under Model.".to_owned()),
        Ending::Failed(why) => Some(format!("The model could not answer: {why}")),
    }
}

fn turned(turn: &Turn, other: &str) -> String {
    match turn {
        Turn::Strike(said) => format!("{other} would stand before it without this: {}", statement(said)),
        Turn::See(telling) => format!(
            "{other} would stand before it if this were seen: {}, {} ({}).",
            feature(telling.feature).to_lowercase(),
            telling.value,
            origin(&telling.source)
        ),
    }
}

/// A heading and the pieces under it; nothing where there are none.
fn side(heading: &str, pieces: &[Influence]) -> Vec<String> {
    let heading = (!pieces.is_empty()).then(|| heading.to_owned());
    heading.into_iter().chain(pieces.iter().map(influence)).collect()
}

/// "The model's text names Spain. (m; 5.2 times)".
fn influence(piece: &Influence) -> String {
    let said = match &piece.statement {
        Statement::Prior => "Before anything is seen, more pictures are taken there.".to_owned(),
        other => statement(other),
    };
    let from = match &piece.source {
        Source::User => String::new(),
        other => format!("{}; ", source(other)),
    };
    format!("{said} ({from}{})", times(piece.log_odds.abs().exp()))
}

/// "5.2 times the odds".
fn times(factor: f64) -> String {
    match factor {
        f64::INFINITY => "decides it".to_owned(),
        1000.0.. => "more than 1,000 times the odds".to_owned(),
        10.0.. => format!("{factor:.0} times the odds"),
        _ => format!("{factor:.1} times the odds"),
    }
}

/// "Number plates, yellow: in the Netherlands, not in Belgium (...)."
fn telling(telling: &Telling) -> String {
    let not_in =
        if telling.not_in.is_empty() { String::new() } else { format!(", not in {}", some_countries(&telling.not_in)) };
    format!(
        "{}, {}: in {}{not_in} ({}).",
        feature(telling.feature),
        telling.value,
        some_countries(&telling.seen_in),
        origin(&telling.source)
    )
}

fn origin(source: &ClueSource) -> String {
    if source.address.is_empty() { source.name.clone() } else { format!("{}, {}", source.name, source.address) }
}

fn names(shares: &[CountryShare]) -> String {
    some_countries(&shares.iter().map(|share| share.country_code).collect::<Vec<_>>())
}

/// "Spain (61 %)".
fn share(share: &CountryShare) -> String {
    format!("{} ({})", country_name(share.country_code), percent(share.probability))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::knowledge::clues::Feature;

    fn spain(probability: f64) -> CountryShare {
        CountryShare { country_code: "ES".parse().unwrap(), probability }
    }

    #[test]
    fn a_reply_says_what_speaks_for_and_against_with_sources() {
        let portugal = CountryShare { country_code: "PT".parse().unwrap(), probability: 0.2 };
        let piece = |log_odds: f64| Influence {
            id: "x".into(),
            statement: Statement::ModelCountry("ES".parse().unwrap()),
            source: Source::Model("m".into()),
            log_odds,
        };
        let said = reply(&Reply::Between {
            likelier: spain(0.7),
            other: portugal,
            for_likelier: vec![piece(5f64.ln())],
            for_other: vec![],
            turned_by: None,
        });
        assert_eq!(
            said,
            [
                "Spain (70 %) against Portugal (20 %).",
                "For Spain against Portugal:",
                "The model's text names Spain. (m; 5.0 times the odds)",
                "No single piece of evidence, and no clue that is known, would put Portugal before Spain.",
            ]
        );
        let moved = reply(&Reply::Moved {
            before: spain(0.7),
            before_now: 0.4,
            now: Some(portugal),
            against: vec![piece(8.0)],
        });
        assert_eq!(moved[0], "Portugal (20 %) stands first now; Spain has 40 % instead of 70 %.");
        assert_eq!(reply(&Reply::Begun { now: vec![spain(0.9)] }), ["This speaks for Spain (90 %)."]);
        assert_eq!(reply(&Reply::Begun { now: vec![] }), ["No place follows from this yet."]);
        assert_eq!(moved[2], "The model's text names Spain. (m; more than 1,000 times the odds)");
    }

    #[test]
    fn what_to_look_for_is_said_with_where_it_is_so() {
        let look = Telling {
            record: "plate-yellow".into(),
            feature: Feature::Plate,
            value: "yellow".into(),
            seen_in: vec!["NL".parse().unwrap()],
            not_in: vec!["BE".parse().unwrap()],
            source: ClueSource { name: "notes".into(), address: "https://example.org".into(), licence: "MIT".into() },
            bits: 0.5,
        };
        assert_eq!(
            telling(&look),
            "Number plates, yellow: in Netherlands, not in Belgium (notes, https://example.org)."
        );
        let alone = reply(&Reply::Look { leading: vec![spain(0.9)], tellings: vec![] });
        assert_eq!(alone, ["Spain (90 %) leads alone: there is nothing to tell it apart from."]);
    }
}
