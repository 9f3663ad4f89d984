//! User names: one canonical form, whatever spelling was typed, stored or sent by a directory.
//!
//! Two spellings that a directory takes for the same account are the same name here as well: letter
//! case, full-width and mathematical letters, composed and decomposed accents, ligatures, blanks
//! around a name and several blanks inside of it. Everything that is decided about a user (disabled,
//! role, attempts, sessions, audit) is decided about the canonical form.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};

/// Longest name, bytes of its canonical form.
const MOST_BYTES: usize = 128;

/// Why a text can't be a user name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidName {
    /// It is empty, or blanks only.
    #[error("a user name is missing")]
    Empty,
    /// It is longer than any name.
    #[error("a user name has at most {MOST_BYTES} bytes")]
    TooLong,
    /// It holds a character that can't be seen.
    #[error("a user name takes no control, format or invisible characters, got U+{:04X}", u32::from(*.0))]
    Invisible(char),
}

/// A name as a visitor typed it, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserName {
    /// The form that all decisions use.
    pub canonical: String,
    /// The name for a directory: as it was typed, in lower case and without a known domain.
    pub asked: String,
}

impl UserName {
    /// The key of failed attempts. Coarser than the canonical form: some directories ignore
    /// accents, and another spelling must not give more guesses.
    pub fn attempts_key(&self) -> String {
        self.canonical.nfkd().filter(|c| !is_combining_mark(*c)).nfc().collect()
    }
}

/// Reads names, given the domains of the plant's own accounts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NameReader {
    domains: Vec<String>,
}

impl NameReader {
    /// `DOMAIN\name` and `name@DOMAIN` are the account `name` for each of these domains.
    ///
    /// # Errors
    /// A domain that can't be one.
    pub fn new<'a>(domains: impl IntoIterator<Item = &'a str>) -> Result<Self, InvalidName> {
        let domains = domains.into_iter().map(canonical).collect::<Result<_, _>>()?;
        Ok(Self { domains })
    }

    /// Reads what a visitor typed.
    ///
    /// # Errors
    /// It can't be a name.
    pub fn read(&self, typed: &str) -> Result<UserName, InvalidName> {
        let mut asked = plain(typed)?.to_lowercase();
        let is_ours =
            |domain: &str| canonical(domain).is_ok_and(|domain| self.domains.contains(&domain));
        if let Some((domain, name)) = asked.split_once('\\')
            && is_ours(domain)
        {
            asked = name.trim().to_owned();
        }
        if let Some((name, domain)) = asked.rsplit_once('@')
            && is_ours(domain)
        {
            asked = name.trim().to_owned();
        }
        Ok(UserName { canonical: canonical(&asked)?, asked })
    }
}

/// Whether a name contains a domain, as in Windows.
pub fn has_domain(canonical: &str) -> bool {
    canonical.contains(['\\', '@'])
}

/// The form that names are stored and compared in.
///
/// # Errors
/// It can't be a name.
pub fn canonical(name: &str) -> Result<String, InvalidName> {
    // Upper, then lower case, letter by letter, is case folding: ß is ss, and every sigma the same.
    let folded = |text: &str| -> String {
        let upper = text.chars().flat_map(char::to_uppercase);
        upper.flat_map(char::to_lowercase).nfkc().collect()
    };
    let mut name = folded(&plain(name)?);
    // Composing may make a letter with a case again; it never takes more than a round or two.
    for _ in 0..4 {
        let again = folded(&name);
        if again == name {
            break;
        }
        name = again;
    }
    if name.len() > MOST_BYTES { Err(InvalidName::TooLong) } else { Ok(name) }
}

/// Composed, without blanks around it, with single blanks inside.
fn plain(name: &str) -> Result<String, InvalidName> {
    if name.len() > 8 * MOST_BYTES {
        return Err(InvalidName::TooLong);
    }
    if let Some(c) = name.trim().chars().find(|c| is_invisible(*c)) {
        return Err(InvalidName::Invisible(c));
    }
    let composed: String = name.trim().nfkc().collect();
    if let Some(c) = composed.chars().find(|c| is_invisible(*c)) {
        return Err(InvalidName::Invisible(c));
    }
    let words: Vec<&str> = composed.split_whitespace().collect();
    if words.is_empty() {
        return Err(InvalidName::Empty);
    }
    Ok(words.join(" "))
}

