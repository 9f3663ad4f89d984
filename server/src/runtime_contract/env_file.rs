//! Settings files, read by the rules of systemd's `EnvironmentFile=`: the `.env` file of the working
//! folder and the environment file of an installation alike.
//!
//! A setting is `NAME=VALUE`. Blanks around name and value don't count; `'…'` keeps everything, `"…"`
//! takes a backslash before `"`, `\`, `` ` `` and `$`; without quotes a backslash keeps the next
//! character. A backslash at the end of a line, or an open quote, continues the value on the next line.
//! `$NAME` is text. `#` and `;` begin a comment at the beginning of a line only. The last setting of a
//! name counts.
//!
//! systemd skips what it can't read, so that a setting can be lost without a word. Here each such line
//! is a [`Problem`] that stops the start, and so is each line that a quote or a backslash left open has
//! swallowed.

use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use super::installation::{BIND_ADDR, ENV_EXAMPLE};

const PROXY_NOTE: &str = "BIND_ADDR is reached from this machine only and TRUSTED_PROXIES is 0: behind a proxy \
    everybody counts as one client; set TRUSTED_PROXIES to the number of proxies";

/// The settings of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EnvFile {
    settings: Vec<Setting>,
    problems: Vec<Problem>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Setting {
    line: usize,
    name: String,
    value: String,
}

/// A line that can't be read as a setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Its number, from 1.
    pub line: usize,
    /// Why.
    pub reason: Unreadable,
}

/// Why a line can't be read. The line itself isn't repeated: it may hold a secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// No name, or no `=`.
    #[error("it is neither NAME=VALUE nor a comment")]
    NoSetting,
    /// A shell's `export`.
    #[error("systemd skips lines that begin with `export`; write NAME=VALUE")]
    Export,
    /// Not the name of a variable.
    #[error("its name is not of letters, digits and _")]
    Name,
    /// A mark of an editor.
    #[error("it begins with a byte order mark; save the file as UTF-8 without one")]
    ByteOrderMark,
    /// Bytes that are no text.
    #[error("it is not UTF-8 text")]
    Encoding,
    /// A character that no setting can hold.
    #[error("the value of {0} holds a control character")]
    ControlCharacter(String),
    /// A quote without an end.
    #[error("the quote of {0} is not closed: it takes in the rest of the file")]
    OpenQuote(String),
    /// A line that belongs to the value before it.
    #[error(
        "it looks like a setting and is part of the value of {0}, whose quote or backslash at the \
         end of the line before continues it"
    )]
    Swallowed(String),
    /// A line that belongs to a comment for some versions of systemd.
    #[error(
        "the comment before it ends in a backslash, so that systemd before version 254 skips it; \
         remove the backslash"
    )]
    AfterComment,
}

/// A settings file that can't be used.
#[derive(Debug, thiserror::Error)]
pub enum EnvFileError {
    /// It can't be read.
    #[error("the settings file {} can't be read: {cause}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        cause: std::io::Error,
    },
    /// It has lines that can't be read.
    #[error("{}", listed(path, problems))]
    Lines {
        /// The file.
        path: PathBuf,
        /// The lines.
        problems: Vec<Problem>,
    },
}

fn listed(path: &Path, problems: &[Problem]) -> String {
    let lines = problems.iter().map(|problem| format!("{}:{problem}", path.display()));
    lines.collect::<Vec<_>>().join("\n")
}

impl fmt::Display for Problem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {}", self.line, self.reason)
    }
}

impl EnvFile {
    /// Reads the text of one.
    pub fn parse(bytes: &[u8]) -> Self {
        // Lines that are no text are named; the rest is read as if they weren't there.
        let text = String::from_utf8_lossy(bytes);
        let mut reader = Reader::default();
        for (index, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
            if std::str::from_utf8(line).is_err() {
                reader.file.problem(index + 1, Unreadable::Encoding);
            }
        }
        reader.read(&text);
        let mut file = reader.file;
        file.problems.sort_by_key(|problem| problem.line);
        file.problems.dedup_by_key(|problem| problem.line);
        file
    }

    /// Reads a file of which every line has to be readable.
    ///
    /// # Errors
    /// The file or one of its lines can't be read.
    pub fn load(path: &Path) -> Result<Self, EnvFileError> {
        let bytes = std::fs::read(path)
            .map_err(|cause| EnvFileError::File { path: path.to_owned(), cause })?;
        let file = Self::parse(&bytes);
        if file.problems.is_empty() {
            Ok(file)
        } else {
            Err(EnvFileError::Lines { path: path.to_owned(), problems: file.problems })
        }
    }

