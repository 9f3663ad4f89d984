//! Users of a real directory, and of one that is wrong, gone, frozen or hostile.

#[path = "../support/signals.rs"]
mod signals;
#[path = "../support/slapd.rs"]
mod slapd;

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::time::{Duration, Instant};

use clap::Parser;
use mes_dashboard::app_store::AppStore;
use mes_dashboard::auth::clock::Clock;
use mes_dashboard::auth::ldap::{Directory, DirectoryError};
use mes_dashboard::auth::password::{Passwords, hash_new};
use mes_dashboard::auth::role::Role;
use mes_dashboard::auth::secret_key::SecretKey;
use mes_dashboard::auth::session::Source;
use mes_dashboard::auth::sign_in::{Attempt, SignIn, SignInError};
use mes_dashboard::auth::users::Users;
use mes_dashboard::config::{AppEnv, LdapSettings};
use mes_dashboard::user_name::{NameReader, UserName};
use slapd::Server;

const PASSWORD: &str = "directory battery staple";

fn name(typed: &str) -> UserName {
    NameReader::default().read(typed).unwrap()
}

async fn role_of(
    directory: &Directory,
    typed: &str,
    password: &str,
) -> Result<Option<Role>, DirectoryError> {
    Ok(directory.user_of(&name(typed), password).await?.map(|user| user.role))
}

/// Users, two groups, an account that looks users up, and a part that lives elsewhere.
fn entries(elsewhere: u16) -> String {
    let user = |uid: &str| {
        format!(
            "dn: uid={uid},ou=people,dc=plant\nobjectClass: inetOrgPerson\nuid: {uid}\ncn: {uid}\n\
             sn: {uid}\nuserPassword: {PASSWORD}\n\n"
        )
    };
    let group = |name: &str, member: &str| {
        format!(
            "dn: cn={name},ou=groups,dc=plant\nobjectClass: groupOfNames\ncn: {name}\n\
             member: uid={member},ou=people,dc=plant\n\n"
        )
    };
    // In a distinguished name some characters are escaped (RFC 4514), in a value they are not.
    let odd = |in_dn: &str, value: &str| {
        format!(
            "dn: uid={in_dn},ou=people,dc=plant\nobjectClass: inetOrgPerson\nuid: {value}\n\
             cn: x\nsn: x\nuserPassword: {PASSWORD}\n\n"
        )
    };
    let unit = |name: &str| {
        format!("dn: ou={name},dc=plant\nobjectClass: organizationalUnit\nou: {name}\n\n")
    };
    [
        "dn: dc=plant\nobjectClass: dcObject\nobjectClass: organization\no: plant\ndc: plant\n\n"
            .to_owned(),
        unit("people"),
        unit("groups"),
        user("chen"),
        user("lin"),
        user("wei"),
        odd("o'neil", "o'neil"),
        odd("chen wei", "chen wei"),
        odd("a\\+b", "a+b"),
        odd("PLANT\\5cchen", "PLANT\\chen"),
        odd("a\\,b\\;c", "a,b;c"),
        odd("\\#1 (x)*", "#1 (x)*"),
        "dn: cn=odd,ou=groups,dc=plant\nobjectClass: groupOfNames\ncn: odd\n\
         member: uid=o'neil,ou=people,dc=plant\nmember: uid=chen wei,ou=people,dc=plant\n\
         member: uid=a\\+b,ou=people,dc=plant\nmember: uid=PLANT\\5cchen,ou=people,dc=plant\n\
         member: uid=a\\,b\\;c,ou=people,dc=plant\n\
         member: uid=\\#1 (x)*,ou=people,dc=plant\n\n"
            .to_owned(),
        group("mes-admins", "chen"),
        group("mes-engineers", "lin"),
        "dn: cn=reader,dc=plant\nobjectClass: person\ncn: reader\nsn: reader\n\
         userPassword: reader secret\n\n"
            .to_owned(),
        format!(
            "dn: ou=elsewhere,ou=people,dc=plant\nobjectClass: referral\n\
             objectClass: extensibleObject\nou: elsewhere\n\
             ref: ldap://127.0.0.1:{elsewhere}/ou=people,dc=evil\n\n"
        ),
    ]
    .concat()
}

