use std::os::unix::fs::symlink;
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
