//! The example of the environment file against the settings that there are.

use std::collections::BTreeSet;
use std::path::Path;

use clap::CommandFactory;
use mes_dashboard::cli::Cli;

const HEAD: &str = "\
# Settings of `mes-dashboard serve` and `mes-dashboard watchdog`: `mes-dashboard install` makes the environment file of a service from this. It is readable by
# root and the service only; fill in the first two. A line that begins with # keeps the default.
# Flags of the command win over the environment, the environment over a .env file in the working folder.
";

/// What has no sensible default.
const NEEDED: [(&str, &str); 2] = [
    ("DATABASE_URL", "postgres://reader:PASSWORD@db.example/mes"),
    ("SECRET_KEY", "(what `mes-dashboard secret` prints)"),
];

/// Every setting with its meaning and default.
fn example() -> String {
    let command = Cli::command();
    let mut needed = String::new();
    let mut others = String::new();
    let mut listed = BTreeSet::new();
    let of = |name| command.find_subcommand(name).unwrap().get_arguments();
    for argument in of("serve").chain(of("watchdog")) {
        let Some(variable) = argument.get_env() else { continue };
        let variable = variable.to_string_lossy();
        if !listed.insert(variable.clone().into_owned()) {
            continue;
        }
        let meaning = argument.get_help().unwrap_or_else(|| panic!("{variable} has no meaning"));
        let default = argument.get_default_values().first();
        let default = default.map(|value| value.to_string_lossy()).unwrap_or_default();
        let about = format!("\n# {meaning}\n");
        match NEEDED.iter().find(|(name, _)| *name == variable) {
            Some((_, sample)) => needed += &format!("{about}{variable}={sample}\n"),
            None => others += &format!("{about}#{variable}={default}\n"),
        }
    }
    format!("{HEAD}{needed}{others}")
}

#[test]
fn the_example_names_every_setting_with_meaning_and_default() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/mes-dashboard.env.example");
    let expected = example();
    if std::env::var_os("UPDATE_EXAMPLE").is_some() {
        std::fs::write(&path, &expected).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap();
    assert!(found == expected, "run this test once with UPDATE_EXAMPLE=1");
    for (variable, _) in NEEDED {
        assert!(found.contains(&format!("\n{variable}=")), "{variable}");
    }
}