    /// [`Self::load`]; no settings where there is no file.
    ///
    /// # Errors
    /// The file or one of its lines can't be read.
    pub fn load_if_there(path: &Path) -> Result<Self, EnvFileError> {
        match Self::load(path) {
            Err(EnvFileError::File { cause, .. })
                if cause.kind() == std::io::ErrorKind::NotFound =>
            {
                Ok(Self::default())
            }
            read => read,
        }
    }

    /// The value of a variable; the last one counts.
    pub fn get(&self, name: &str) -> Option<&str> {
        let found = self.settings.iter().rev().find(|setting| setting.name == name);
        found.map(|setting| setting.value.as_str())
    }

    /// All settings in their order; the last one of a name counts.
    pub fn settings(&self) -> impl Iterator<Item = (&str, &str)> {
        self.settings.iter().map(|setting| (setting.name.as_str(), setting.value.as_str()))
    }

    /// Lines that can't be read.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// Settings that a later line replaces by another value: `(name, line, later line)`.
    pub fn replaced(&self) -> Vec<(&str, usize, usize)> {
        let mut found = Vec::new();
        for (index, setting) in self.settings.iter().enumerate() {
            let later = self.settings[index + 1..].iter().find(|later| later.name == setting.name);
            if let Some(later) = later.filter(|later| later.value != setting.value) {
                found.push((setting.name.as_str(), setting.line, later.line));
            }
        }
        found
    }

    /// The address to serve.
    ///
    /// # Errors
    /// The invalid value; port 0 can't be used by a socket unit.
    pub fn bind_addr(&self) -> Result<SocketAddr, String> {
        let text = self.get("BIND_ADDR").unwrap_or(BIND_ADDR);
        let address = text.parse().ok();
        address.filter(|address: &SocketAddr| address.port() != 0).ok_or_else(|| text.to_owned())
    }

    /// A setting to check that is not an error: a server that listens on loopback only is reached
    /// through a proxy, and without `TRUSTED_PROXIES` all clients behind it count as one.
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

    fn problem(&mut self, line: usize, reason: Unreadable) {
        self.problems.push(Problem { line, reason });
    }

    fn add(&mut self, line: usize, name: &str, value: &str) {
        let name = name.trim_end_matches(BLANKS);
        if let Some(reason) = wrong_with(name, value) {
            return self.problem(line, reason);
        }
        self.settings.push(Setting { line, name: name.to_owned(), value: value.to_owned() });
    }
}

const BLANKS: [char; 4] = [' ', '\t', '\n', '\r'];

/// Why systemd would skip a setting.
fn wrong_with(name: &str, value: &str) -> Option<Unreadable> {
    let is_name = |text: &str| {
        text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
            && text.chars().all(|one| one.is_ascii_alphanumeric() || one == '_')
    };
    if name.starts_with('\u{feff}') {
        return Some(Unreadable::ByteOrderMark);
    }
    if name.strip_prefix("export").is_some_and(|rest| rest.trim_start_matches(BLANKS) != rest) {
        return Some(Unreadable::Export);
    }
    if !is_name(name) {
        return Some(Unreadable::Name);
    }
    let is_allowed = |one: char| !one.is_control() || one == '\t' || one == '\n';
    (!value.chars().all(is_allowed)).then(|| Unreadable::ControlCharacter(name.to_owned()))
}

/// Whether a line that belongs to a value was meant as a setting: names in capitals with `_`, as all
/// settings have.
fn looks_like_a_setting(line: &str) -> bool {
    line.split_once('=').is_some_and(|(name, _)| {
        let name = name.trim_matches(BLANKS);
        let is_letter = |one: char| one.is_ascii_uppercase() || one.is_ascii_digit() || one == '_';
        name.contains('_') && name.chars().all(is_letter)
    })
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    BeforeName,
    Name,
    /// After `=` or a closed quote.
    BeforeValue,
    Value,
    ValueEscape,
    SingleQuotes,
    DoubleQuotes,
    DoubleQuotesEscape,
    Comment,
    CommentEscape,
}

