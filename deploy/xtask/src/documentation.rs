//! Whether what the documents point to is there.

mod tree;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::HELP;
use crate::package::because;
use crate::run::{PROFILE, command, root};

/// Folders without documents of ours.
const FOREIGN: [&str; 4] = ["target", "node_modules", "pkg", "dist"];

/// Makes the documentation of the crates; fails at links that lead nowhere.
pub(crate) fn rustdoc() -> Command {
    let mut rustdoc = command("cargo", &["doc", "--no-deps", "--profile", PROFILE]);
    for package in ["server", "plant-simulator", "compute-core"] {
        rustdoc.args(["--package", package]);
    }
    rustdoc.env("RUSTDOCFLAGS", "-D warnings");
    rustdoc
}

/// Looks up what the documents name: links, code, commands.
pub(crate) fn check() -> Result<String, String> {
    let documents = documents()?;
    Ok(format!("{}; {}; {}", check_links(&documents)?, tree::check()?, check_commands(&documents)?))
}

/// Every document of the project with its text.
fn documents() -> Result<Vec<(PathBuf, String)>, String> {
    let mut paths = Vec::new();
    find(&root(), &mut paths)?;
    let read = |path: PathBuf| because(&path, fs::read_to_string(&path)).map(|text| (path, text));
    paths.into_iter().map(read).collect()
}

/// Every `cargo xtask` command that a document names is one.
fn check_commands(documents: &[(PathBuf, String)]) -> Result<String, String> {
    let known: Vec<&str> =
        HELP.lines().filter_map(|line| line.strip_prefix("  ")?.split(' ').next()).collect();
    let (mut commands, mut unknown) = (0, Vec::new());
    for (document, text) in documents {
        for rest in text.split("cargo xtask ").skip(1) {
            let ends_name = |c: char| !c.is_ascii_lowercase() && c != '-';
            let name = rest.split(ends_name).next().unwrap_or_default();
            commands += 1;
            if !known.contains(&name) {
                unknown.push(format!("{} names cargo xtask {name}", document.display()));
            }
        }
    }
    if unknown.is_empty() { Ok(format!("{commands} commands")) } else { Err(unknown.join("; ")) }
}

/// Follows every link within the project.
fn check_links(documents: &[(PathBuf, String)]) -> Result<String, String> {
    let (mut links, mut broken) = (0, Vec::new());
    for (document, text) in documents {
        let folder = document.parent().unwrap_or(document);
        for place in targets(text) {
            links += 1;
            if !folder.join(place).exists() {
                broken.push(format!("{} points to {place}", document.display()));
            }
        }
    }
    if broken.is_empty() {
        Ok(format!("{links} links in {} documents", documents.len()))
    } else {
        Err(broken.join("; "))
    }
}

fn find(folder: &Path, found: &mut Vec<PathBuf>) -> Result<(), String> {
    for entry in because(folder, fs::read_dir(folder))? {
        let path = because(folder, entry)?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name.starts_with('.') || FOREIGN.contains(&name.as_str()) {
            continue;
        }
        if path.is_dir() {
            find(&path, found)?;
        } else if path.extension().is_some_and(|end| end == "md") {
            found.push(path);
        }
    }
    Ok(())
}

/// Files that Markdown links and pictures name.
fn targets(text: &str) -> impl Iterator<Item = &str> {
    text.split("](").skip(1).filter_map(|rest| {
        let place = rest.split(')').next()?.split('#').next()?;
        let is_ours = !place.is_empty() && !place.contains(':') && !place.contains(' ');
        is_ours.then_some(place)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_within_the_project_are_found() {
        let text = "[a](docs/a.md#part) ![p](p.png) [w](https://example.com/x) [h](#here)\n[b](b)";
        assert_eq!(targets(text).collect::<Vec<_>>(), ["docs/a.md", "p.png", "b"]);
    }

    #[test]
    fn every_link_and_command_of_the_project_is_there() {
        let documents = documents().unwrap();
        check_links(&documents).unwrap();
        check_commands(&documents).unwrap();
    }
}
