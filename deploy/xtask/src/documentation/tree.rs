//! Whether the code that documents name is there, and whether they name every folder of it.

use std::fs;
use std::path::Path;

use crate::package::because;
use crate::run::root;

/// Documents about the code.
const DOCUMENTS: [&str; 2] = ["ARCHITECTURE.md", "CONTRIBUTING.md"];

/// Folders that names in these documents are relative to.
const BASES: [&str; 8] = [
    "",
    "compute-core/src",
    "web-wasm/src",
    "server/plant-simulator/src",
    "server",
    "server/src",
    "parity-fixtures",
    "frontend/src",
];

/// Folders whose own folders each have a place in the architecture.
const DESCRIBED: [&str; 3] = ["", "frontend/src", "server/src"];

/// Folders that hold no code of ours, or what is made.
const UNDESCRIBED: [&str; 2] = ["docs", "target"];

/// Looks up every file, folder and module that the documents name, and every folder in them.
///
/// # Errors
/// Names what is missing on either side.
pub(super) fn check() -> Result<String, String> {
    let (mut names, mut missing) = (0, Vec::new());
    let mut described = String::new();
    for document in DOCUMENTS {
        let path = root().join(document);
        let text = because(&path, fs::read_to_string(&path))?;
        for name in code(&text) {
            let Some(there) = is_there(name) else { continue };
            names += 1;
            if !there {
                missing.push(format!("{document} names {name}, which is not there"));
            }
        }
        described.push_str(&text);
    }
    for folder in DESCRIBED {
        for name in folders(&root().join(folder))? {
            let is_named = code(&described).any(|code| {
                let mut parts = code.split(['/', ':', ',', '{', '}', '.']);
                parts.any(|part| part == name)
            });
            if !is_named && !UNDESCRIBED.contains(&name.as_str()) {
                missing.push(format!("no document says what {folder}/{name} is"));
            }
        }
    }
    if missing.is_empty() {
        Ok(format!("{names} names of code in {} documents", DOCUMENTS.len()))
    } else {
        Err(missing.join("; "))
    }
}

/// What stands in backticks, outside of fenced blocks.
fn code(text: &str) -> impl Iterator<Item = &str> {
    text.split("```").step_by(2).flat_map(|prose| prose.split('`').skip(1).step_by(2))
}

fn folders(of: &Path) -> Result<Vec<String>, String> {
    let mut found = Vec::new();
    for entry in because(of, fs::read_dir(of))? {
        let path = because(of, entry)?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() && !name.starts_with('.') {
            found.push(name);
        }
    }
    Ok(found)
}

/// Whether a file, folder or module of this name is there; `None` for a name of something else.
fn is_there(name: &str) -> Option<bool> {
    if let Some(path) = as_path(name) {
        return Some(alternatives(&path).iter().all(|path| {
            BASES.iter().any(|base| matches(&root().join(base), path.trim_end_matches('/')))
        }));
    }
    let (modules, item) = as_module(name)?;
    Some(BASES.iter().any(|base| {
        let base = root().join(base).join(modules.join("/"));
        // The last part is a module, or something that one of the files before it defines.
        base.join(item).is_dir()
            || base.join(format!("{item}.rs")).is_file()
            || defines(&base.with_extension("rs"), item)
            || rust_files(&base).iter().any(|file| defines(file, item))
    }))
}

/// Something with a slash inside; not an address of the server.
fn as_path(name: &str) -> Option<String> {
    let is_plain = name.chars().all(|c| c.is_ascii_alphanumeric() || "_-./{},* <>".contains(c));
    // What is in `target` is made.
    let is_path = name.contains('/') && !name.starts_with('/') && !name.starts_with("target/");
    // A name in angle brackets stands for any.
    let mut path = String::new();
    for part in name.split('<') {
        match part.split_once('>') {
            Some((_, rest)) => path.extend(["*", rest]),
            None => path.push_str(part),
        }
    }
    let path = path.replace(", ", ",");
    (is_plain && is_path && !path.contains(' ')).then_some(path)
}

