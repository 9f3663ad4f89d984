//! Reading the environment file the way systemd does, as far as settings need it.

use std::net::SocketAddr;

use super::installation::{BIND_ADDR, ENV_EXAMPLE};

const PROXY_NOTE: &str = "BIND_ADDR is reached from this machine only and TRUSTED_PROXIES is 0: behind a proxy \
    everybody counts as one client; set TRUSTED_PROXIES to the number of proxies";

/// The settings of an environment file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EnvFile {
    settings: Vec<(String, String)>,
    strange_lines: Vec<usize>,
}

impl EnvFile {
    /// Reads the text of one. Lines that say nothing to systemd are remembered by number.
    pub fn parse(text: &str) -> Self {
        let mut file = Self::default();
        for (index, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with(['#', ';']) {
                continue;
            }
            match line.split_once('=') {
                Some((name, value)) if is_name(name) => {
                    file.settings.push((name.to_owned(), unquoted(value.trim())));
                }
                _ => file.strange_lines.push(index + 1),
            }
        }
        file
    }

    /// The value of a variable; the last one counts.
    pub fn get(&self, name: &str) -> Option<&str> {
        let found = self.settings.iter().rev().find(|(other, _)| other == name);
        found.map(|(_, value)| value.as_str())
    }

    /// All settings in their order; the last one of a name counts.
    pub fn settings(&self) -> impl Iterator<Item = (&str, &str)> {
        self.settings.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Numbers of lines that are neither a setting nor a comment.
    pub fn strange_lines(&self) -> &[usize] {
        &self.strange_lines
    }

    /// The address to serve.
    ///
    /// # Errors
    /// What is there instead of one; port 0 is none that a socket unit could keep.
    pub fn bind_addr(&self) -> Result<SocketAddr, String> {
        let text = self.get("BIND_ADDR").unwrap_or(BIND_ADDR);
        let address = text.parse().ok();
        address.filter(|address: &SocketAddr| address.port() != 0).ok_or_else(|| text.to_owned())
    }

    /// What is worth a second look without being wrong: only a proxy reaches a server that listens on
    /// this machine alone, and without `TRUSTED_PROXIES` everybody behind it is one client.
    pub fn notes(&self) -> Vec<&'static str> {
        let is_alone = self.bind_addr().is_ok_and(|address| address.ip().is_loopback());
        let trusts = self.get("TRUSTED_PROXIES").and_then(|count| count.trim().parse::<u8>().ok());
        if is_alone && trusts.unwrap_or(0) == 0 { vec![PROXY_NOTE] } else { Vec::new() }
    }

    /// Variables that every installation has to give and that still are as in the example.
    pub fn left_as_in_the_example(&self) -> Vec<&'static str> {
        let samples = ENV_EXAMPLE.lines().filter(|line| !line.starts_with('#'));
        let samples = samples.filter_map(|line| line.split_once('='));
        let is_left = |(name, sample): &(&str, &str)| {
            self.get(name).is_none_or(|value| value.is_empty() || value == *sample)
        };
        samples.filter(is_left).map(|(name, _)| name).collect()
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|one| one.is_ascii_alphanumeric() || one == '_')
}

/// A value without its quotes and backslashes, see systemd.exec(5): single quotes keep everything,
/// double quotes let a backslash protect some characters, and outside of quotes it protects any.
fn unquoted(text: &str) -> String {
    let within = |quote: char| text.strip_prefix(quote)?.strip_suffix(quote);
    if let Some(text) = within('\'') {
        return text.to_owned();
    }
    match within('"') {
        Some(text) => unescaped(text, |next| matches!(next, '"' | '\\' | '`' | '$')),
        None => unescaped(text, |_| true),
    }
}

fn unescaped(text: &str, is_protected: impl Fn(char) -> bool) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(one) = rest.next() {
        let protected = rest.next_if(|next| one == '\\' && is_protected(*next));
        plain.push(protected.unwrap_or(one));
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_read_as_systemd_reads_it() {
        let file = EnvFile::parse(
            "# comment\n; comment\n\nA=1\nB=\"two words\"\nC='x'\nexport D=4\nA=2\n BIND_ADDR=[::1]:80 \nno setting\n",
        );
        let values = ["A", "B", "C", "D"].map(|name| file.get(name));
        assert_eq!(values, [Some("2"), Some("two words"), Some("x"), None]);
        assert_eq!(file.strange_lines(), [7, 10]);
        assert_eq!(file.bind_addr().unwrap().to_string(), "[::1]:80");
        let all: Vec<(&str, &str)> = file.settings().collect();
        assert_eq!(all[..2], [("A", "1"), ("B", "two words")]);
    }

    #[test]
    fn a_backslash_protects_as_it_does_in_systemd() {
        for (written, meant) in [
            (r"a\\b\ c", r"a\b c"),
            (r#""a\"b\$c\d""#, r#"a"b$c\d"#),
            (r"'a\b'", r"a\b"),
            (r"a\\", r"a\"),
        ] {
            let file = EnvFile::parse(&format!("A={written}"));
            assert_eq!(file.get("A"), Some(meant), "{written}");
        }
    }

    #[test]
    fn an_address_without_a_port_of_its_own_is_none() {
        assert_eq!(EnvFile::default().bind_addr().unwrap().to_string(), BIND_ADDR);
        for address in ["0.0.0.0:0", "localhost", ""] {
            let file = EnvFile::parse(&format!("BIND_ADDR={address}"));
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
            assert_eq!(EnvFile::parse(settings).notes().len(), count, "{settings}");
        }
    }

    #[test]
    fn the_example_itself_has_everything_left_to_fill_in() {
        let example = EnvFile::parse(ENV_EXAMPLE);
        assert_eq!(example.left_as_in_the_example(), ["SECRET_KEY", "DATABASE_URL"]);
        assert!(example.strange_lines().is_empty());
        let filled = EnvFile::parse("SECRET_KEY=abc\nDATABASE_URL=sqlite:plant.sqlite");
        assert!(filled.left_as_in_the_example().is_empty());
    }
}