/// Invisible characters, or ones without a glyph: two names that differ in them look alike.
fn is_invisible(c: char) -> bool {
    use GeneralCategory as G;
    matches!(
        c.general_category(),
        G::Control
            | G::Format
            | G::LineSeparator
            | G::ParagraphSeparator
            | G::PrivateUse
            | G::Surrogate
            | G::Unassigned
    ) || matches!(
        c,
        // Fillers, joiners and selectors that Unicode lists as ignorable among letters and marks.
        '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{ffa0}'
            | '\u{e0100}'..='\u{e01ef}'
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn spellings_of_a_name_are_one_name() {
        for spelling in [
            "chen",
            "CHEN",
            " Chen ",
            "ｃｈｅｎ",
            "ＣＨＥＮ",
            "𝐜𝐡𝐞𝐧",
            "𝓒𝓱𝓮𝓷",
            "ⓒⓗⓔⓝ",
            "\u{3000}chen\u{a0}",
            "chen\r\n",
            "ᶜʰᵉⁿ",
        ] {
            assert_eq!(canonical(spelling).as_deref(), Ok("chen"), "{spelling:?}");
        }
        for (one, other) in [
            ("chen wei", "CHEN   WEI"),
            ("chen wei", "ｃｈｅｎ\u{3000}ｗｅｉ"),
            ("weiß", "WEISS"),
            ("josé", "JOSE\u{301}"),
            ("ﬁscher", "FISCHER"),
            ("ὀδυσσεύς", "ὈΔΥΣΣΕΎΣ"),
            ("o'neil", "O＇NEIL"),
            ("陳大文", "陳大文"),
        ] {
            assert_eq!(canonical(one), canonical(other), "{one} {other}");
        }
        assert_ne!(canonical("chen"), canonical("сhen"), "a Cyrillic letter is another one");
    }

    #[test]
    fn what_can_not_be_seen_is_no_name() {
        for name in ["", " ", "\u{3000}", "\u{a0}\t"] {
            assert_eq!(canonical(name), Err(InvalidName::Empty), "{name:?}");
        }
        for (name, c) in [
            ("ch\0en", '\0'),
            ("ch\ten", '\t'),
            ("ch\u{200b}en", '\u{200b}'),
            ("chen\u{202e}", '\u{202e}'),
            ("ch\u{ad}en", '\u{ad}'),
            ("chen\u{fe0f}", '\u{fe0f}'),
            ("ch\u{feff}en", '\u{feff}'),
            ("ch\u{2028}en", '\u{2028}'),
            ("\u{3164}", '\u{3164}'),
            ("ch\u{e000}en", '\u{e000}'),
            ("ch\u{7f}en", '\u{7f}'),
        ] {
            assert_eq!(canonical(name), Err(InvalidName::Invisible(c)), "{name:?}");
        }
        assert_eq!(canonical(&"a".repeat(129)), Err(InvalidName::TooLong));
        assert_eq!(canonical(&"a".repeat(1_000_000)), Err(InvalidName::TooLong));
        // One character that becomes eighteen.
        assert_eq!(canonical(&"\u{fdfa}".repeat(30)), Err(InvalidName::TooLong));
    }

    #[test]
    fn known_domains_are_left_out_and_others_stay() {
        let reader = NameReader::new(["PLANT", "plant.example"]).unwrap();
        for typed in [
            "chen",
            "PLANT\\chen",
            "plant\\CHEN",
            "ＰＬＡＮＴ＼chen",
            "chen@plant.example",
            "chen@Plant",
        ] {
            let read = reader.read(typed).unwrap();
            assert_eq!((read.canonical.as_str(), read.asked.as_str()), ("chen", "chen"), "{typed}");
        }
        for typed in ["OTHER\\chen", "chen@other.example", "chen@plant.other", "o'neil", "a+b"] {
            assert_eq!(reader.read(typed).unwrap().canonical, typed.to_lowercase());
        }
        assert_eq!(reader.read("PLANT\\"), Err(InvalidName::Empty));
        let without = NameReader::default().read("PLANT\\chen").unwrap();
        assert_eq!(without.canonical, "plant\\chen");
        assert!(has_domain(&without.canonical));
    }

    #[test]
    fn attempts_on_spellings_with_other_accents_are_counted_together() {
        let key = |typed: &str| NameReader::default().read(typed).unwrap().attempts_key();
        assert_eq!(key("chén"), key("ＣＨＥＮ"));
        assert_eq!(key("che\u{301}n"), "chen");
        assert_ne!(key("o'neil"), key("chen wei"));
    }

    proptest! {
        #[test]
        fn a_canonical_name_is_its_own_canonical_form(name in "\\PC{0,40}") {
            if let Ok(once) = canonical(&name) {
                prop_assert_eq!(canonical(&once), Ok(once.clone()));
                prop_assert_eq!(canonical(&name.to_lowercase()), Ok(once.clone()));
                prop_assert_eq!(canonical(&format!("\u{3000}{name} ")), Ok(once));
            }
        }
    }
}
