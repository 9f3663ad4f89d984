//! What people type or paste to find ids: a part of one, `*` for what they don't know, several at once.

/// Separate one wanted text from the next: what spreadsheets, mails and people put between ids.
const SEPARATORS: [char; 9] = [',', ';', '\n', '\r', '\t', '、', '，', '；', '\u{2028}'];

/// Texts of which one has to occur. `*` stands for anything; case is ignored by Unicode's lower-case
/// mapping, and letters of full width, as Chinese keyboards type them, also count as the plain ones.
pub(crate) struct TextPattern {
    alternatives: Vec<Pieces>,
}

/// Texts that have to occur one after the other; at least one, none empty, lower-case.
pub(crate) struct Pieces(Vec<String>);

impl TextPattern {
    /// `None` when the text has nothing to look for.
    pub(crate) fn new(text: &str) -> Option<Self> {
        let mut alternatives = Vec::new();
        for wanted in text.split(SEPARATORS).map(str::trim) {
            let plain = plain_width(wanted);
            if plain != wanted {
                alternatives.extend(Pieces::new(plain.trim()));
            }
            alternatives.extend(Pieces::new(wanted));
        }
        (!alternatives.is_empty()).then_some(Self { alternatives })
    }

    /// Texts of which one has to occur.
    pub(crate) fn alternatives(&self) -> &[Pieces] {
        &self.alternatives
    }

    /// Whether one of the texts occurs in `value`.
    pub(crate) fn is_in(&self, value: &str) -> bool {
        let value = value.to_lowercase();
        self.alternatives.iter().any(|pieces| pieces.are_in_order(&value))
    }
}

impl Pieces {
    fn new(wanted: &str) -> Option<Self> {
        let pieces = wanted.split('*').map(str::trim).filter(|piece| !piece.is_empty());
        let pieces: Vec<String> = pieces.map(str::to_lowercase).collect();
        (!pieces.is_empty()).then_some(Self(pieces))
    }

    /// The longest piece, which fewest values have; and whether it is the only one.
    pub(crate) fn longest(&self) -> (&str, bool) {
        let longest = self.0.iter().max_by_key(|piece| piece.len()).map_or("", String::as_str);
        (longest, self.0.len() == 1)
    }

    /// Whether they occur one after the other in a lower-case value.
    pub(crate) fn are_in_order(&self, value: &str) -> bool {
        let mut rest = value;
        self.0.iter().all(|piece| match rest.find(piece.as_str()) {
            Some(place) => {
                rest = &rest[place + piece.len()..];
                true
            }
            None => false,
        })
    }
}

/// The text with letters, digits and signs of full width in their plain form.
fn plain_width(text: &str) -> String {
    text.chars()
        .map(|letter| match letter {
            '\u{3000}' => ' ',
            '\u{ff01}'..='\u{ff5e}' => char::from_u32(letter as u32 - 0xfee0).unwrap_or(letter),
            other => other,
        })
        .collect()
}

/// Whether a text has nothing to look for.
#[cfg(test)]
pub(crate) fn naive_is_blank(text: &str) -> bool {
    text.chars().all(|letter| letter.is_whitespace() || "*,;、，；".contains(letter))
}

/// The same, letter by letter: whether `value` has one of the texts.
#[cfg(test)]
pub(crate) fn naive_fits(text: &str, value: &str) -> bool {
    fn glob(pattern: &[char], value: &[char]) -> bool {
        match pattern {
            [] => true,
            ['*', rest @ ..] => (0..=value.len()).any(|from| glob(rest, &value[from..])),
            [letter, rest @ ..] => value.first() == Some(letter) && glob(rest, &value[1..]),
        }
    }
    let lower = |text: &str| text.to_lowercase().chars().collect::<Vec<_>>();
    let plain = text.replace('　', " ");
    let plain: String = plain
        .chars()
        .map(|letter| "！＂＃＄％＆＇（）＊＋，－．／０１２３４５６７８９：；＜＝＞？＠ＡＢＣＤＥＦＧＨＩＪＫＬＭＮＯＰＱＲＳＴＵＶＷＸＹＺ［＼］＾＿｀ａｂｃｄｅｆｇｈｉｊｋｌｍｎｏｐｑｒｓｔｕｖｗｘｙｚ｛｜｝～"
            .chars()
            .position(|other| other == letter)
            .map_or(letter, |place| char::from(b'!' + place as u8)))
        .collect();
    let wanted: Vec<Vec<char>> = [text, &plain]
        .into_iter()
        .flat_map(|text| text.split([',', ';', '\n', '\r', '\t', '、', '，', '；', '\u{2028}']))
        .map(|one| lower(&one.split('*').map(str::trim).collect::<Vec<_>>().join("*")))
        .filter(|one| one.iter().any(|letter| *letter != '*'))
        .collect();
    let anywhere = |one: &Vec<char>| glob(&[&['*'], one.as_slice()].concat(), &lower(value));
    wanted.is_empty() || wanted.iter().any(anywhere)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{TextPattern, naive_fits, naive_is_blank};

    fn fits(text: &str, value: &str) -> bool {
        TextPattern::new(text).is_none_or(|pattern| pattern.is_in(value))
    }

    #[test]
    fn finds_what_people_paste() {
        let lot = "GA2611004-A00-004";
        for text in [
            "ga2611",
            "GA2611*004",
            "*A00*",
            "ＧＡ２６１１",
            "XX1, GA2611004",
            "XX1\nGA2611004-A00-004\n",
            "＊Ａ００－００４",
            "XX1；a00",
        ] {
            assert!(fits(text, lot), "{text}");
        }
        for text in ["GA2612", "004*GA", "XX1,YY2", "A00*A00", "GA 2611"] {
            assert!(!fits(text, lot), "{text}");
        }
    }

    #[test]
    fn filters_nothing_without_a_text() {
        for text in ["", "  ", ",", " ; ", "*", "**,*", "　", "* *", "*　*"] {
            assert!(TextPattern::new(text).is_none(), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn finds_what_comparing_letter_by_letter_finds(
            text in "[aA1*,\\- ＡＡ１＊，；　Kİ]{0,7}",
            value in "[aA1, \\-ＡK*i̇]{0,7}",
        ) {
            prop_assert_eq!(fits(&text, &value), naive_fits(&text, &value));
            prop_assert_eq!(TextPattern::new(&text).is_none(), naive_is_blank(&text));
        }
    }
}