#[derive(Parser)]
struct Settings {
    #[command(flatten)]
    ldap: LdapSettings,
}

const TEMPLATE: [&str; 1] = ["--ldap-bind-template=uid={user},ou=people,dc=plant"];
const SEARCH: [&str; 2] =
    ["--ldap-bind-dn=cn=reader,dc=plant", "--ldap-bind-password=reader secret"];

fn directory(url: &str, ca_file: &Path, binding: &[&str]) -> Directory {
    let url = format!("--ldap-url={url}");
    let ca_file = format!("--ldap-ca-file={}", ca_file.display());
    let arguments = [
        "serve",
        &url,
        &ca_file,
        "--ldap-allowed-hosts=localhost,127.0.0.1",
        "--ldap-base-dn=dc=plant",
        "--ldap-role-groups=admin=cn=mes-admins,ou=groups,dc=plant;engineer=CN=mes-engineers,OU=groups,DC=plant;viewer=cn=odd,ou=groups,dc=plant",
        "--ldap-timeout-ms=2000",
    ];
    let settings = Settings::parse_from(arguments.iter().chain(binding));
    settings.ldap.directory(AppEnv::Production).unwrap().unwrap()
}

/// Listens where nobody may come.
fn trap() -> (TcpListener, u16) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    listener.set_nonblocking(true).unwrap();
    let port = listener.local_addr().unwrap().port();
    (listener, port)
}

#[tokio::test]
async fn groups_give_roles_over_both_kinds_of_tls_and_both_ways_to_bind() {
    let (elsewhere, port) = trap();
    let server = Server::start(&entries(port));
    let urls = [
        format!("ldaps://localhost:{}", server.tls_port),
        format!("ldap://localhost:{}", server.port),
    ];
    for url in &urls {
        for binding in [&TEMPLATE[..], &SEARCH] {
            let directory = directory(url, &server.ca_file, binding);
            for (name, password, role) in [
                ("chen", PASSWORD, Some(Role::Admin)),
                ("CHEN", PASSWORD, Some(Role::Admin)),
                ("lin", PASSWORD, Some(Role::Engineer)),
                ("wei", PASSWORD, None),
                ("chen", "wrong", None),
                ("chen", "", None),
                ("nobody", PASSWORD, None),
                ("o'neil", PASSWORD, Some(Role::Viewer)),
                ("O'Neil", PASSWORD, Some(Role::Viewer)),
                ("o'neil", "wrong", None),
                ("chen wei", PASSWORD, Some(Role::Viewer)),
                ("Chen   Wei", PASSWORD, Some(Role::Viewer)),
                ("a+b", PASSWORD, Some(Role::Viewer)),
                ("PLANT\\chen", PASSWORD, Some(Role::Viewer)),
                ("a,b;c", PASSWORD, Some(Role::Viewer)),
                ("#1 (x)*", PASSWORD, Some(Role::Viewer)),
                ("ｃｈｅｎ", PASSWORD, Some(Role::Admin)),
                ("𝐜𝐡𝐞𝐧", PASSWORD, Some(Role::Admin)),
                // Whatever would widen a filter or move a name.
                ("*", PASSWORD, None),
                ("ch*", PASSWORD, None),
                ("chen)(uid=*", PASSWORD, None),
                ("chen)(|(uid=*", PASSWORD, None),
                ("*)(uid=chen))(|(uid=*", PASSWORD, None),
                ("chen\\2a", PASSWORD, None),
                ("chen,ou=people", PASSWORD, None),
                ("chen+cn=chen", PASSWORD, None),
                ("cn=reader,dc=plant", "reader secret", None),
                ("陳", PASSWORD, None),
            ] {
                let found = role_of(&directory, name, password).await.unwrap();
                assert_eq!(found, role, "{name:?} {password:?} {url} {binding:?}");
            }
        }
    }
    assert!(elsewhere.accept().is_err(), "a referral was followed");
}

