//! The program under hostile settings: it starts, or it ends and names the variable. It never breaks.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use clap::CommandFactory;
use mes_dashboard::cli::Cli;

/// Nobody has this address, so that a program whose settings are all sound ends there.
const NO_ADDRESS: &str = "192.0.2.1:9";

const VALUES: [&[u8]; 20] = [
    b"",
    b" ",
    b"0",
    b"-1",
    b"1",
    b"99999999999999999999999",
    b"1e400",
    b"NaN",
    b"inf",
    b"0x10",
    b"1.5",
    b"true",
    b"--help",
    b"a b\n\tc",
    b"\xff\xfe",
    "資料\u{202e}".as_bytes(),
    b"'; drop table x; --",
    b"postgres://",
    b"redis://user:s3cret@[::1",
    b"/nonexistent",
];

/// Every variable that a setting reads.
fn variables() -> Vec<String> {
    let command = Cli::command();
    let serve = command.find_subcommand("serve").unwrap();
    let names = serve.get_arguments().filter_map(|argument| argument.get_env());
    names.map(|name| name.to_str().unwrap().to_owned()).collect()
}

fn start(folder: &Path, variable: &OsStr, value: &OsStr) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mes-dashboard"));
    command
        .arg("serve")
        .current_dir(folder)
        .env_clear()
        .env("DATABASE_URL", "sqlite::memory:")
        .env("APP_DATABASE_URL", "sqlite::memory:")
        .env("SECRET_KEY", "k3V0Yw7pQm1ZxR9bTn5LsD2fHj8GcA4eUi6oPzXqWvB")
        .env("BIND_ADDR", NO_ADDRESS)
        .env(variable, value)
        .stdin(Stdio::null());
    command.output().unwrap()
}

/// Why the exit of the program is wrong.
fn defect(variable: &str, output: &Output) -> Option<String> {
    let said = String::from_utf8_lossy(&output.stderr);
    let flag = format!("--{}", variable.to_ascii_lowercase().replace('_', "-"));
    let is_named = said.contains(variable) || said.contains(&flag);
    let is_well = match output.status.code() {
        Some(64) => is_named,
        // All settings were taken; only the address was not.
        Some(1) => said.contains(NO_ADDRESS),
        _ => false,
    };
    let leaks = variable.ends_with("_URL") && said.contains("s3cret");
    (!is_well || leaks || said.contains("panicked")).then(|| format!("{}: {said}", output.status))
}

#[test]
fn a_hostile_value_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let variables = variables();
    assert!(variables.len() > 50, "{variables:?}");
    let (next, found) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                loop {
                    let at = next.fetch_add(1, Ordering::SeqCst);
                    let Some(variable) = variables.get(at / VALUES.len()) else { return };
                    let value = VALUES[at % VALUES.len()];
                    let output = start(folder.path(), variable.as_ref(), OsStr::from_bytes(value));
                    if let Some(wrong) = defect(variable, &output) {
                        let shown = value.escape_ascii();
                        found.lock().unwrap().push(format!("{variable}={shown} {wrong}"));
                    }
                }
            });
        }
    });
    let found = found.into_inner().unwrap();
    assert!(found.is_empty(), "{} of them:\n{}", found.len(), found.join("\n"));
}

#[test]
fn what_is_no_text_elsewhere_in_the_environment_does_no_harm() {
    let folder = tempfile::tempdir().unwrap();
    for name in [&b"OTHER"[..], b"MES_\xff", b"\xff"] {
        let value = OsString::from("\u{fffd}");
        let wild = OsStr::from_bytes(b"\xff\xfe");
        for value in [value.as_os_str(), wild] {
            let output = start(folder.path(), OsStr::from_bytes(name), value);
            let said = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(1), "{said}");
            assert!(said.contains(NO_ADDRESS) && !said.contains("panicked"), "{said}");
        }
    }
}
