//! What installing and uninstalling consist of. Pure.

use std::path::Path;

use crate::runtime_contract::installation::{
    ENV_EXAMPLE, ENV_FILE, Installation, LOGS_DIR, RUNTIME_DIR, STATE_DIR, UNIT_DIR, UNITS, USER,
};

/// One thing to do; paths are those of the installed system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// A file that belongs to the program.
    Write { path: &'static str, text: String },
    /// A file that belongs to the operator: made once, readable by its group, never touched again.
    Make { path: &'static str, text: String, group: &'static str },
    /// A file or folder that goes, if it is there.
    Remove { path: String },
    /// A program of the system.
    Run { command: Vec<String> },
}

fn command(words: &[&str]) -> Step {
    Step::Run { command: words.iter().map(|word| (*word).to_owned()).collect() }
}

/// `systemctl` and friends can prepare another root, but not start anything there.
fn for_root(root: &Path, program: &str, words: &[&str]) -> Step {
    let other_root = format!("--root={}", root.display());
    let mut all = vec![program];
    if !is_system(root) {
        all.push(&other_root);
    }
    all.extend(words);
    command(&all)
}

fn is_system(root: &Path) -> bool {
    root == Path::new("/")
}

/// The steps of an installation. `key` is a fresh `SECRET_KEY` where there is no environment file.
pub(super) fn install(
    root: &Path,
    installation: &Installation,
    key: Option<&str>,
    files_only: bool,
) -> Vec<Step> {
    let mut steps: Vec<Step> = installation
        .files()
        .into_iter()
        .map(|file| Step::Write { path: file.path, text: file.text })
        .collect();
    if !files_only {
        steps.push(for_root(root, "systemd-sysusers", &["/etc/sysusers.d/mes-dashboard.conf"]));
    }
    if let Some(key) = key {
        steps.push(Step::Make { path: ENV_FILE, text: first_settings(key), group: USER });
    }
    if !files_only {
        if is_system(root) {
            steps.push(command(&["systemctl", "daemon-reload"]));
        }
        let mut enable = vec!["enable"];
        enable.extend(UNITS);
        steps.push(for_root(root, "systemctl", &enable));
    }
    steps
}

/// The example with a key of its own.
fn first_settings(key: &str) -> String {
    let line = |line: &str| match line.split_once('=') {
        Some(("SECRET_KEY", _)) => format!("SECRET_KEY={key}\n"),
        _ => format!("{line}\n"),
    };
    ENV_EXAMPLE.lines().map(line).collect()
}

/// The steps of taking an installation away.
pub(super) fn uninstall(root: &Path, purge: bool, files_only: bool) -> Vec<Step> {
    let mut steps = Vec::new();
    if !files_only {
        let mut disable = vec!["disable"];
        if is_system(root) {
            disable.push("--now");
        }
        disable.extend(UNITS);
        steps.push(for_root(root, "systemctl", &disable));
    }
    let mut remove = |path: &str| steps.push(Step::Remove { path: path.to_owned() });
    for unit in UNITS {
        remove(&format!("{UNIT_DIR}/{unit}"));
    }
    remove("/etc/sysusers.d/mes-dashboard.conf");
    remove(RUNTIME_DIR);
    if purge {
        for path in ["/etc/mes-dashboard", STATE_DIR, LOGS_DIR] {
            remove(path);
        }
    }
    if !files_only && is_system(root) {
        steps.push(command(&["systemctl", "daemon-reload"]));
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime_contract::EnvFile;

    fn installation() -> Installation {
        Installation::new(Path::new("/opt/mes"), ([127, 0, 0, 1], 8080).into()).unwrap()
    }

    fn commands(steps: &[Step]) -> Vec<String> {
        let command = |step: &Step| match step {
            Step::Run { command } => Some(command.join(" ")),
            _ => None,
        };
        steps.iter().filter_map(command).collect()
    }

    #[test]
    fn the_running_system_reads_the_units_and_another_root_is_only_prepared() {
        let here = commands(&install(Path::new("/"), &installation(), None, false));
        assert_eq!(
            here,
            [
                "systemd-sysusers /etc/sysusers.d/mes-dashboard.conf",
                "systemctl daemon-reload",
                "systemctl enable mes-dashboard.socket mes-dashboard.service mes-dashboard-watchdog.service",
            ]
        );
        let there = commands(&install(Path::new("/mnt"), &installation(), None, false));
        assert!(there.iter().all(|command| command.contains(" --root=/mnt ")), "{there:?}");
        assert_eq!(there.len(), 2);
        assert!(commands(&install(Path::new("/"), &installation(), None, true)).is_empty());
    }

    #[test]
    fn only_a_first_installation_makes_the_environment_file_and_with_a_key() {
        let makes = |key| {
            install(Path::new("/"), &installation(), key, true).into_iter().find_map(|step| {
                match step {
                    Step::Make { text, .. } => Some(text),
                    _ => None,
                }
            })
        };
        assert_eq!(makes(None), None);
        let text = makes(Some("fresh")).unwrap();
        let settings = EnvFile::parse(text.as_bytes());
        assert_eq!(settings.get("SECRET_KEY"), Some("fresh"));
        assert_eq!(settings.left_as_in_the_example(), ["DATABASE_URL"]);
    }

    #[test]
    fn uninstalling_removes_all_that_installing_wrote_and_no_data_unless_told() {
        let removed = |purge| {
            uninstall(Path::new("/"), purge, false)
                .into_iter()
                .filter_map(|step| match step {
                    Step::Remove { path } => Some(path),
                    _ => None,
                })
                .collect::<Vec<_>>()
        };
        for file in installation().files() {
            assert!(removed(false).iter().any(|path| path == file.path), "{}", file.path);
        }
        assert!(!removed(false).iter().any(|path| path.starts_with("/var")));
        assert!(!removed(false).iter().any(|path| path == "/etc/mes-dashboard"));
        assert!(removed(true).iter().any(|path| path == "/var/lib/mes-dashboard"));
        let stops = commands(&uninstall(Path::new("/"), false, false));
        assert!(stops[0].starts_with("systemctl disable --now "), "{stops:?}");
    }
}
