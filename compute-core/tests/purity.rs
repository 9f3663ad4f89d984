//! The core links Arrow and serde, and nothing that does I/O.

const MANIFEST: &str = include_str!("../Cargo.toml");

/// Crates that may be linked always, by whole name or by prefix.
fn may_be_linked(name: &str) -> bool {
    name.starts_with("arrow-") || ["serde", "thiserror", "xxhash-rust"].contains(&name)
}

/// Crates that only describe types, and only behind a feature.
const OPTIONAL: [&str; 2] = ["ts-rs", "utoipa"];

/// `(name, rest of the line)` of what a section of the manifest lists.
fn section<'a>(manifest: &'a str, title: &str) -> Vec<(&'a str, &'a str)> {
    manifest
        .lines()
        .skip_while(|line| *line != title)
        .skip(1)
        .take_while(|line| !line.starts_with('['))
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once('='))
        .map(|(name, rest)| (name.trim(), rest.trim()))
        .collect()
}

fn impurities(manifest: &str) -> Vec<&str> {
    section(manifest, "[dependencies]")
        .into_iter()
        .filter(|(name, rest)| {
            let optional = rest.contains("optional = true") && OPTIONAL.contains(name);
            !may_be_linked(name) && !optional
        })
        .map(|(name, _)| name)
        .collect()
}

#[test]
fn only_arrow_and_serde_are_linked() {
    assert!(!section(MANIFEST, "[dependencies]").is_empty());
    assert_eq!(impurities(MANIFEST), [""; 0]);
}

#[test]
fn no_dependency_hides_in_another_section() {
    let sections: Vec<&str> = MANIFEST
        .lines()
        .filter(|line| line.starts_with('[') && line.contains("dependencies"))
        .collect();
    assert_eq!(sections, ["[dependencies]", "[dev-dependencies]"]);
}

#[test]
fn no_feature_is_on_by_default() {
    assert!(section(MANIFEST, "[features]").iter().all(|(name, _)| *name != "default"));
}

#[test]
fn an_impure_dependency_is_found() {
    let manifest =
        "[dependencies]\nserde = \"1\"\ntokio = \"1\"\nutoipa = \"6\"\n\n[features]\nx = []\n";
    assert_eq!(impurities(manifest), ["tokio", "utoipa"]);
}
