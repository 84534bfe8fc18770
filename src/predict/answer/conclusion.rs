//! On which country sentences conclude. A country that is mentioned, denied, only possible or the maker of a car is no answer: a
//! name counts behind words that conclude ("most likely", "was taken in", "it is", "Location:"), unless words between them turn to
//! something else, and in a text that is nothing but the name.

use super::{
    described::Description,
    names::{self, Joint},
    sentence::{Name, SMALL, Word, countries_in, part_of_name, phrase_start},
};
use crate::geo::Country;

/// How firmly a sentence concludes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Firmness {
    /// It says what the picture shows, and where that is.
    Described,
    /// It says what the picture suggests.
    Mild,
    /// It says where the picture was taken.
    Firm,
}

const FIRM: [&str; 22] = [
    "aufgenommen",
    "candidate",
    "captured",
    "conclude",
    "concluded",
    "guess",
    "likely",
    "located",
    "photographed",
    "prise",
    "probablement",
    "probablemente",
    "probably",
    "situated",
    "situé",
    "située",
    "taken",
    "therefore",
    "tomada",
    "ubicada",
    "vermutlich",
    "wahrscheinlich",
];

const MILD: [&str; 12] = [
    "appears",
    "believe",
    "indicate",
    "indicates",
    "indicating",
    "point",
    "pointing",
    "points",
    "seems",
    "suggest",
    "suggests",
    "think",
];

/// With a colon behind them they announce the answer.
const ANNOUNCING: [&str; 9] = ["answer", "city", "conclusion", "country", "land", "location", "ort", "pays", "place"];

/// What "is" must be said of: the picture or its place.
const SUBJECTS: [&str; 15] = [
    "answer",
    "country",
    "here",
    "image",
    "it",
    "location",
    "option",
    "photo",
    "photograph",
    "picture",
    "place",
    "possibility",
    "scene",
    "that",
    "this",
];

/// Words that may stand between "it is" and a name, beside other names.
const FILLING: [&str; 28] = [
    "a",
    "almost",
    "an",
    "be",
    "been",
    "certainly",
    "city",
    "clearly",
    "definitely",
    "either",
    "from",
    "in",
    "indeed",
    "likely",
    "most",
    "of",
    "photo",
    "picture",
    "probably",
    "road",
    "scene",
    "somewhere",
    "street",
    "the",
    "to",
    "town",
    "view",
    "village",
];

/// Words behind which a sentence no longer says where the picture was taken.
const TURNING: [&str; 46] = [
    "although",
    "because",
    "brand",
    "common",
    "commonly",
    "could",
    "embassy",
    "flag",
    "found",
    "from",
    "imported",
    "jersey",
    "language",
    "like",
    "made",
    "manufactured",
    "may",
    "maybe",
    "might",
    "other",
    "perhaps",
    "possibly",
    "produced",
    "reminiscent",
    "resemble",
    "resembles",
    "resembling",
    "restaurant",
    "seen",
    "sells",
    "shirt",
    "similar",
    "since",
    "style",
    "such",
    "than",
    "though",
    "typical",
    "typically",
    "unlike",
    "unlikely",
    "used",
    "where",
    "which",
    "while",
    "with",
];

/// Words before a name that say the opposite.
const DENYING: [&str; 25] = [
    "aren't",
    "can't",
    "cannot",
    "doesn't",
    "exclude",
    "excluded",
    "excluding",
    "instead",
    "isn't",
    "kein",
    "keine",
    "neither",
    "never",
    "nicht",
    "no",
    "nor",
    "not",
    "pas",
    "rule",
    "ruling",
    "than",
    "unlike",
    "unlikely",
    "wasn't",
    "without",
];

/// The same behind a name.
const DENYING_BEHIND: [&str; 5] = ["excluded", "impossible", "improbable", "ruled", "unlikely"];

/// Words between the last two names of a list.
const OR: [&str; 8] = ["and", "et", "o", "oder", "or", "ou", "und", "y"];

