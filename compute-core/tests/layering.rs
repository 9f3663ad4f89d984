//! A module uses only modules that `lib.rs` lists above it.
#![expect(clippy::disallowed_methods, reason = "the test reads the sources")]

use std::fs;
use std::path::{Path, PathBuf};

fn sources() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// Modules in the order in which `lib.rs` lists them.
fn modules() -> Vec<String> {
    let root = fs::read_to_string(sources().join("lib.rs")).unwrap();
    root.lines()
        .filter_map(|line| {
            line.strip_prefix("pub ").unwrap_or(line).strip_prefix("mod ")?.strip_suffix(';')
        })
        .map(str::to_owned)
        .collect()
}

/// Submodules that exist in tests only.
fn tests_of(text: &str) -> Vec<String> {
    let lines: Vec<&str> = text.lines().collect();
    lines
        .windows(2)
        .filter(|pair| pair[0].trim() == "#[cfg(test)]")
        .filter_map(|pair| pair[1].split_once("mod ")?.1.strip_suffix(';'))
        .map(str::to_owned)
        .collect()
}

/// A module's files and those of its submodules, without those of tests.
fn files(head: PathBuf) -> Vec<PathBuf> {
    let tests = tests_of(&fs::read_to_string(&head).unwrap());
    let folder = head.with_extension("");
    let mut files = vec![head];
    if let Ok(entries) = fs::read_dir(folder) {
        let heads = entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_file());
        let real = heads.filter(|path| {
            let stem = path.file_stem().unwrap().to_str().unwrap();
            !tests.iter().any(|test| test == stem)
        });
        files.extend(real.flat_map(self::files));
    }
    files
}

/// Modules of the crate that a file names outside its tests.
fn used(text: &str) -> Vec<&str> {
    let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    text.split("crate::")
        .skip(1)
        .map(|rest| {
            let end = rest.find(|letter: char| !letter.is_alphanumeric() && letter != '_');
            &rest[..end.unwrap_or(rest.len())]
        })
        .collect()
}

#[test]
fn modules_use_only_those_above() {
    let modules = modules();
    assert!(modules.len() > 5, "{modules:?}");
    let mut upward = Vec::new();
    for (place, module) in modules.iter().enumerate() {
        for file in files(sources().join(format!("{module}.rs"))) {
            let text = fs::read_to_string(&file).unwrap();
            upward.extend(
                used(&text)
                    .into_iter()
                    .filter(|name| modules.iter().skip(place + 1).any(|below| below == name))
                    .map(|name| format!("{} uses {name}", file.display())),
            );
        }
    }
    assert!(upward.is_empty(), "{upward:#?}");
}

#[test]
fn every_file_belongs_to_a_listed_module() {
    let modules = modules();
    for entry in fs::read_dir(sources()).unwrap() {
        let path = entry.unwrap().path();
        let stem = path.file_stem().unwrap().to_str().unwrap().to_owned();
        assert!(stem == "lib" || modules.contains(&stem), "{}", path.display());
    }
}

#[test]
fn names_are_found_in_code_but_not_in_its_tests() {
    let text = "use crate::lot::X;\nfn f() { crate::delta() }\n#[cfg(test)]\nmod tests {\nuse crate::table;\n}";
    assert_eq!(used(text), ["lot", "delta"]);
    assert_eq!(tests_of("#[cfg(test)]\npub(crate) mod naive;\nmod real;\n"), ["naive"]);
}
