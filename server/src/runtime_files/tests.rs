use std::io::BufRead;
use std::os::unix::fs::symlink;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};

use super::*;

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<_> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn what_was_written_is_read_and_only_by_those_who_may() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.json");
    assert_eq!(read_json::<Value>(&path).unwrap(), None, "no file is not an error");
    for (readers, mode) in [(Readers::Owner, 0o600), (Readers::Group, 0o640)] {
        write_json(&path, &json!({ "mode": mode }), readers).unwrap();
        assert_eq!(read_json::<Value>(&path).unwrap(), Some(json!({ "mode": mode })));
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, mode);
    }
    assert_eq!(names(folder.path()), ["state.json"], "nothing is left beside it");
    remove(&path).unwrap();
    remove(&path).unwrap();
}

#[test]
fn what_makes_no_sense_is_an_error_and_its_owner_keeps_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.json");
    let now: Timestamp = "2026-11-21T14:59:30.123Z".parse().unwrap();
    let long = vec![b' '; 1024 * 1024 + 1];
    for damaged in [&b""[..], b"{\"a\":", b"\xff\xfe", b"nul\0", b"{} {}", &long] {
        std::fs::write(&path, damaged).unwrap();
        let error = read_json::<Value>(&path).unwrap_err();
        assert!(error.is_content() && error.to_string().contains("state.json"), "{error}");
        assert!(path.exists(), "a reader leaves it alone");
        assert_eq!(read_own_json::<Value>(&path, now).unwrap(), None);
        assert_eq!(names(folder.path()), ["state.json.corrupt-20261121T145930.123Z"]);
        let kept = folder.path().join("state.json.corrupt-20261121T145930.123Z");
        assert_eq!(std::fs::read(kept).unwrap(), damaged);
    }
}

#[test]
fn links_and_pipes_are_refused_without_waiting() {
    let folder = tempfile::tempdir().unwrap();
    let (path, target) = (folder.path().join("state.json"), folder.path().join("other.json"));
    std::fs::write(&target, "{}").unwrap();
    symlink(&target, &path).unwrap();
    assert!(matches!(read_json::<Value>(&path), Err(RuntimeFileError::NotAFile(_))));
    write_json(&path, &json!(1), Readers::Owner).unwrap();
    assert_eq!(std::fs::read(&target).unwrap(), b"{}", "a link is replaced, not followed");
    assert!(!path.is_symlink());
    std::fs::remove_file(&path).unwrap();
    let made = std::process::Command::new("mkfifo").arg(&path).status().unwrap();
    assert!(made.success());
    assert!(matches!(read_json::<Value>(&path), Err(RuntimeFileError::NotAFile(_))));
}

#[test]
fn what_can_t_be_written_leaves_the_old_file() {
    let folder = tempfile::tempdir().unwrap();
    let nowhere = folder.path().join("missing/state.json");
    let error = write_json(&nowhere, &json!(1), Readers::Owner).unwrap_err();
    assert!(!error.is_content() && error.to_string().contains("can't be written"), "{error}");
    let path = folder.path().join("state.json");
    write_json(&path, &json!(1), Readers::Owner).unwrap();
    let long = "x".repeat(1024 * 1024);
    assert!(write_json(&path, &long, Readers::Owner).is_err());
    assert_eq!(read_json::<Value>(&path).unwrap(), Some(json!(1)));
    assert_eq!(names(folder.path()), ["state.json"]);
}

#[test]
fn a_reader_never_sees_a_part() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.json");
    write_json(&path, &vec![0; 1_000], Readers::Owner).unwrap();
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for round in 1..=50 {
                write_json(&path, &vec![round; 1_000], Readers::Owner).unwrap();
            }
            done.store(true, Ordering::SeqCst);
        });
        while !done.load(Ordering::SeqCst) {
            let seen = read_json::<Vec<u32>>(&path).unwrap().unwrap();
            assert_eq!(seen, vec![seen[0]; 1_000]);
        }
    });
}

#[test]
fn of_many_that_create_a_file_one_does() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("restart.json");
    let created = |name: u32| create_json(&path, &name, Readers::Group).unwrap();
    let winners: Vec<u32> = std::thread::scope(|scope| {
        let tries: Vec<_> =
            (0..16).map(|name| scope.spawn(move || (name, created(name)))).collect();
        let done = tries.into_iter().map(|one| one.join().unwrap());
        done.filter(|(_, won)| *won).map(|(name, _)| name).collect()
    });
    assert_eq!(winners.len(), 1);
    assert_eq!(read_json::<u32>(&path).unwrap(), Some(winners[0]));
    assert_eq!(names(folder.path()), ["restart.json"]);
}

/// Environment of the writer that is to be killed.
const WRITE_TO: &str = "RUNTIME_FILES_WRITE_TO";

#[test]
#[ignore = "the process that the test below kills"]
#[expect(clippy::print_stdout, reason = "what it acknowledges")]
fn a_writer_that_goes_on_until_it_is_killed() {
    let Some(path) = std::env::var_os(WRITE_TO).map(PathBuf::from) else { return };
    for number in 1..u32::MAX {
        write_json(&path, &vec![number; 5_000], Readers::Owner).unwrap();
        println!("written {number}");
    }
}

/// Kills with SIGKILL at moments that nobody chose.
#[test]
fn a_killed_writer_leaves_a_whole_file_with_all_that_it_acknowledged() {
    let kills: u32 = std::env::var("KILLS").map_or(100, |kills| kills.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.json");
    let mut chance = fastrand::Rng::with_seed(20_261_121);
    let (mut left, mut in_a_write) = (0, 0);
    for kill in 0..kills {
        let writer = "runtime_files::tests::a_writer_that_goes_on_until_it_is_killed";
        let mut process = Command::new(std::env::current_exe().unwrap())
            .args([writer, "--exact", "--ignored", "--nocapture"])
            .env(WRITE_TO, &path)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut told = std::io::BufReader::new(process.stdout.take().unwrap());
        let mut line = String::new();
        while !line.contains("written 1") {
            line.clear();
            assert_ne!(told.read_line(&mut line).unwrap(), 0, "it wrote nothing");
        }
        std::thread::sleep(Duration::from_micros(chance.u64(..5_000)));
        process.kill().unwrap();
        process.wait().unwrap();
        // Its last line may be cut; it then acknowledged nothing.
        let said = std::io::read_to_string(told).unwrap();
        let lines = said.split_inclusive('\n').filter_map(|line| line.strip_suffix('\n'));
        let mut numbers = lines.filter_map(|line| line.strip_prefix("written "));
        let last: u32 = numbers.next_back().map_or(1, |number| number.parse().unwrap());
        let seen = read_json::<Vec<u32>>(&path).unwrap().unwrap();
        assert_eq!(seen, vec![seen[0]; 5_000], "kill {kill}");
        assert!((last..=last + 1).contains(&seen[0]), "kill {kill}: {} of {last}", seen[0]);
        let beside = names(folder.path()).len() - 1;
        in_a_write += usize::from(beside > left);
        left = beside;
    }
    assert!(in_a_write > 0, "no kill hit a write");
    let now = SystemTime::now();
    assert_eq!(sweep(&path, now).unwrap(), 0, "they could still be in somebody's hands");
    std::fs::write(folder.path().join(".other.json-1.unfinished"), "").unwrap();
    assert_eq!(sweep(&path, now + Duration::from_secs(61)).unwrap(), left);
    assert_eq!(names(folder.path()), [".other.json-1.unfinished", "state.json"]);
}
