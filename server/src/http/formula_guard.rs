//! Which texts a spreadsheet would run as a formula.

/// Whether a spreadsheet that meets this text in a file may take it for a formula: behind blanks,
/// control characters and characters that nothing shows of, it begins with `=`, `+`, `-` or `@` or with
/// another form of one of them, which some languages of Excel take for the same. A text that begins with
/// a tab or a line break counts whatever follows, as OWASP has it. A plain number is none.
pub fn is_formula(text: &str) -> bool {
    if text.starts_with(['\t', '\r', '\n']) {
        return true;
    }
    let text = text.trim_start_matches(is_unseen);
    text.starts_with(is_starter) && !is_number(text.trim_end())
}

fn is_starter(letter: char) -> bool {
    matches!(
        letter,
        '=' | '+' | '-' | '@'
            // Full width and small.
            | '＝' | '＋' | '－' | '＠' | '﹦' | '﹢' | '﹣' | '﹫'
            // Raised and lowered.
            | '⁼' | '⁺' | '⁻' | '₌' | '₊' | '₋'
            // The minus sign, and hyphens that look like it.
            | '\u{2212}' | '\u{2010}' | '\u{2011}'
    )
}

/// Blanks of every width, control characters, and characters without a shape.
fn is_unseen(letter: char) -> bool {
    letter.is_whitespace()
        || letter.is_control()
        || matches!(
            letter,
            '\u{ad}'
                | '\u{34f}'
                | '\u{61c}'
                | '\u{115f}'
                | '\u{1160}'
                | '\u{17b4}'
                | '\u{17b5}'
                | '\u{180b}'..='\u{180f}'
                | '\u{200b}'..='\u{200f}'
                | '\u{202a}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{2800}'
                | '\u{3164}'
                | '\u{fe00}'..='\u{fe0f}'
                | '\u{feff}'
                | '\u{ffa0}'
                | '\u{fff0}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e0fff}'
        )
}

/// A sign, digits with a point or comma between or before them, an exponent: nothing to calculate.
fn is_number(text: &str) -> bool {
    let text = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (number, exponent) = match text.split_once(['e', 'E']) {
        Some((number, exponent)) => (number, Some(exponent)),
        None => (text, None),
    };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let is_whole = match number.split_once(['.', ',']) {
        Some((whole, part)) => (whole.is_empty() || digits(whole)) && digits(part),
        None => digits(number),
    };
    let exponent = exponent.map(|text| text.strip_prefix(['+', '-']).unwrap_or(text));
    is_whole && exponent.is_none_or(digits)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_form_of_a_beginning_counts() {
        for text in [
            "=1+1",
            "+1+1",
            "-1-1",
            "@SUM(A1)",
            "＝1+1",
            "＋1",
            "－1",
            "＠A",
            "﹦1",
            "﹢1",
            "﹣1",
            "﹫A",
            "\u{2212}1+1",
            "\n=1+1",
            "\r\n=1",
            "\t=1",
            "\nplain",
            "\u{a0}=1",
            "\u{3000}＝1",
            "\u{feff}=1",
            "\u{200b}\u{200d} @A",
            "\0=1",
            "\u{b}-A1",
            "-12.5 °C",
            "-5%",
            "+886-2-1234",
            "-",
            "=",
            "+e5",
            "-1.",
            "-1,5,0",
            "－12.5",
            "-1e",
        ] {
            assert!(is_formula(text), "{text:?}");
        }
        for text in [
            "",
            " ",
            "-12.5",
            "+12.5",
            "-1e-6",
            " -3 ",
            "-.5",
            "-12,5",
            "-1E+10",
            "1+1",
            "A=1",
            "GA-1",
            "'=1",
            "焊接_WB＝",
            "_-1",
            "12.5",
        ] {
            assert!(!is_formula(text), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn what_nothing_shows_of_hides_no_beginning(
            before in "[ \u{a0}\u{3000}\u{200b}\u{feff}\u{2060}\u{ad}\u{0}\u{1f}\u{85}]{0,6}",
            starter in prop::sample::select(vec!['=', '+', '-', '@', '＝', '＋', '－', '＠']),
            name in "[A-Za-z(][A-Z0-9()!|]{0,8}",
        ) {
            let text = format!("{before}{starter}{name}");
            prop_assert!(is_formula(&text));
        }

        #[test]
        fn numbers_stay_what_they_are(number in any::<f64>().prop_filter("a number", |n| n.is_finite())) {
            for text in [format!("{number}"), format!("{number:e}"), format!("{number:E}"), format!("{number:+}")] {
                prop_assert!(!is_formula(&text), "{}", text);
            }
        }
    }
}
