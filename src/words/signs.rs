//! Signs in a picture: what they say, and how sure that is.

use crate::predict::sign::Sign;

/// From this score on a reading is called clear.
const CLEAR: f32 = 0.9;
/// Below this one it is called unsure.
const UNSURE: f32 = 0.7;

/// What a sign says, as far as it is known.
pub fn sign_text(sign: &Sign) -> String {
    match (sign.text.trim(), sign.script) {
        ("", Some(script)) => format!("text in {script}"),
        ("", None) => "text that was not read".to_owned(),
        (text, _) => text.to_owned(),
    }
}

/// A sign as it is named aloud: "Sign 3: Apotheke, struck".
pub fn sign(sign: &Sign) -> String {
    let struck = if sign.on { "" } else { ", struck" };
    format!("Sign {}: {}{struck}", sign.id, sign_text(sign))
}

/// Its script, and how sure the reading is: "Latin · read clearly, 0.93".
pub fn sign_reading(sign: &Sign) -> String {
    let score = sign.score;
    let how = match &sign.read_as {
        _ if sign.is_added => "added by you".to_owned(),
        Some(read) if read.is_empty() => "typed by you; it was not read".to_owned(),
        Some(read) => format!("typed by you; read as '{read}', {score:.2}"),
        None if sign.text.is_empty() => format!("seen, not read, {score:.2}"),
        None if score >= CLEAR => format!("read clearly, {score:.2}"),
        None if score >= UNSURE => format!("read, {score:.2}"),
        None => format!("hardly read, {score:.2}"),
    };
    match sign.script.filter(|_| sign.read_as.is_none()) {
        Some(script) => format!("{script} · {how}"),
        None => how,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::knowledge::Script;

    #[test]
    fn a_sign_says_its_text_or_its_script_and_how_it_was_read() {
        let added = Sign { id: "3".into(), ..Sign::added([0.0; 4], "Apotheke") };
        let read = Sign { score: 0.93, script: Some(Script::Latin), is_added: false, ..added.clone() };
        let unread = Sign { text: String::new(), script: Some(Script::Cyrillic), score: 0.4, ..read.clone() };
        assert_eq!(sign(&added), "Sign 3: Apotheke");
        assert_eq!(sign(&Sign { on: false, ..unread.clone() }), "Sign 3: text in Cyrillic, struck");
        assert_eq!(sign_reading(&added), "added by you");
        assert_eq!(sign_reading(&read), "Latin · read clearly, 0.93");
        assert_eq!(sign_reading(&read.corrected("Apo")), "typed by you; read as 'Apotheke', 0.93");
        assert_eq!(sign_reading(&unread), "Cyrillic · seen, not read, 0.40");
        assert_eq!(sign_reading(&Sign { score: 0.6, script: None, ..read }), "hardly read, 0.60");
    }
}
