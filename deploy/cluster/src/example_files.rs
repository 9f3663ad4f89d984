//! The files of deploy/scale-out with the values of this machine.
//!
//! What they say beside addresses, passwords and paths is used as it stands, so that the example that
//! runs is the example that is shown.

use std::fs;
use std::path::{Path, PathBuf};

use crate::because;

/// The folder of the example.
pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("scale-out")
}

/// The file `name` with other values: each text of `values` is replaced wherever it stands.
///
/// # Errors
/// The file is missing, or no longer contains one of the texts.
pub(crate) fn filled(name: &str, values: &[(&str, &str)]) -> Result<String, String> {
    let path = folder().join(name);
    let text = because(&path, fs::read_to_string(&path))?;
    replaced(text, values).map_err(|missing| {
        format!("{} has no {missing:?}, which this command replaces", path.display())
    })
}

fn replaced(mut text: String, values: &[(&str, &str)]) -> Result<String, String> {
    for (from, to) in values {
        if !text.contains(from) {
            return Err((*from).to_owned());
        }
        text = text.replace(from, to);
    }
    Ok(text)
}

/// The settings of an environment file: those of `values` have other values, all others their own.
///
/// # Errors
/// The file is missing, or does not have one of the settings.
pub(crate) fn settings(
    name: &str,
    values: &[(&str, &str)],
) -> Result<Vec<(String, String)>, String> {
    let text = filled(name, &[])?;
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let mut settings: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once('='))
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect();
    for (key, value) in values {
        let setting = settings.iter_mut().find(|(name, _)| name == key);
        let setting = setting.ok_or_else(|| format!("deploy/scale-out/{name} has no {key}"))?;
        (*value).clone_into(&mut setting.1);
    }
    Ok(settings)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_is_gone_is_named() {
        let text = "port 1\nbind a\n".to_owned();
        assert_eq!(replaced(text.clone(), &[("port 1", "port 2")]).unwrap(), "port 2\nbind a\n");
        assert_eq!(replaced(text, &[("port 3", "port 2")]).unwrap_err(), "port 3");
    }

    #[test]
    fn settings_keep_what_is_not_replaced() {
        let settings = settings("replica.env", &[("BIND_ADDR", "127.0.0.1:1")]).unwrap();
        let value = |key| settings.iter().find(|(name, _)| name == key).map(|(_, value)| &**value);
        assert_eq!(value("BIND_ADDR"), Some("127.0.0.1:1"));
        assert_eq!(value("TRUSTED_PROXIES"), Some("1"));
        assert!(super::settings("replica.env", &[("NO_SUCH", "1")]).is_err());
    }
}