#[tokio::test]
async fn a_directory_that_can_not_be_trusted_gets_no_password() {
    let server = Server::start(&entries(1));
    let folder = tempfile::tempdir().unwrap();
    let foreign = slapd::foreign_ca(folder.path());
    for (url, ca_file) in [
        (format!("ldaps://localhost:{}", server.tls_port), &foreign),
        (format!("ldap://localhost:{}", server.port), &foreign),
        // The certificate is for localhost.
        (format!("ldaps://127.0.0.1:{}", server.tls_port), &server.ca_file),
        (format!("ldap://127.0.0.1:{}", server.port), &server.ca_file),
        // TLS to a server without it, and the other way round.
        (format!("ldaps://localhost:{}", server.port), &server.ca_file),
        (format!("ldap://localhost:{}", server.tls_port), &server.ca_file),
    ] {
        let asked = directory(&url, ca_file, &TEMPLATE).user_of(&name("chen"), PASSWORD).await;
        assert!(asked.is_err(), "{url}: {asked:?}");
    }
    let wrong = ["--ldap-bind-dn=cn=reader,dc=plant", "--ldap-bind-password=wrong"];
    let url = format!("ldaps://localhost:{}", server.tls_port);
    let asked = directory(&url, &server.ca_file, &wrong).user_of(&name("chen"), PASSWORD).await;
    assert!(matches!(asked, Err(DirectoryError::ServiceAccount)), "{asked:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_refuses_tls_hears_nothing_else() {
    let server = Server::start(&entries(1));
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let url = format!("ldap://localhost:{}", listener.local_addr().unwrap().port());
    let heard = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(3))).unwrap();
        let mut heard = vec![0; 4096];
        let read = stream.read(&mut heard).unwrap();
        heard.truncate(read);
        // ExtendedResponse to message 1: unwilling to perform.
        let refusal =
            [0x30, 0x0c, 0x02, 0x01, 0x01, 0x78, 0x07, 0x0a, 0x01, 0x35, 0x04, 0x00, 0x04, 0x00];
        stream.write_all(&refusal).unwrap();
        let _ = stream.read_to_end(&mut heard);
        heard
    });
    let asked = directory(&url, &server.ca_file, &TEMPLATE).user_of(&name("chen"), PASSWORD).await;
    assert!(asked.is_err(), "{asked:?}");
    let heard = heard.join().unwrap();
    assert!(!heard.is_empty());
    let holds = |part: &[u8]| heard.windows(part.len()).any(|window| window == part);
    assert!(holds(b"1.3.6.1.4.1.1466.20037"), "it was asked for TLS");
    assert!(!holds(PASSWORD.as_bytes()) && !holds(b"chen"), "and told nothing");
}

#[tokio::test]
async fn a_directory_that_is_gone_or_frozen_is_told_apart_from_a_wrong_password_in_time() {
    let mut server = Server::start(&entries(1));
    let url = format!("ldaps://localhost:{}", server.tls_port);
    let directory = directory(&url, &server.ca_file, &SEARCH);
    assert_eq!(role_of(&directory, "chen", PASSWORD).await.unwrap(), Some(Role::Admin));
    signals::freeze(&server.process);
    let start = Instant::now();
    let storm = (0..100).map(|_| role_of(&directory, "chen", PASSWORD));
    for asked in futures_util::future::join_all(storm).await {
        assert!(matches!(asked, Err(DirectoryError::TimedOut(_))), "{asked:?}");
    }
    assert!(start.elapsed() < Duration::from_secs(4), "{:?}", start.elapsed());
    signals::thaw(&server.process);
    assert_eq!(role_of(&directory, "chen", PASSWORD).await.unwrap(), Some(Role::Admin));
    signals::kill(&mut server.process);
    let gone = directory.user_of(&name("chen"), PASSWORD).await;
    assert!(matches!(gone, Err(DirectoryError::Failed(_))), "{gone:?}");
}

#[tokio::test]
async fn what_is_no_name_or_no_password_is_refused_without_asking() {
    let server = Server::start(&entries(1));
    let (trap, port) = trap();
    let directory = directory(&format!("ldaps://localhost:{port}"), &server.ca_file, &TEMPLATE);
    assert_eq!(role_of(&directory, "chen", "").await.unwrap(), None);
    let (sign_in, _) = sign_in(directory, NameReader::default()).await;
    for typed in ["", " ", "chen\0", "ch\u{200b}en"] {
        let refused = sign_in.check(attempt(typed, PASSWORD)).await;
        assert!(matches!(refused, Err(SignInError::Name(_))), "{typed:?}: {refused:?}");
    }
    assert!(trap.accept().is_err(), "the directory was asked");
}

