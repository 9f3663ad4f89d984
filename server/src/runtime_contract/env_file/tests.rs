use proptest::prelude::*;

use super::*;

fn parse(text: &str) -> EnvFile {
    EnvFile::parse(text.as_bytes())
}

fn lines(file: &EnvFile) -> Vec<usize> {
    file.problems().iter().map(|problem| problem.line).collect()
}

#[test]
fn it_is_read_as_systemd_reads_it() {
    let file = parse(
        "# comment\n; comment\n\nA=1\nB=\"two words\"\nC='x'\nexport D=4\nA=2\n BIND_ADDR = [::1]:80 \nno setting\n",
    );
    let values = ["A", "B", "C", "D"].map(|name| file.get(name));
    assert_eq!(values, [Some("2"), Some("two words"), Some("x"), None]);
    assert_eq!(lines(&file), [7, 10]);
    assert_eq!(file.bind_addr().unwrap().to_string(), "[::1]:80");
    let all: Vec<(&str, &str)> = file.settings().collect();
    assert_eq!(all[..2], [("A", "1"), ("B", "two words")]);
    assert_eq!(file.replaced(), [("A", 4, 8)]);
}

#[test]
fn a_value_is_what_systemd_makes_of_it() {
    for (written, meant) in [
        (r"a\\b\ c", r"a\b c"),
        (r#""a\"b\$c\d""#, r#"a"b$c\d"#),
        (r"'a\b'", r"a\b"),
        (r"a\\", r"a\"),
        ("cn=svc reader,dc=plant", "cn=svc reader,dc=plant"),
        ("pa$$word", "pa$$word"),
        ("$HOME/${HOME}", "$HOME/${HOME}"),
        ("it's", "it's"),
        ("a # b ; c", "a # b ; c"),
        ("  a  b  ", "a  b"),
        ("' a '", " a "),
        (r"a\ ", "a "),
        (r#"'a'"b" c"#, "abc"),
        ("", ""),
        ("''", ""),
        ("one\\\n  two", "one  two"),
        ("one \\\ntwo  ", "one two"),
        ("\"one\\\ntwo\"", "onetwo"),
        ("\"one\ntwo\"", "one\ntwo"),
        ("'one\\\ntwo'", "one\\\ntwo"),
        ("one\\", "one"),
        ("密碼 ", "密碼"),
    ] {
        for end in ["", "\n", "\n\n# comment\n", "\nB=2\n"] {
            let file = parse(&format!("A={written}{end}"));
            // A backslash at the end of the file continues nothing.
            if !(written == "one\\" && end.len() > 1) {
                assert_eq!(file.get("A"), Some(meant), "{written:?}");
                assert!(file.problems().is_empty(), "{written:?}: {:?}", file.problems());
            }
        }
    }
    let file = parse("A=1\r\nB='x'\r\n# c\\\r\nC=3\r\n");
    let all: Vec<(&str, &str)> = file.settings().collect();
    assert_eq!(all, [("A", "1"), ("B", "x"), ("C", "3")]);
    assert!(file.problems().is_empty());
}

#[test]
fn a_line_that_would_be_lost_is_named() {
    for (text, line, reason) in [
        ("A=1\nexport B=2\nC=3", 2, "`export`"),
        ("A=1\nB 2\n", 2, "NAME=VALUE"),
        ("A=1\nB", 2, "NAME=VALUE"),
        ("A=1\n2B=3", 2, "name"),
        ("A=1\nB-C=3", 2, "name"),
        ("A=1\n=3", 2, "NAME=VALUE"),
        ("\u{feff}A=1", 1, "byte order mark"),
        ("A=1\nB=\u{1}", 2, "control character"),
        ("A=1\nB=\"open\nC=2\n", 2, "not closed"),
        ("A=1\nB='open\nDATABASE_URL='x'\n", 3, "part of the value of B"),
        ("A=1\nB=open\\\nDATABASE_URL=x\n", 3, "part of the value of B"),
        ("A=1\n# comment\\\nB=2\n", 3, "version 254"),
    ] {
        let file = parse(text);
        assert_eq!(lines(&file), [line], "{text:?}");
        let said = file.problems()[0].to_string();
        assert!(said.contains(reason), "{text:?}: {said}");
    }
    let file = EnvFile::parse(b"A=1\nB=\xff\xfe\nC=3\n");
    assert_eq!((lines(&file), file.get("C")), (vec![2], Some("3")));
}

#[test]
fn no_problem_repeats_what_a_line_holds() {
    for text in ["s3cret", "export B=s3cret", "B=s3cret\u{1}", "A='\nDB_PASSWORD=s3cret"] {
        let said = format!("{:?}", parse(text).problems());
        assert!(!said.contains("s3cret") && said.len() > 2, "{said}");
    }
}

#[test]
fn an_address_without_a_port_of_its_own_is_none() {
    assert_eq!(EnvFile::default().bind_addr().unwrap().to_string(), BIND_ADDR);
    for address in ["0.0.0.0:0", "localhost", ""] {
        let file = parse(&format!("BIND_ADDR={address}"));
        assert_eq!(file.bind_addr().unwrap_err(), address);
    }
}

#[test]
fn a_server_that_only_a_proxy_reaches_needs_to_trust_it() {
    for (settings, count) in [
        ("", 1),
        ("TRUSTED_PROXIES=0", 1),
        ("BIND_ADDR=[::1]:8080", 1),
        ("TRUSTED_PROXIES=1", 0),
        ("BIND_ADDR=10.0.0.11:8080", 0),
    ] {
        assert_eq!(parse(settings).notes().len(), count, "{settings}");
    }
}

#[test]
fn the_example_itself_has_everything_left_to_fill_in() {
    let example = parse(ENV_EXAMPLE);
    assert_eq!(example.left_as_in_the_example(), ["SECRET_KEY", "DATABASE_URL"]);
    assert!(example.problems().is_empty());
    let filled = parse("SECRET_KEY=abc\nDATABASE_URL=sqlite:plant.sqlite");
    assert!(filled.left_as_in_the_example().is_empty());
}

/// A value in double quotes, in single quotes, or with backslashes.
fn written(value: &str, style: u8) -> String {
    match style {
        0 if !value.contains('\'') => format!("'{value}'"),
        0 | 1 => {
            let escaped = value.chars().flat_map(|one| {
                let backslash = matches!(one, '"' | '\\' | '`' | '$').then_some('\\');
                backslash.into_iter().chain([one])
            });
            format!("\"{}\"", escaped.collect::<String>())
        }
        _ => value.chars().map(|one| format!("\\{one}")).collect(),
    }
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(
        values in prop::collection::vec(("[ -~\t密é€]{0,24}", 0_u8..3, "[ \t]{0,2}"), 1..6),
        comments in prop::collection::vec("[#;][ -\\[\\]-~]{0,10}", 1..3),
    ) {
        let mut text = String::new();
        for (index, (value, style, blanks)) in values.iter().enumerate() {
            text += &format!("{blanks}NAME{index}{blanks}={blanks}{}{blanks}\n", written(value, *style));
            text += &format!("{}\n", comments[index % comments.len()]);
        }
        let file = parse(&text);
        prop_assert!(file.problems().is_empty(), "{text:?} {:?}", file.problems());
        let read: Vec<&str> = file.settings().map(|(_, value)| value).collect();
        let meant: Vec<&str> = values.iter().map(|(value, ..)| value.as_str()).collect();
        prop_assert_eq!(read, meant, "{:?}", text);
    }

    /// Every line with a `=` is a setting, part of one, a comment, or a problem.
    #[test]
    fn no_line_is_lost(lines in prop::collection::vec("[A-C]_?=?[\"'\\\\ a#$]{0,4}|#[a\\\\]{0,2}|export A=1", 1..8)) {
        let text = lines.join("\n");
        let file = parse(&text);
        if file.problems().is_empty() {
            let settings = lines.iter().filter(|line| looks_like_a_setting(line)).count();
            let read = file.settings().filter(|(name, _)| name.contains('_')).count();
            prop_assert_eq!(read, settings, "{:?}", text);
        }
    }
}