/// Behind these what follows is only supposed or asked.
const SUPPOSING: [&str; 4] = ["if", "ob", "si", "whether"];

/// Behind these what was denied is no longer spoken of, and what could not be said is said after all.
const YET: [&str; 9] = ["but", "however", "mais", "nevertheless", "pero", "sino", "sondern", "still", "yet"];

/// Words that say that somebody cannot do something, and what is then not done.
const UNABLE: [&str; 12] = [
    "can't",
    "cannot",
    "couldn't",
    "difficult",
    "doesn't",
    "don't",
    "hard",
    "impossible",
    "isn't",
    "not",
    "unable",
    "without",
];
const KNOWING: [&str; 21] = [
    "ascertain",
    "assist",
    "conclude",
    "confirm",
    "confirmed",
    "determine",
    "determined",
    "enough",
    "help",
    "identified",
    "identify",
    "know",
    "locate",
    "pinpoint",
    "possible",
    "provide",
    "say",
    "specify",
    "sufficient",
    "sure",
    "tell",
];

/// Who cannot tell the exact place may still know the country.
const EXACT: [&str; 8] = ["city", "exact", "exactly", "precise", "precisely", "specific", "street", "town"];

/// The countries on which the sentences conclude, and how firmly: one, or several among which they leave the choice. The last of those
/// that conclude most firmly; none where the milder ones disagree, and what is only described counts where nothing speaks against it.
pub(super) fn of(sentences: &[Vec<Word<'_>>]) -> Option<(Vec<&'static Country>, Firmness)> {
    let mut firm: Vec<&'static Country> = Vec::new();
    let (mut mild, mut described) = (Vec::new(), Vec::new());
    let mut is_refused = false;
    for words in sentences {
        let heard = Concluded::in_sentence(words, is_bare(sentences));
        if heard.is_refused {
            is_refused = true;
            (firm, mild) = (Vec::new(), Vec::new());
        }
        match heard.firmness {
            Some(Firmness::Firm) => firm = heard.countries,
            Some(Firmness::Mild) => mild.push(heard.countries),
            Some(Firmness::Described) => described.push(heard.countries),
            None => {}
        }
    }
    if !firm.is_empty() {
        return Some((firm, Firmness::Firm));
    }
    let (mut said, firmness) = if mild.is_empty() { (described, Firmness::Described) } else { (mild, Firmness::Mild) };
    let codes = |countries: &[&Country]| countries.iter().map(|country| country.code).collect::<Vec<_>>();
    let is_agreed = said.windows(2).all(|two| codes(&two[0]) == codes(&two[1]));
    let countries = said.pop().filter(|_| is_agreed)?;
    let is_denied = || sentences.iter().any(|words| denies(words, &countries));
    let is_gainsaid = firmness == Firmness::Described && (is_refused || is_denied());
    (!is_gainsaid).then_some((countries, firmness))
}

fn denies(words: &[Word<'_>], countries: &[&Country]) -> bool {
    let is_one = |name: &Name| countries.iter().any(|country| country.code == name.country.code);
    countries_in(words).into_iter().any(|name| is_one(&name) && is_denied(words, name))
}

/// Whether a sentence says where the picture was taken, or, where that is all there is, what it shows.
pub(super) fn says(words: &[Word<'_>], is_bare: bool, firmness: Firmness) -> bool {
    match firmness {
        Firmness::Described => Concluded::in_sentence(words, is_bare).firmness == Some(Firmness::Described),
        Firmness::Mild | Firmness::Firm => concludes(words, is_bare),
    }
}

fn concludes(words: &[Word<'_>], is_bare: bool) -> bool {
    let mut cue = Cue::default();
    let mut has_cue = is_bare;
    for at in 0..words.len() {
        cue.hear(words, at);
        has_cue |= cue.firmness().is_some();
    }
    has_cue && !is_question(words) && !(0..words.len()).any(|at| refuses(words, at))
}

/// Whether a text is a name and nothing else.
pub(super) fn is_bare(sentences: &[Vec<Word<'_>>]) -> bool {
    let is_of_name = |word: &Word<'_>| word.capital || part_of_name(word) || SMALL.contains(&word.low.as_str());
    matches!(sentences, [only] if only.len() <= 8 && only.iter().all(is_of_name))
}

/// Whether what is said of the country at this place is that it is not the one.
pub(super) fn is_denied(words: &[Word<'_>], name: Name) -> bool {
    let start = list_start(words, name.start);
    // A comma ends what "not" is said of: "not Spain, it is Italy".
    let ends = |word: &&Word<'_>| !word.stop && !YET.contains(&word.low.as_str());
    let mut before = words[start.saturating_sub(4)..start].iter().rev().take_while(ends);
    let behind = if words[name.end - 1].stop { &[] } else { &words[name.end..words.len().min(name.end + 4)] };
    before.any(|word| DENYING.contains(&word.low.as_str()))
        || behind.iter().any(|word| DENYING_BEHIND.contains(&word.low.as_str()))
}

/// Where the names begin of which the one that begins here is the last: "not Prague, Czech Republic" denies both, and "not taken in
/// Germany, Austria or the Netherlands" all three.
fn list_start(words: &[Word<'_>], name: usize) -> usize {
    const LEADING: [&str; 6] = ["en", "in", "la", "las", "los", "the"];
    let mut start = name;
    loop {
        let leads = |word: &&Word<'_>| !word.stop && LEADING.contains(&word.low.as_str());
        let end = start - words[..start].iter().rev().take_while(leads).count();
        let or = end.checked_sub(1).filter(|at| OR.contains(&words[*at].low.as_str()));
        let is_last = |at: &usize| words[*at].capital && (words[*at].comma || (or.is_some() && !words[*at].stop));
        let Some(last) = or.unwrap_or(end).checked_sub(1).filter(is_last) else { return start };
        start = phrase_start(words, last);
    }
}

/// What one sentence concludes on.
#[derive(Default)]
struct Concluded {
    countries: Vec<&'static Country>,
    firmness: Option<Firmness>,
    /// It says that the place cannot be told.
    is_refused: bool,
}

impl Concluded {
    fn in_sentence(words: &[Word<'_>], is_bare: bool) -> Self {
        let mut heard = Self::default();
        if is_question(words) {
            return heard;
        }
        let found = countries_in(words);
        let mut found = found.iter().peekable();
        let mut cue = Cue { open: is_bare.then_some(Firmness::Firm), ..Cue::default() };
        let mut last_end = None;
        let mut at = 0;
        while at < words.len() {
            if let Some(&name) = found.next_if(|name| name.start == at) {
                if is_name(words, name) && !is_denied(words, name) {
                    let follows = last_end.and_then(|end| joint(words, end, name.start));
                    if let Some(joint) = follows.filter(|_| heard.firmness.is_some()) {
                        names::add(&mut heard.countries, name.country, joint);
                        last_end = Some(name.end);
                    } else if let Some(firmness) =
                        cue.firmness_at(words, name.start).filter(|firmness| Some(*firmness) >= heard.firmness)
                    {
                        (heard.countries, heard.firmness) = (vec![name.country], Some(firmness));
                        last_end = Some(name.end);
                        cue = Cue::default();
                    }
                }
                at = name.end;
                continue;
            }
            if refuses(words, at) {
                let is_exact = words[at..].iter().take(10).any(|word| EXACT.contains(&word.low.as_str()));
                heard = Self { is_refused: heard.is_refused || !is_exact, ..Self::default() };
                cue = Cue { is_closed: true, ..Cue::default() };
            }
            cue.hear(words, at);
            at += 1;
        }
        heard
    }
}

/// The words heard so far behind which a country's name is the answer.
#[derive(Default)]
struct Cue {
    /// Such as "most likely", until words turn to something else.
    open: Option<Firmness>,
    /// "It is", as long as nothing but names and small words follow.
    is_direct: bool,
    /// Nothing counts until "but": the place cannot be told, or something is only supposed.
    is_closed: bool,
    /// What the picture is said to show.
    description: Description,
}

impl Cue {
    fn firmness(&self) -> Option<Firmness> {
        if self.is_closed {
            return None;
        }
        if self.is_direct { Some(Firmness::Firm) } else { self.open }
    }

    /// How firmly a country is said whose name begins here.
    fn firmness_at(&self, words: &[Word<'_>], name: usize) -> Option<Firmness> {
        let is_described = || !self.is_closed && self.description.is_in(words, name);
        self.firmness().or_else(|| is_described().then_some(Firmness::Described))
    }

    /// Hears the word at this place.
    fn hear(&mut self, words: &[Word<'_>], at: usize) {
        self.description.hear(words, at);
        let (word, low) = (&words[at], words[at].low.as_str());
        let before = at.checked_sub(1).map_or("", |before| words[before].low.as_str());
        self.is_closed = (self.is_closed && !YET.contains(&low)) || SUPPOSING.contains(&low);
        let turns = TURNING.contains(&low);
        self.is_direct &= (word.capital || FILLING.contains(&low)) && (!turns || low == "from");
        if turns {
            self.open = None;
        }
        let is_said_of = matches!(low, "is" | "was" | "appears" | "seems") && SUBJECTS.contains(&before)
            || low == "be" && before == "must";
        self.is_direct |= is_said_of || matches!(low, "it's" | "that's");
        let is_announced = word.colon && ANNOUNCING.contains(&low);
        let is_opinion = low == "say" && matches!(before, "would" | "i'd");
        if FIRM.contains(&low) || is_announced || is_opinion {
            self.open = Some(Firmness::Firm);
        } else if MILD.contains(&low) {
            self.open = self.open.max(Some(Firmness::Mild));
        }
    }
}

/// How the name that begins at `start` goes on from the one that ends before `end`; none where it does not.
fn joint(words: &[Word<'_>], end: usize, start: usize) -> Option<Joint> {
    const BETWEEN: [&str; 8] = ["a", "either", "even", "in", "maybe", "perhaps", "probably", "the"];
    let between = &words[end..start];
    if between.is_empty() {
        return words[end - 1].comma.then_some(Joint::Comma);
    }
    let is_or = |word: &Word<'_>| OR.contains(&word.low.as_str()) || word.low == "possibly";
    let is_passed = |word: &Word<'_>| is_or(word) || word.capital || BETWEEN.contains(&word.low.as_str());
    (between.len() <= 8 && between.iter().all(is_passed) && between.iter().any(is_or)).then_some(Joint::Or)
}

/// Whether the name stands for the country, and is no part of another name as in "Michael Jordan", "Bank of China" and "Jordan Street".
fn is_name(words: &[Word<'_>], name: Name) -> bool {
    const PARTS: [&str; 12] = [
        "central",
        "east",
        "eastern",
        "north",
        "northern",
        "northeastern",
        "northwestern",
        "south",
        "southern",
        "rural",
        "west",
        "western",
    ];
    let of_name =
        |word: &Word<'_>| word.capital && !word.stop && part_of_name(word) && !PARTS.contains(&word.low.as_str());
    let before = |by: usize| name.start.checked_sub(by).map(|at| &words[at]);
    let last = &words[name.end - 1];
    let is_led = before(1).is_some_and(of_name);
    let is_of = before(1).is_some_and(|word| word.low == "of") && before(2).is_some_and(of_name);
    let goes_on = !last.stop && words.get(name.end).is_some_and(|word| word.capital && part_of_name(word));
    !is_led && !is_of && !goes_on && !last.low.ends_with("'s")
}

fn is_question(words: &[Word<'_>]) -> bool {
    words.last().is_some_and(|word| word.question)
}

/// Whether from this word on a sentence says that the place cannot be told.
fn refuses(words: &[Word<'_>], at: usize) -> bool {
    match words[at].low.as_str() {
        "insufficient" | "anywhere" => true,
        low if UNABLE.contains(&low) => words[at + 1..].iter().take(4).any(|word| KNOWING.contains(&word.low.as_str())),
        _ => false,
    }
}