async fn sign_in(directory: Directory, names: NameReader) -> (SignIn, Users) {
    let store = AppStore::open("sqlite::memory:").await.unwrap();
    let users = Users::new(store, Clock::system());
    let key = SecretKey::random().unwrap();
    let passwords = Passwords::new().unwrap();
    (SignIn::new(users.clone(), passwords, Some(directory), names, key), users)
}

fn attempt<'a>(name: &'a str, password: &'a str) -> Attempt<'a> {
    Attempt { name, password, network: Ipv4Addr::LOCALHOST.into(), device: None }
}

#[tokio::test]
async fn a_disabled_local_user_does_not_come_in_through_the_directory_by_another_spelling() {
    let server = Server::start(&entries(1));
    let url = format!("ldaps://localhost:{}", server.tls_port);
    for binding in [&TEMPLATE[..], &SEARCH] {
        let names = NameReader::new(["PLANT"]).unwrap();
        let directory = directory(&url, &server.ca_file, binding);
        let (sign_in, users) = sign_in(directory, names).await;
        let known = sign_in.check(attempt("ｃｈｅｎ", PASSWORD)).await.unwrap();
        assert_eq!((known.user_name.as_str(), known.role), ("chen", Role::Admin));
        assert_eq!(known.source, Source::Ldap);
        users.add("chen", Role::Viewer, &hash_new("another password").unwrap()).await.unwrap();
        users.set_enabled("chen", false).await.unwrap();
        let spellings = ["chen", "CHEN", "ｃｈｅｎ", "𝐜𝐡𝐞𝐧", "PLANT\\chen", "chen@plant"];
        for spelling in spellings {
            let refused = sign_in.check(attempt(spelling, PASSWORD)).await;
            assert_eq!(refused, Err(SignInError::Wrong), "{spelling} {binding:?}");
        }
    }
}

#[tokio::test]
async fn who_somebody_is_follows_from_their_entry_and_not_from_what_they_typed() {
    // The directory finds the same entry by its mail address.
    let entries = entries(1).replace(
        "dn: uid=lin,ou=people,dc=plant\n",
        "dn: uid=lin,ou=people,dc=plant\nmail: LIN@plant.example\n",
    );
    let server = Server::start(&entries);
    let url = format!("ldaps://localhost:{}", server.tls_port);
    let filter = "--ldap-user-filter=(|(uid={user})(mail={user}))";
    let binding = [SEARCH[0], SEARCH[1], filter];
    let directory = directory(&url, &server.ca_file, &binding);
    let (sign_in, users) = sign_in(directory, NameReader::default()).await;
    for typed in ["lin", "Lin@Plant.example"] {
        let known = sign_in.check(attempt(typed, PASSWORD)).await.unwrap();
        assert_eq!(known.user_name, "lin", "{typed}");
    }
    users.add("lin", Role::Viewer, "$argon2id$unusable").await.unwrap();
    users.set_enabled("lin", false).await.unwrap();
    for typed in ["lin", "lin@plant.example"] {
        let refused = sign_in.check(attempt(typed, PASSWORD)).await;
        assert_eq!(refused, Err(SignInError::Wrong), "{typed}");
    }
}

#[tokio::test]
async fn another_server_of_the_directory_is_asked_where_one_is_gone() {
    let (one, mut other) = (Server::start(&entries(1)), Server::start(&entries(1)));
    // One authority for both.
    let authorities = tempfile::NamedTempFile::new().unwrap();
    let both = [&one.ca_file, &other.ca_file].map(|file| std::fs::read_to_string(file).unwrap());
    std::fs::write(authorities.path(), both.concat()).unwrap();
    let urls = [&other, &one].map(|server| format!("ldaps://localhost:{}", server.tls_port));
    let directory = directory(&urls.join(" "), authorities.path(), &SEARCH);
    assert_eq!(role_of(&directory, "chen", PASSWORD).await.unwrap(), Some(Role::Admin));
    signals::kill(&mut other.process);
    assert_eq!(role_of(&directory, "chen", PASSWORD).await.unwrap(), Some(Role::Admin));
    assert_eq!(role_of(&directory, "chen", "wrong").await.unwrap(), None);
}
