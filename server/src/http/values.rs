//! Values of parameters and bodies that several endpoints take.

use std::fmt;

use compute_core::blanks::trimmed;
use serde::de::{Error, SeqAccess, Unexpected, Visitor};
use serde::{Deserialize, Deserializer};

/// A whole number, moved into its bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clamped<const DEFAULT: u32, const LEAST: u32, const MOST: u32>(pub u32);

impl<const DEFAULT: u32, const LEAST: u32, const MOST: u32> Default
    for Clamped<DEFAULT, LEAST, MOST>
{
    fn default() -> Self {
        Self(DEFAULT)
    }
}

impl<'de, const DEFAULT: u32, const LEAST: u32, const MOST: u32> Deserialize<'de>
    for Clamped<DEFAULT, LEAST, MOST>
{
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = i64::deserialize(deserializer)?.clamp(LEAST.into(), MOST.into());
        // Within the bounds, which are of this type.
        Ok(Self(number as u32))
    }
}

/// A text of at most `MOST` characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bounded<const MOST: usize>(pub String);

impl<'de, const MOST: usize> Deserialize<'de> for Bounded<MOST> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        match text.chars().count() {
            count if count > MOST => {
                Err(D::Error::invalid_length(count, &MOST.to_string().as_str()))
            }
            _ => Ok(Self(text)),
        }
    }
}

/// A text exactly as it was sent, blanks included.
pub struct Verbatim(pub String);

impl<'de> Deserialize<'de> for Verbatim {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl Visitor<'_> for Text {
            type Value = Verbatim;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("string")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Verbatim, E> {
                Ok(Verbatim(text.to_owned()))
            }
        }
        deserializer.deserialize_bytes(Text)
    }
}

/// The id of an entry of a list.
///
/// # Errors
/// No whole number.
pub fn entry_id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    let text = String::deserialize(deserializer)?;
    let id = text.parse().map(Some);
    id.map_err(|_| D::Error::invalid_value(Unexpected::Str(&text), &"the id of an entry"))
}

/// Names in a request: one comma list, a repeated parameter, or the entries of a list in a body.
///
/// A name may contain commas, so that a comma list can only be read by comparing with the known
/// names. A parameter that is repeated has one name per value, and so has an entry.
#[derive(Clone, Debug, Default)]
pub struct Names {
    values: Vec<String>,
    is_list: bool,
}

/// Commas of a name inside of a list; a name with more has to come alone, or the parameter several
/// times.
const MOST_COMMAS: usize = 8;

impl Names {
    /// Each value as one name, commas included.
    pub fn whole(self) -> Vec<String> {
        self.values
    }

    /// The names. In a list the longest known name counts at every place; what is none ends at the
    /// next comma. Blanks around a name and empty parts don't count.
    pub fn read(self, is_known: impl Fn(&str) -> bool) -> Vec<String> {
        let Some(list) = self.values.first().filter(|list| self.is_list && !is_known(list)) else {
            return self.values;
        };
        let parts: Vec<&str> = list.split(',').collect();
        let mut names = Vec::new();
        let mut place = 0;
        while place < parts.len() {
            let most = parts.len().min(place + 1 + MOST_COMMAS);
            let joined = |end: usize| trimmed(&parts[place..end].join(",")).to_owned();
            let known = (place + 2..=most)
                .rev()
                .map(|end| (end, joined(end)))
                .find(|(_, name)| is_known(name));
            let (end, name) = known.unwrap_or_else(|| (place + 1, joined(place + 1)));
            if !name.is_empty() {
                names.push(name);
            }
            place = end;
        }
        names
    }
}

impl<'de> Deserialize<'de> for Names {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Given;
        impl<'de> Visitor<'de> for Given {
            type Value = Names;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("array")
            }

            fn visit_str<E: Error>(self, list: &str) -> Result<Names, E> {
                Ok(Names { values: vec![list.to_owned()], is_list: true })
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut entries: A) -> Result<Names, A::Error> {
                let mut values = Vec::new();
                while let Some(entry) = entries.next_element::<Option<String>>()? {
                    let name = entry.as_deref().map(trimmed).unwrap_or_default();
                    if !name.is_empty() {
                        values.push(name.to_owned());
                    }
                }
                Ok(Names { values, is_list: false })
            }
        }
        deserializer.deserialize_any(Given)
    }
}
