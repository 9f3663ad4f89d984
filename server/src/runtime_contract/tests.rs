//! Each kind of drift on an installation in a folder.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::installation::{ENV_FILE, Installation, LOGS_DIR, UNIT_DIR, below};
use super::*;

const PREFIX: &str = "/opt/conda/envs/mes";
const PROGRAM: &[u8] = b"the program";
const SETTINGS: &str =
    "SECRET_KEY=abc\nDATABASE_URL=sqlite:plant.sqlite\nBIND_ADDR=10.0.0.5:9000\n";

fn write(root: &Path, path: &str, text: impl AsRef<[u8]>) {
    let path = below(root, path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn record(version: &str) -> String {
    let path = tempfile::NamedTempFile::new().unwrap();
    fs::write(path.path(), PROGRAM).unwrap();
    let hash = super::conda::sha256(path.path()).unwrap();
    format!(
        r#"{{"name":"mes-dashboard","version":"{version}","paths_data":{{"paths":[{{"_path":"bin/mes-dashboard","sha256":"{hash}"}}]}}}}"#
    )
}

const RECORD: &str = concat!(
    "/opt/conda/envs/mes/conda-meta/mes-dashboard-",
    env!("CARGO_PKG_VERSION"),
    "-h1_0.json"
);

/// An installation as it has to be.
fn installed() -> TempDir {
    let root = tempfile::tempdir().unwrap();
    let here = root.path();
    write(here, ENV_FILE, SETTINGS);
    fs::set_permissions(below(here, ENV_FILE), fs::Permissions::from_mode(0o640)).unwrap();
    let installation = Installation::new(Path::new(PREFIX), ([10, 0, 0, 5], 9000).into()).unwrap();
    for file in installation.files() {
        write(here, file.path, file.text);
    }
    write(here, "/opt/conda/envs/mes/bin/mes-dashboard", PROGRAM);
    write(here, RECORD, record(env!("CARGO_PKG_VERSION")));
    write(here, "/opt/conda/envs/mes/conda-meta/mes-dashboard-extras-1.0-0.json", "{}");
    root
}

fn found(root: &Path) -> Vec<Drift> {
    drifts(root, Path::new(PREFIX)).unwrap()
}

#[test]
fn an_installation_as_it_has_to_be_has_no_drift() {
    assert_eq!(found(installed().path()), []);
}

/// A change of an installation and the reported drift: subject, place and fix.
type Case = (&'static str, fn(&Path), [&'static str; 3]);

fn settings(root: &Path, line: &str) {
    write(root, ENV_FILE, format!("{SETTINGS}{line}\n"));
}

const INSTALL: &str = "/opt/conda/envs/mes/bin/mes-dashboard install --prefix /opt/conda/envs/mes";
const CONDA: &str = "conda install --yes --force-reinstall --prefix /opt/conda/envs/mes";

const CASES: [Case; 20] = [
    (
        "a unit of another contract",
        |root| {
            let path = below(root, format!("{UNIT_DIR}/mes-dashboard.service"));
            let text = fs::read_to_string(&path).unwrap();
            fs::write(
                path,
                text.replace("RUNTIME_CONTRACT_VERSION=1", "RUNTIME_CONTRACT_VERSION=0"),
            )
            .unwrap();
        },
        ["the line", "/mes-dashboard.service:", INSTALL],
    ),
    (
        "another program in the watchdog's unit",
        |root| {
            let path = below(root, format!("{UNIT_DIR}/mes-dashboard-watchdog.service"));
            let text = fs::read_to_string(&path).unwrap();
            fs::write(path, text.replace("ExecStart=/opt/conda", "ExecStart=/usr")).unwrap();
        },
        ["the line", "/mes-dashboard-watchdog.service:", INSTALL],
    ),
    (
        "no socket unit",
        |root| fs::remove_file(below(root, format!("{UNIT_DIR}/mes-dashboard.socket"))).unwrap(),
        ["the file", "/mes-dashboard.socket", INSTALL],
    ),
    (
        "no user",
        |root| fs::remove_file(below(root, "/etc/sysusers.d/mes-dashboard.conf")).unwrap(),
        ["the file", "/etc/sysusers.d/mes-dashboard.conf", INSTALL],
    ),
    (
        "another port than the socket's",
        |root| write(root, ENV_FILE, SETTINGS.replace(":9000", ":9001")),
        ["the line", "/mes-dashboard.socket:", INSTALL],
    ),
    (
        "no port",
        |root| write(root, ENV_FILE, SETTINGS.replace(":9000", ":0")),
        ["BIND_ADDR", ENV_FILE, "EDITOR"],
    ),
    (
        "a drop-in with a program of its own",
        |root| {
            let path = "/etc/systemd/system/mes-dashboard.service.d/own.conf";
            write(root, path, "[Service]\nMemoryMax=4G\nExecStart=\nExecStart=/bin/true\n");
        },
        ["ExecStart", "/mes-dashboard.service.d/own.conf", "sed -i '/^ *ExecStart *=/d'"],
    ),
    (
        "no environment file",
        |root| fs::remove_file(below(root, ENV_FILE)).unwrap(),
        ["the environment file", ENV_FILE, INSTALL],
    ),
    (
        "secrets readable by all users",
        |root| {
            fs::set_permissions(below(root, ENV_FILE), fs::Permissions::from_mode(0o644)).unwrap();
        },
        ["the mode", ENV_FILE, "chmod 0640"],
    ),
    (
        "a line that is no setting",
        |root| settings(root, "export DB_POOL_SIZE=5"),
        ["the line", "mes-dashboard.env:4", "EDITOR"],
    ),
    (
        "no key",
        |root| write(root, ENV_FILE, SETTINGS.replace("SECRET_KEY=abc", "SECRET_KEY=")),
        ["SECRET_KEY", ENV_FILE, "EDITOR"],
    ),
    (
        "the example's database",
        |root| settings(root, "DATABASE_URL=postgres://reader:PASSWORD@db.example/mes"),
        ["DATABASE_URL", ENV_FILE, "EDITOR"],
    ),
    (
        "another environment",
        |root| settings(root, "CONDA_PREFIX=/opt/other"),
        ["CONDA_PREFIX", ENV_FILE, "EDITOR"],
    ),
    (
        "another name of it",
        |root| settings(root, "CONDA_ENV_NAME=other"),
        ["CONDA_ENV_NAME", ENV_FILE, "EDITOR"],
    ),
    (
        "another contract in the settings",
        |root| settings(root, "RUNTIME_CONTRACT_VERSION=0"),
        ["RUNTIME_CONTRACT_VERSION", ENV_FILE, "EDITOR"],
    ),
    (
        "a runtime folder that the units don't make",
        |root| settings(root, "WATCHDOG_RUNTIME_DIR=/tmp"),
        ["WATCHDOG_RUNTIME_DIR", ENV_FILE, "EDITOR"],
    ),
    (
        "a shared file elsewhere",
        |root| settings(root, "WATCHDOG_PID_FILE=/tmp/supervisor.pid"),
        ["WATCHDOG_PID_FILE", ENV_FILE, "EDITOR"],
    ),
    (
        "no conda environment",
        |root| fs::remove_dir_all(below(root, "/opt/conda/envs/mes/conda-meta")).unwrap(),
        ["the conda environment", "/conda-meta", CONDA],
    ),
    (
        "another version of the package",
        |root| write(root, RECORD, record("0.0.1")),
        ["the conda package", "-h1_0.json", CONDA],
    ),
    (
        "a file where a folder belongs",
        |root| write(root, LOGS_DIR, ""),
        ["a folder", LOGS_DIR, "mv /var/log/mes-dashboard"],
    ),
];

#[test]
fn each_kind_of_drift_is_found_with_its_place_and_its_fix() {
    for (name, harm, [what, place, fix]) in CASES {
        let root = installed();
        harm(root.path());
        let drifts = found(root.path());
        assert!(!drifts.is_empty(), "{name}: nothing found");
        for drift in &drifts {
            assert!(drift.what.starts_with(what), "{name}: {drift}");
            assert!(drift.place.contains(place), "{name}: {drift}");
            assert!(drift.fix.contains(fix), "{name}: {drift}");
            assert_ne!(drift.expected, drift.found, "{name}");
        }
    }
}

#[test]
fn an_exchanged_or_missing_program_is_found() {
    const BINARY: &str = "/opt/conda/envs/mes/bin/mes-dashboard";
    let harms: [fn(&Path); 3] = [
        |root| write(root, BINARY, "another program"),
        |root| fs::remove_file(below(root, BINARY)).unwrap(),
        |root| {
            let names_no_program = record(env!("CARGO_PKG_VERSION")).replace("bin/", "lib/");
            write(root, RECORD, names_no_program);
        },
    ];
    for harm in harms {
        let root = installed();
        harm(root.path());
        let drifts = found(root.path());
        assert_eq!(drifts.len(), 1, "{drifts:?}");
        assert_eq!(drifts[0].what, "the program");
        assert_eq!(drifts[0].place, BINARY);
    }
}

#[test]
fn an_environment_without_exactly_one_readable_record_is_found() {
    let harms: [fn(&Path); 3] = [
        |root| fs::remove_file(below(root, RECORD)).unwrap(),
        |root| write(root, "/opt/conda/envs/mes/conda-meta/mes-dashboard-9-0.json", "{}"),
        |root| write(root, RECORD, "{"),
    ];
    for harm in harms {
        let root = installed();
        harm(root.path());
        let drifts = found(root.path());
        assert_eq!(drifts.len(), 1, "{drifts:?}");
        assert_eq!(drifts[0].what, "the conda package");
    }
}

fn surroundings() -> Surroundings {
    let folder = PathBuf::from("/run/mes-dashboard");
    Surroundings {
        expected_version: Some(VERSION.to_owned()),
        bind_addr: ([10, 0, 0, 5], 9000).into(),
        binary: Some(format!("{PREFIX}/bin/mes-dashboard").into()),
        conda_prefix: Some(PREFIX.into()),
        conda_env_name: Some("mes".to_owned()),
        paths: RuntimePaths {
            pid_file: folder.join("a.pid"),
            restart_flag: folder.join("b.json"),
            state_file: folder.join("c.json"),
            runtime_dir: folder,
        },
    }
}

#[test]
fn a_process_of_an_installation_that_keeps_the_contract_is_valid() {
    let checked = surroundings().check(installed().path());
    assert_eq!((checked.valid, checked.errors), (true, vec![]));
    assert_eq!(checked.contract.conda_prefix.as_deref(), Some(PREFIX));
    assert_eq!(checked.contract.conda_env_name.as_deref(), Some("mes"));
}

#[test]
fn what_a_process_was_started_with_is_compared_too() {
    type Harm = fn(&mut Surroundings);
    let harms: [(Harm, &str); 4] = [
        (|found| found.expected_version = Some("0".to_owned()), "RUNTIME_CONTRACT_VERSION is 0"),
        (
            |found| found.binary = Some("/usr/bin/mes-dashboard".into()),
            "CONDA_PREFIX /opt/conda/envs/mes",
        ),
        (|found| found.conda_env_name = Some("base".to_owned()), "CONDA_ENV_NAME is base"),
        (|found| found.paths.state_file = "/tmp/c.json".into(), "WATCHDOG_STATE_FILE is /tmp"),
    ];
    let root = installed();
    for (harm, told) in harms {
        let mut found = surroundings();
        harm(&mut found);
        let checked = found.check(root.path());
        assert!(!checked.valid);
        assert_eq!(checked.errors.len(), 1, "{:?}", checked.errors);
        assert!(checked.errors[0].contains(told), "{:?}", checked.errors);
    }
}

#[test]
fn only_a_process_of_an_installation_asks_for_one() {
    let empty = tempfile::tempdir().unwrap();
    let drifted = surroundings().check(empty.path());
    assert!(!drifted.valid);
    let mut found = surroundings();
    found.expected_version = None;
    assert!(found.check(empty.path()).valid);
}