/// `database::session` or `compute_core::facts`: modules, and what the last of them holds.
fn as_module(name: &str) -> Option<(Vec<&str>, &str)> {
    let name = name.split_once('(').map_or(name, |(name, _)| name);
    let parts: Vec<&str> = name.split("::").collect();
    let is_word = |part: &&str| {
        !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    if parts.len() < 2 || !parts.iter().all(is_word) {
        return None;
    }
    let (item, modules) = parts.split_last()?;
    let is_module = |part: &&&str| part.chars().all(|c| !c.is_ascii_uppercase());
    let modules: Vec<&str> = modules.iter().take_while(is_module).copied().collect();
    // A type without its module is looked up by its name alone, by readers as well.
    let (first, rest) = modules.split_first()?;
    Some((if *first == "compute_core" { rest.to_vec() } else { modules }, item))
}

/// `a/{b, c}` is `a/b` and `a/c`.
fn alternatives(path: &str) -> Vec<String> {
    let Some((before, rest)) = path.split_once('{') else { return vec![path.to_owned()] };
    let Some((choices, after)) = rest.split_once('}') else { return vec![path.to_owned()] };
    choices.split(',').map(|choice| format!("{before}{choice}{after}")).collect()
}

/// Whether `path` below `base` is there; `*` stands for any one name, and a module may be a file.
fn matches(base: &Path, path: &str) -> bool {
    let (first, rest) = path.split_once('/').unwrap_or((path, ""));
    if first == "*" {
        return folders(base).is_ok_and(|names| {
            names.iter().any(|name| rest.is_empty() || matches(&base.join(name), rest))
        });
    }
    if let (Some(rest_of_name), true) = (first.strip_prefix('*'), rest.is_empty()) {
        return fs::read_dir(base).is_ok_and(|mut entries| {
            entries.any(|entry| {
                entry.is_ok_and(|it| it.file_name().to_string_lossy().ends_with(rest_of_name))
            })
        });
    }
    let here = base.join(first);
    if rest.is_empty() {
        return here.exists()
            || ["rs", "ts"].iter().any(|end| base.join(format!("{first}.{end}")).is_file());
    }
    here.is_dir() && matches(&here, rest)
}

fn rust_files(folder: &Path) -> Vec<std::path::PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|end| end == "rs"))
        .collect()
}

fn defines(file: &Path, item: &str) -> bool {
    let Ok(text) = fs::read_to_string(file) else { return false };
    let kinds = ["fn", "struct", "enum", "const", "static", "type", "trait", "mod", "macro_rules!"];
    text.lines().any(|line| {
        let mut words = line.split(|c: char| !(c.is_ascii_alphanumeric() || "_!".contains(c)));
        let mut before = "";
        words.any(|word| {
            let is_it = word == item && kinds.contains(&before);
            before = word;
            is_it
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_code_are_found_in_prose_only() {
        let text = "the `a/b.rs` and\n```sh\nrun `x`\n```\nthe `c::d`";
        assert_eq!(code(text).collect::<Vec<_>>(), ["a/b.rs", "c::d"]);
    }

    #[test]
    fn what_is_there_is_there_and_nothing_else() {
        let there = [
            "server/src/lib.rs",
            "frontend/src/pages/<page>/",
            "pages/*/page.ts",
            "mes_api/{policy, retry_after}",
            "database::session",
            "compute_core::facts",
            "database::Database::read",
            "compute-core/src/*.rs",
        ];
        for name in there {
            assert_eq!(is_there(name), Some(true), "{name}");
        }
        for name in ["server/src/door.rs", "database::door", "http::Access::door", "nothing/{a, b}"]
        {
            assert_eq!(is_there(name), Some(false), "{name}");
        }
        for name in [
            "/api/events",
            "Connection: close",
            "MesApi",
            "page.ts",
            "target/release",
            "--only",
            "SETTINGS_FILE",
        ] {
            assert_eq!(is_there(name), None, "{name}");
        }
    }

    #[test]
    fn documents_and_tree_agree() {
        check().unwrap();
    }
}
