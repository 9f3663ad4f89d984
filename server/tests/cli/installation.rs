//! `install`, `check` and `uninstall` on a root of their own, and servers that refuse drift.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Output;

use super::{KEY, run, text};

const PREFIX: &str = "/opt/conda/envs/mes";
const ENV_FILE: &str = "etc/mes-dashboard/mes-dashboard.env";

/// A root with the conda package in it, as conda itself would leave it.
fn root() -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    let prefix = root.path().join("opt/conda/envs/mes");
    for folder in ["bin", "conda-meta"] {
        fs::create_dir_all(prefix.join(folder)).unwrap();
    }
    fs::write(prefix.join("bin/mes-dashboard"), "program").unwrap();
    let version = env!("CARGO_PKG_VERSION");
    // SHA-256 of "program".
    let record = format!(
        r#"{{"name":"mes-dashboard","version":"{version}","paths_data":{{"paths":[{{"_path":"bin/mes-dashboard","sha256":"{}"}}]}}}}"#,
        "1310ca2c8932dbd118668bd97442558a3e1f546b5e15c69699dfbd6024f548d8"
    );
    fs::write(prefix.join(format!("conda-meta/mes-dashboard-{version}-0.json")), record).unwrap();
    root
}

fn on(root: &Path, command: &[&str]) -> Output {
    let place = root.to_str().unwrap();
    let mut arguments = command.to_vec();
    arguments.extend(["--root", place]);
    if command[0] != "uninstall" {
        arguments.extend(["--prefix", PREFIX]);
    }
    run(root, &arguments, &[])
}

fn drifts(root: &Path) -> Vec<String> {
    let output = on(root, &["check", "--json"]);
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(output.status.success(), report["valid"].as_bool().unwrap());
    let drifts = report["drifts"].as_array().unwrap();
    drifts.iter().map(|drift| drift["what"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn an_installation_is_made_kept_and_taken_away() {
    let root = root();
    let here = root.path();
    let before = text(&on(here, &["check"]).stdout);
    assert!(before.contains("install --prefix /opt/conda/envs/mes"), "{before}");
    let install = || text(&on(here, &["install", "--files-only"]).stdout);
    let said = install();
    assert!(said.contains("made /etc/mes-dashboard/mes-dashboard.env"), "{said}");
    assert!(said.contains("next: fill in DATABASE_URL"), "{said}");
    assert_eq!(drifts(here), ["DATABASE_URL"]);

    let path = here.join(ENV_FILE);
    assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    let settings = fs::read_to_string(&path).unwrap();
    let key = settings.lines().find_map(|line| line.strip_prefix("SECRET_KEY=")).unwrap();
    assert_eq!(key.len(), 43);
    let filled =
        settings.replace("postgres://reader:PASSWORD@db.example/mes", "sqlite:plant.sqlite");
    let filled = format!("{filled}\nBIND_ADDR=127.0.0.1:9123\n");
    fs::write(&path, &filled).unwrap();
    // The socket unit has to follow the environment file, which in turn stays as it is.
    assert_eq!(drifts(here), ["the line"]);
    let said = install();
    assert!(said.contains("wrote /etc/systemd/system/mes-dashboard.socket"), "{said}");
    assert!(said.contains("unchanged /etc/systemd/system/mes-dashboard.service"), "{said}");
    assert_eq!(fs::read_to_string(&path).unwrap(), filled);
    assert_eq!(drifts(here), Vec::<String>::new());
    assert!(text(&on(here, &["check"]).stdout).contains("keeps contract"));

    assert!(on(here, &["uninstall", "--files-only"]).status.success());
    assert!(path.exists(), "settings are the operator's");
    assert_eq!(fs::read_dir(here.join("etc/systemd/system")).unwrap().count(), 0);
    assert!(on(here, &["uninstall", "--files-only", "--purge"]).status.success());
    assert!(!path.exists());
}

#[test]
fn nothing_is_installed_for_an_environment_without_the_program() {
    let root = tempfile::tempdir().unwrap();
    let output = on(root.path(), &["install", "--files-only"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("has no bin/mes-dashboard"));
    assert!(!root.path().join("etc").exists());
}

#[test]
fn a_server_refuses_to_start_on_drift_only_when_it_is_told_to() {
    let folder = tempfile::tempdir().unwrap();
    let prefix = folder.path().to_str().unwrap().to_owned();
    let settings = [
        ("SECRET_KEY", KEY),
        ("CONDA_PREFIX", prefix.as_str()),
        ("RUNTIME_CONTRACT_VERSION", "0"),
        // Stops the start a step later, so that no server is left running.
        ("DATABASE_URL", "sqlite:plant.sqlite"),
        ("REDIS_URL", "no address"),
    ];
    let start = |enforce: &'static str| {
        let mut settings = settings.to_vec();
        settings.push(("RUNTIME_CONTRACT_ENFORCE", enforce));
        let output = run(folder.path(), &["serve"], &settings);
        assert_eq!(output.status.code(), Some(64));
        text(&output.stderr) + &text(&output.stdout)
    };
    let refused = start("true");
    assert!(
        refused.contains("drifted from the contract:\nRUNTIME_CONTRACT_VERSION is 0"),
        "{refused}"
    );
    assert!(!refused.contains("REDIS_URL is"), "{refused}");
    let told = start("false");
    assert!(told.contains("drifted from the runtime contract"), "{told}");
    assert!(told.contains("REDIS_URL"), "{told}");
}