/// systemd's automaton, with the numbers of lines.
#[derive(Debug, Default)]
struct Reader {
    file: EnvFile,
    state: State,
    line: usize,
    /// Line in which the setting begins.
    began: usize,
    name: String,
    value: String,
    /// Length of the value without the blanks at its end, which only count inside quotes.
    kept: usize,
}

impl Reader {
    fn read(&mut self, text: &str) {
        use State::{
            BeforeName, BeforeValue, Comment, CommentEscape, DoubleQuotes, DoubleQuotesEscape,
            Name, SingleQuotes, Value, ValueEscape,
        };
        self.line = 1;
        for (at, one) in text.char_indices() {
            let is_end = matches!(one, '\n' | '\r');
            self.state = match self.state {
                BeforeName => match one {
                    '#' | ';' => Comment,
                    _ if BLANKS.contains(&one) => BeforeName,
                    _ => {
                        self.began = self.line;
                        self.name = one.to_string();
                        self.value.clear();
                        self.kept = 0;
                        Name
                    }
                },
                Name if is_end => {
                    self.end_of_name();
                    BeforeName
                }
                Name if one == '=' => BeforeValue,
                Name => {
                    self.name.push(one);
                    Name
                }
                BeforeValue | Value if is_end => {
                    self.end_of_value();
                    BeforeName
                }
                BeforeValue if one == '\'' => SingleQuotes,
                BeforeValue if one == '"' => DoubleQuotes,
                BeforeValue | Value if one == '\\' => {
                    self.kept = self.value.len();
                    ValueEscape
                }
                BeforeValue if BLANKS.contains(&one) => BeforeValue,
                BeforeValue | Value => {
                    self.value.push(one);
                    if !BLANKS.contains(&one) {
                        self.kept = self.value.len();
                    }
                    Value
                }
                ValueEscape => {
                    if !is_end {
                        self.keep(one);
                    }
                    Value
                }
                SingleQuotes if one == '\'' => BeforeValue,
                DoubleQuotes if one == '"' => BeforeValue,
                DoubleQuotes if one == '\\' => DoubleQuotesEscape,
                SingleQuotes | DoubleQuotes => {
                    self.keep(one);
                    self.state
                }
                DoubleQuotesEscape => {
                    match one {
                        '"' | '\\' | '`' | '$' => self.keep(one),
                        '\n' => {}
                        _ => {
                            self.keep('\\');
                            self.keep(one);
                        }
                    }
                    DoubleQuotes
                }
                Comment | CommentEscape if is_end => {
                    let next = text[at + 1..].lines().next().unwrap_or_default();
                    let next = next.trim_start_matches(BLANKS);
                    let is_harmless = next.is_empty() || next.starts_with(['#', ';']);
                    if self.state == CommentEscape && one == '\n' && !is_harmless {
                        self.file.problem(self.line + 1, Unreadable::AfterComment);
                    }
                    BeforeName
                }
                Comment if one == '\\' => CommentEscape,
                Comment | CommentEscape => Comment,
            };
            if one == '\n' {
                self.line += 1;
                let next = text[at + 1..].lines().next().unwrap_or_default();
                let is_continued = !matches!(self.state, BeforeName | Comment | CommentEscape);
                if is_continued && looks_like_a_setting(next) {
                    self.file.problem(self.line, Unreadable::Swallowed(self.name.clone()));
                }
            }
        }
        match self.state {
            BeforeName | Comment | CommentEscape => {}
            Name => self.end_of_name(),
            BeforeValue | Value | ValueEscape => self.end_of_value(),
            SingleQuotes | DoubleQuotes | DoubleQuotesEscape => {
                let name = self.name.trim_end_matches(BLANKS).to_owned();
                self.file.problem(self.began, Unreadable::OpenQuote(name));
            }
        }
    }

    /// A character that counts also when it is a blank.
    fn keep(&mut self, one: char) {
        self.value.push(one);
        self.kept = self.value.len();
    }

    fn end_of_name(&mut self) {
        let is_marked = self.name.starts_with('\u{feff}');
        let reason = if is_marked { Unreadable::ByteOrderMark } else { Unreadable::NoSetting };
        self.file.problem(self.began, reason);
    }

    fn end_of_value(&mut self) {
        self.value.truncate(self.kept);
        self.file.add(self.began, &self.name, &self.value);
    }
}

#[cfg(test)]
mod tests;
