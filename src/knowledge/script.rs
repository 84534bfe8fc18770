//! Scripts: the systems of letters that signs are written in.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

macro_rules! scripts {
    ($($script:ident $iso:literal $name:literal),* $(,)?) => {
        /// A script, kept as its code. Numerals, arrows and the like belong to none.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Script {
            $(#[doc = $name] #[serde(rename = $iso)] $script,)*
        }

        impl Script {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$script),*];

            /// Its code in ISO 15924, such as `Cyrl`.
            pub fn iso(self) -> &'static str {
                match self { $(Self::$script => $iso,)* }
            }

            /// Its English name.
            pub fn name(self) -> &'static str {
                match self { $(Self::$script => $name,)* }
            }
        }
    };
}

scripts![
    Latin "Latn" "Latin",
    Greek "Grek" "Greek",
    Cyrillic "Cyrl" "Cyrillic",
    Arabic "Arab" "Arabic",
    Hebrew "Hebr" "Hebrew",
    Devanagari "Deva" "Devanagari",
    Bengali "Beng" "Bengali",
    Gurmukhi "Guru" "Gurmukhi",
    Gujarati "Gujr" "Gujarati",
    Oriya "Orya" "Oriya",
    Tamil "Taml" "Tamil",
    Telugu "Telu" "Telugu",
    Kannada "Knda" "Kannada",
    Malayalam "Mlym" "Malayalam",
    Sinhala "Sinh" "Sinhala",
    Thai "Thai" "Thai",
    Lao "Laoo" "Lao",
    Khmer "Khmr" "Khmer",
    Burmese "Mymr" "Burmese",
    Georgian "Geor" "Georgian",
    Armenian "Armn" "Armenian",
    Ethiopic "Ethi" "Ethiopic",
    Hangul "Hang" "Hangul",
    // A word with kana in it, whether or not Chinese characters stand beside them.
    Kana "Hrkt" "Japanese kana",
    Han "Hani" "Chinese characters",
    Tibetan "Tibt" "Tibetan",
    Thaana "Thaa" "Thaana",
    Tifinagh "Tfng" "Tifinagh",
];

/// Greek letters, and the characters that stand for their shapes.
const GREEK: &[(&str, &str)] = &[("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧο", "ABEZHIKMNOPTYXo")];
/// Cyrillic letters, and the characters that stand for their shapes: Latin ones, and Greek ones where Latin has none.
const CYRILLIC: &[(&str, &str)] = &[("АВЕКМНОРСТХЅІЈаеорсхуѕіјһ", "ABEKMHOPCTXSIJaeopcxysijh"), ("ГПФ", "ΓΠΦ")];

impl Script {
    /// Its letters that Latin or Greek writes alike, with the characters that stand for their shapes, one for each
    /// (`training/script/shapes.py`); for Greek and Cyrillic alone.
    pub fn look_alikes(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Greek => GREEK,
            Self::Cyrillic => CYRILLIC,
            _ => &[],
        }
    }
}

impl fmt::Display for Script {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.name())
    }
}

/// A text is neither the code nor the English name of a script.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is no script: name one by its ISO 15924 code, such as Cyrl, or in English")]
pub struct UnknownScript(String);

impl FromStr for Script {
    type Err = UnknownScript;

    /// By code or English name, in whatever case.
    fn from_str(text: &str) -> Result<Self, UnknownScript> {
        let is_named =
            |script: &&Self| [script.iso(), script.name()].iter().any(|name| name.eq_ignore_ascii_case(text));
        Self::ALL.iter().find(is_named).copied().ok_or_else(|| UnknownScript(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_script_is_found_by_its_code_and_its_name() {
        for &script in Script::ALL {
            assert_eq!(script.iso().parse(), Ok(script));
            assert_eq!(script.name().to_uppercase().parse(), Ok(script));
            assert_eq!(serde_json::to_value(script).unwrap(), script.iso());
        }
        let error = "Klingon".parse::<Script>().unwrap_err();
        assert!(error.to_string().contains("'Klingon'"), "{error}");
    }
}
