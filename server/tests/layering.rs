//! A module uses only modules that its list names above it, in every `lib.rs` and in every folder.

use std::fs;
use std::path::{Path, PathBuf};

/// Crates that have a `lib.rs` with a list of modules, as folders of the repository.
const CRATES: [&str; 5] =
    ["compute-core", "web-wasm", "server/plant-simulator", "server", "parity-fixtures"];

fn sources(of_crate: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(of_crate).join("src")
}

/// A file without its comments and its unit tests.
fn code(file: &Path) -> String {
    let text = fs::read_to_string(file).unwrap();
    let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default().to_owned();
    let lines = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    lines.collect::<Vec<_>>().join("\n")
}

/// Submodules in the order in which a file lists them, without those of tests.
fn listed(code: &str) -> Vec<String> {
    let lines: Vec<&str> = [""].into_iter().chain(code.lines().map(str::trim)).collect();
    lines
        .windows(2)
        .filter(|pair| pair[0] != "#[cfg(test)]")
        .filter_map(|pair| pair[1].split_once("mod ")?.1.strip_suffix(';'))
        .map(str::to_owned)
        .collect()
}

/// The files of a module, each with its path below the module: none for the head.
fn files(head: &Path, below: &[String]) -> Vec<(PathBuf, Vec<String>)> {
    let mut found = vec![(head.to_owned(), below.to_vec())];
    for child in listed(&code(head)) {
        let file = head.with_extension("").join(format!("{child}.rs"));
        found.extend(files(&file, &[below, &[child]].concat()));
    }
    found
}

/// First names of the paths that follow `prefix`, also in lists in braces.
fn named_after<'a>(code: &'a str, prefix: &str) -> Vec<&'a str> {
    let mut names = Vec::new();
    for (at, _) in code.match_indices(prefix) {
        let is_longer = code[..at].ends_with("::") || code[..at].ends_with(char::is_alphanumeric);
        let rest = &code[at + prefix.len()..];
        if is_longer {
            continue;
        }
        let (mut depth, mut begins) = (0, true);
        for (place, letter) in rest.char_indices() {
            match letter {
                '{' => depth += 1,
                '}' => depth -= 1,
                ',' if depth == 1 => begins = true,
                letter if begins && (letter.is_alphanumeric() || letter == '_') => {
                    let name = &rest[place..];
                    let is_inside = |c: char| c.is_alphanumeric() || c == '_';
                    names.push(name.split(|c| !is_inside(c)).next().unwrap_or_default());
                    begins = false;
                }
                _ => {}
            }
            if depth == 0 && !begins {
                break;
            }
        }
    }
    names
}

/// Adds what submodules of `head` use of those that are listed below them, in all folders.
fn look_into(head: &Path, folder: &Path, path: &[String], upward: &mut Vec<String>) {
    let modules = listed(&code(head));
    for (place, module) in modules.iter().enumerate() {
        let file = folder.join(format!("{module}.rs"));
        for (file, below) in files(&file, &[]) {
            let text = code(&file);
            let absolute =
                format!("crate::{}", path.iter().map(|one| format!("{one}::")).collect::<String>());
            let relative = "super::".repeat(below.len() + 1);
            let used =
                named_after(&text, &absolute).into_iter().chain(named_after(&text, &relative));
            let below = modules.iter().skip(place + 1);
            let wrong = used.filter(|name| below.clone().any(|other| other == name));
            upward.extend(wrong.map(|name| format!("{} uses {name}", file.display())));
        }
        let inner = [path, std::slice::from_ref(module)].concat();
        look_into(&file, &folder.join(module), &inner, upward);
    }
}

#[test]
fn modules_use_only_those_above() {
    let mut upward = Vec::new();
    for sources in CRATES.map(sources) {
        let root = sources.join("lib.rs");
        assert!(listed(&code(&root)).len() > 1, "{}", root.display());
        look_into(&root, &sources, &[], &mut upward);
    }
    assert!(upward.is_empty(), "{upward:#?}");
}

#[test]
fn every_file_belongs_to_a_listed_module() {
    for sources in CRATES.map(sources) {
        let modules = listed(&code(&sources.join("lib.rs")));
        for entry in fs::read_dir(sources).unwrap() {
            let path = entry.unwrap().path();
            let stem = path.file_stem().unwrap().to_str().unwrap();
            let is_root = ["lib", "main", "bin"].contains(&stem);
            assert!(is_root || modules.iter().any(|module| module == stem), "{}", path.display());
        }
    }
}

#[test]
fn what_surrounds_requests_knows_no_plant() {
    let plant = ["reading", "snapshot", "source", "catalogue", "table_query", "hour_ranges"];
    for (file, _) in files(&sources("server").join("http.rs"), &[]) {
        let text = code(&file);
        let used = named_after(&text, "crate::");
        assert!(!used.iter().any(|name| plant.contains(name)), "{}", file.display());
    }
}

#[test]
fn names_are_found_in_paths_and_lists() {
    let code = "use crate::lot::X;\nuse super::{a, b::{c, d}};\nfn f() { super::super::e() }";
    assert_eq!(named_after(code, "crate::"), ["lot"]);
    assert_eq!(named_after(code, "super::"), ["a", "b", "super"]);
    assert_eq!(named_after(code, "super::super::"), ["e"]);
    assert_eq!(listed("#[cfg(test)]\nmod tests;\npub(crate) mod real;\n"), ["real"]);
}
