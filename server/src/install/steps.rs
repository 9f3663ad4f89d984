//! Executes a plan, and prints each step.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;
use std::process::Command;

use super::InstallError;
use super::plan::Step;
use crate::runtime_contract::installation::below;

/// Does all steps below `root`.
///
/// # Errors
/// The first step that fails; those before it are done, and all can be done again.
pub(super) fn run(root: &Path, steps: &[Step], out: &mut impl Write) -> Result<(), InstallError> {
    for step in steps {
        let told = match step {
            Step::Write { path, text } => at(path, write(&below(root, path), text))?,
            Step::Make { path, text, group } => at(path, make(root, path, text, group))?,
            Step::Remove { path } => at(path, remove(&below(root, path)))?,
            Step::Run { command } => call(command)?,
        };
        writeln!(out, "{told}")?;
    }
    Ok(())
}

fn at(path: &str, done: std::io::Result<&str>) -> Result<String, InstallError> {
    match done {
        Ok(what) => Ok(format!("{what} {path}")),
        Err(cause) => Err(InstallError::File { path: path.into(), cause }),
    }
}

/// By a temporary file beside it, so that systemd never reads half of a unit.
fn write(path: &Path, text: &str) -> std::io::Result<&'static str> {
    if fs::read_to_string(path).is_ok_and(|there| there == text) {
        return Ok("unchanged");
    }
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let beside = path.with_extension("mes-dashboard-new");
    fs::write(&beside, text)?;
    // Whatever the umask of the shell is, systemd and `check` read it.
    fs::set_permissions(&beside, fs::Permissions::from_mode(0o644))?;
    fs::rename(&beside, path)?;
    Ok("wrote")
}

fn make(root: &Path, path: &str, text: &str, group: &str) -> std::io::Result<&'static str> {
    let there = below(root, path);
    if let Some(folder) = there.parent() {
        fs::create_dir_all(folder)?;
        fs::set_permissions(folder, fs::Permissions::from_mode(0o755))?;
    }
    let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&there);
    let mut file = match made {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => return Ok("kept"),
        made => made?,
    };
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    // Without that group only root may read it.
    if let Some(group) = group_id(root, group) {
        std::os::unix::fs::chown(&there, None, Some(group))?;
        fs::set_permissions(&there, fs::Permissions::from_mode(0o640))?;
    }
    Ok("made")
}

/// The id of a group below `root`.
fn group_id(root: &Path, name: &str) -> Option<u32> {
    let groups = fs::read_to_string(below(root, "/etc/group")).ok()?;
    groups.lines().find_map(|line| {
        let mut fields = line.split(':');
        (fields.next() == Some(name)).then(|| fields.nth(1)?.parse().ok())?
    })
}

fn remove(path: &Path) -> std::io::Result<&'static str> {
    let removed = match path.symlink_metadata() {
        Ok(there) if there.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(error) => Err(error),
    };
    match removed {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok("absent"),
        removed => removed.map(|()| "removed"),
    }
}

fn call(command: &[String]) -> Result<String, InstallError> {
    let shown = command.join(" ");
    let [program, arguments @ ..] = command else { return Ok(shown) };
    let failed = |cause: String| InstallError::Command { command: shown.clone(), cause };
    let output = Command::new(program).args(arguments).output();
    let output = output.map_err(|error| failed(error.to_string()))?;
    if output.status.success() {
        Ok(format!("ran {shown}"))
    } else {
        Err(failed(String::from_utf8_lossy(&output.stderr).trim().to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_the_operator_is_made_once_and_never_touched_again() {
        let root = tempfile::tempdir().unwrap();
        let make = |text| make(root.path(), "/etc/mes-dashboard/mes-dashboard.env", text, "none");
        assert_eq!(make("A=1\n").unwrap(), "made");
        assert_eq!(make("A=2\n").unwrap(), "kept");
        let path = root.path().join("etc/mes-dashboard/mes-dashboard.env");
        assert_eq!(fs::read_to_string(&path).unwrap(), "A=1\n");
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_file_of_the_program_is_brought_up_to_date() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("etc/unit");
        assert_eq!(write(&path, "1").unwrap(), "wrote");
        assert_eq!(write(&path, "1").unwrap(), "unchanged");
        assert_eq!(write(&path, "2").unwrap(), "wrote");
        assert_eq!(remove(&path).unwrap(), "removed");
        assert_eq!(remove(&path).unwrap(), "absent");
        assert_eq!(fs::read_dir(root.path().join("etc")).unwrap().count(), 0);
    }

    #[test]
    fn groups_are_those_of_the_root() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir(root.path().join("etc")).unwrap();
        fs::write(root.path().join("etc/group"), "root:x:0:\nmes-dashboard:x:997:\n").unwrap();
        assert_eq!(group_id(root.path(), "mes-dashboard"), Some(997));
        assert_eq!(group_id(root.path(), "mes"), None);
    }

    #[test]
    fn a_command_that_fails_says_so() {
        let failing = ["sh", "-c", "echo no bus >&2; exit 1"].map(str::to_owned);
        let error = call(&failing).unwrap_err().to_string();
        assert!(error.ends_with("failed: no bus"), "{error}");
        assert!(call(&["no-such-program".to_owned()]).is_err());
    }
}
