//! Files with settings: no line of them is lost without a word.

use super::{KEY, run, text};

/// The output of the program when it refuses to start with this `.env`.
fn refusal(file: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(".env"), file).unwrap();
    let settings = [("DATABASE_URL", "sqlite:plant.sqlite"), ("SECRET_KEY", KEY)];
    let output = run(folder.path(), &["serve"], &settings);
    let said = text(&output.stderr) + &text(&output.stdout);
    assert_eq!(output.status.code(), Some(64), "{said}");
    said
}

#[test]
fn a_line_of_dot_env_that_cannot_be_read_stops_the_start() {
    for (file, line) in [
        ("LOG_LEVEL=error\nexport LDAP_BIND_PASSWORD=s3cret\n", ".env:2: "),
        ("LOG_LEVEL=error\n\nLDAP_BIND_PASSWORD s3cret\n", ".env:3: "),
        ("LDAP_BIND_PASSWORD=\"s3cret\nLOG_LEVEL=error\n", ".env:1: "),
        ("LDAP_BIND_PASSWORD='s3cret\nLOG_LEVEL='error'\n", ".env:2: "),
    ] {
        let said = refusal(file);
        assert!(said.contains(line) && !said.contains("s3cret"), "{said}");
    }
}

#[test]
fn lines_after_one_with_a_blank_count_and_a_dollar_is_text() {
    let said = refusal("LDAP_BIND_DN=cn=svc reader,dc=plant\nDB_POOL_SIZE=0\n");
    assert!(said.contains("DB_POOL_SIZE takes a whole number"), "{said}");
    let said = refusal("LDAP_BIND_DN=cn=svc reader,dc=plant # no comment\nDB_POOL_SIZE=pa$$word\n");
    assert!(said.contains("pa$$word"), "{said}");
    let said = refusal("DB_POOL_SIZE=1\nDB_POOL_SIZE=\"$HOME \\\n${KEY}\"\n");
    assert!(said.contains("$HOME ${KEY}"), "{said}");
}

#[test]
fn the_environment_file_of_a_service_is_held_to_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mes.env");
    std::fs::write(&path, "LOG_LEVEL=error\nexport LDAP_BIND_PASSWORD=s3cret\n").unwrap();
    let path = path.to_str().unwrap();
    let settings = [
        ("DATABASE_URL", "sqlite:plant.sqlite"),
        ("SECRET_KEY", KEY),
        ("BIND_ADDR", "127.0.0.1:0"),
        ("SETTINGS_FILE", path),
    ];
    let output = run(folder.path(), &["serve"], &settings);
    let said = text(&output.stderr) + &text(&output.stdout);
    assert_eq!(output.status.code(), Some(64), "{said}");
    assert!(said.contains(&format!("{path}:2: ")) && !said.contains("s3cret"), "{said}");
}
