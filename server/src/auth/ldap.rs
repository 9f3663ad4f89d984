//! Users of a directory: their password is checked by binding as them, their role follows from
//! their groups.
//!
//! Credentials go to the configured servers and nowhere else: their hosts have to be on a list, their
//! certificates have to be good for those hosts, and referrals are never followed. Of several servers
//! the one that answered last is asked first, and another one where it gives no answer. What a visitor
//! wrote is escaped wherever it gets into a name or a filter. An empty password is rejected before
//! anything is asked, because directories take it as "nobody in particular" and say yes.
//!
//! Who somebody is follows from their entry, not from what they typed: a directory may take more
//! spellings for one account than can be known here.

mod groups;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use ldap3::{
    Ldap, LdapConnAsync, LdapConnSettings, LdapError, Scope, SearchEntry, dn_escape, ldap_escape,
};
use rustls::ClientConfig;
use tokio::sync::Semaphore;
use tokio::time::timeout;
use tokio_util::task::AbortOnDropHandle;
use url::Url;

use super::role::Role;
use crate::secret::Secret;
use crate::user_name::{UserName, canonical, has_domain};

pub use groups::{InvalidGroups, RoleGroups};

/// Questions to the directory at the same time; more wait within their own time limit.
const AT_ONCE: usize = 16;
/// Stands for the name in templates and filters.
pub const USER: &str = "{user}";
/// Stands for the user's distinguished name in the filter for groups.
pub const USER_DN: &str = "{dn}";
/// What directories answer to the name and password of somebody who may not come in: constraint
/// violation (a locked account, too many attempts), no such object, invalid DN, inappropriate
/// authentication, invalid credentials (in Active Directory also locked, disabled and expired ones),
/// unwilling to perform (a locked or disabled account).
const WRONG: [u32; 6] = [19, 32, 34, 48, 49, 53];
/// Attributes that name an account whatever the filter asks for.
const ACCOUNT_NAMES: [&str; 2] = ["uid", "sAMAccountName"];

/// How the directory is told who wants in.
#[derive(Clone, Debug)]
pub enum Binding {
    /// The name in the directory follows from the user's name.
    Template(String),
    /// Somebody else looks it up first.
    Search {
        /// Name of the account that looks up.
        bind_dn: String,
        /// Its password.
        password: Secret,
    },
}

/// A directory and what is asked of it.
#[derive(Clone, Debug)]
pub struct DirectorySettings {
    /// `ldaps://HOST:PORT` or `ldap://HOST:PORT`; the first one is asked first. Not empty.
    pub urls: Vec<Url>,
    /// Whether `ldap://` becomes TLS before anything is said. Only development may do without.
    pub start_tls: bool,
    /// Which certificates are good; the system's where there is none.
    pub tls: Option<Arc<ClientConfig>>,
    /// Below it users are looked up.
    pub base_dn: String,
    /// How to bind.
    pub binding: Binding,
    /// Finds a user by `{user}`.
    pub user_filter: String,
    /// Below it groups are looked up.
    pub group_base_dn: String,
    /// Finds groups by `{dn}` and `{user}`; empty where `memberOf` says it all.
    pub group_filter: String,
    /// Which group gives which role.
    pub roles: RoleGroups,
    /// Time for everything that one sign-in asks.
    pub limit: Duration,
}

/// Why the directory gave no answer.
#[derive(Debug, thiserror::Error)]
pub enum DirectoryError {
    /// It did not answer in time.
    #[error("the directory did not answer within {} ms", .0.as_millis())]
    TimedOut(Duration),
    /// It can't be reached or trusted, or refused a question.
    #[error("the directory: {0}")]
    Failed(#[from] LdapError),
    /// The account that looks up users can't.
    #[error("the directory refuses the account of LDAP_BIND_DN")]
    ServiceAccount,
}

/// A connection and the task that drives it; it is closed when this goes away.
struct Connection {
    ldap: Ldap,
    _driver: AbortOnDropHandle<()>,
}

/// A user's entry.
struct Entry {
    dn: String,
    groups: Vec<String>,
    /// Canonical; the first one is theirs here. Empty where the entry says none.
    names: Vec<String>,
}

/// Somebody whose password the directory took.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DirectoryUser {
    /// All canonical names of the account; the first one is theirs here.
    pub names: Vec<String>,
    /// What their groups let them do.
    pub role: Role,
}

/// The directory.
#[derive(Debug)]
pub struct Directory {
    settings: DirectorySettings,
    /// Attributes whose value is the user's name.
    name_attributes: Vec<String>,
    turns: Semaphore,
    /// The server that answered last.
    good: AtomicUsize,
}

impl Directory {
    /// The directory as it is set up; nothing is asked yet.
    pub fn new(settings: DirectorySettings) -> Self {
        let name_attributes = name_attributes(&settings.user_filter);
        Self {
            settings,
            name_attributes,
            turns: Semaphore::new(AT_ONCE),
            good: AtomicUsize::new(0),
        }
    }

    /// A user whose password is right; `None` when it is wrong, when there is no such user or more
    /// than one, or when none of the groups gives a role.
    ///
    /// # Errors
    /// The directory gave no answer.
    pub async fn user_of(
        &self,
        name: &UserName,
        password: &str,
    ) -> Result<Option<DirectoryUser>, DirectoryError> {
        if password.is_empty() {
            return Ok(None);
        }
        let limit = self.settings.limit;
        let asking = async {
            // Fails only when the semaphore is closed, which it never is.
            let _turn = self.turns.acquire().await;
            self.ask_servers(name, password).await
        };
        timeout(limit, asking).await.map_err(|_| DirectoryError::TimedOut(limit))?
    }

    /// Asks one server after the other until one has answered.
    async fn ask_servers(
        &self,
        name: &UserName,
        password: &str,
    ) -> Result<Option<DirectoryUser>, DirectoryError> {
        let urls = &self.settings.urls;
        let (first, share) =
            (self.good.load(Ordering::Relaxed), self.settings.limit / urls.len() as u32);
        let mut failed = DirectoryError::TimedOut(share);
        for number in (0..urls.len()).map(|place| (first + place) % urls.len()) {
            let url = &urls[number];
            let asked = timeout(share, self.ask(url, name, password)).await;
            match asked.unwrap_or(Err(DirectoryError::TimedOut(share))) {
                Err(cause @ (DirectoryError::TimedOut(_) | DirectoryError::Failed(_))) => {
                    if urls.len() > 1 {
                        tracing::warn!(%cause, %url, "a server of the directory gave no answer");
                    }
                    failed = cause;
                }
                answered => {
                    self.good.store(number, Ordering::Relaxed);
                    return answered;
                }
            }
        }
        Err(failed)
    }

    async fn ask(
        &self,
        url: &Url,
        typed: &UserName,
        password: &str,
    ) -> Result<Option<DirectoryUser>, DirectoryError> {
        let (settings, name) = (&self.settings, typed.asked.as_str());
        let mut asks = self.connect(url).await?;
        let entry = match &settings.binding {
            Binding::Template(template) => {
                let bind_name = filled_template(template, name);
                if !bound(&mut asks.ldap, &bind_name, password).await? {
                    return Ok(None);
                }
                match self.entry(&mut asks.ldap, typed).await? {
                    Some(entry) => entry,
                    // The account has another name than this, and which one can't be told.
                    None if has_domain(&typed.canonical) => {
                        tracing::warn!(
                            user = name,
                            "a name with a domain is taken only where its entry can be read, or with \
                             the domain in LDAP_USER_DOMAINS"
                        );
                        return Ok(None);
                    }
                    // Somebody without the right to read their own entry is still in groups.
                    None => Entry { dn: bind_name, groups: Vec::new(), names: Vec::new() },
                }
            }
            Binding::Search { bind_dn, password: service } => {
                if !bound(&mut asks.ldap, bind_dn, service.expose()).await? {
                    return Err(DirectoryError::ServiceAccount);
                }
                let Some(entry) = self.entry(&mut asks.ldap, typed).await? else { return Ok(None) };
                // On a connection of its own: this one keeps the rights to look up groups.
                let mut theirs = self.connect(url).await?;
                if !bound(&mut theirs.ldap, &entry.dn, password).await? {
                    return Ok(None);
                }
                entry
            }
        };
        let mut names = entry.names.clone();
        if names.is_empty() {
            names.push(typed.canonical.clone());
        }
        let groups = self.groups(&mut asks.ldap, name, entry).await?;
        let Some(role) = settings.roles.role_of(&groups) else {
            tracing::info!(user = name, "a user of the directory has no group with a role");
            return Ok(None);
        };
        Ok(Some(DirectoryUser { names, role }))
    }

    async fn connect(&self, url: &Url) -> Result<Connection, DirectoryError> {
        let settings = &self.settings;
        let mut how = LdapConnSettings::new().set_starttls(settings.start_tls);
        if let Some(tls) = &settings.tls {
            how = how.set_config(tls.clone());
        }
        let (connection, ldap) = LdapConnAsync::from_url_with_settings(how, url).await?;
        let driver = tokio::spawn(async move {
            // Whoever waits for an answer is told as well.
            if let Err(error) = connection.drive().await {
                tracing::debug!(%error, "the connection to the directory broke");
            }
        });
        Ok(Connection { ldap, _driver: AbortOnDropHandle::new(driver) })
    }

    /// The one entry of a user. Parts that live elsewhere are left out, not looked for there.
    async fn entry(
        &self,
        ldap: &mut Ldap,
        typed: &UserName,
    ) -> Result<Option<Entry>, DirectoryError> {
        let filter = self.settings.user_filter.replace(USER, &ldap_escape(typed.asked.as_str()));
        let base = &self.settings.base_dn;
        let mut wanted = vec!["memberOf"];
        wanted.extend(self.name_attributes.iter().map(String::as_str));
        let found = ldap.search(base, Scope::Subtree, &filter, wanted).await?;
        let (entries, _) = found.success()?;
        let mut entries = entries.into_iter().filter(|entry| !entry.is_ref());
        let (Some(entry), None) = (entries.next(), entries.next()) else { return Ok(None) };
        let entry = SearchEntry::construct(entry);
        let values = |wanted: &str| {
            let found = entry.attrs.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted));
            found.map_or(&[][..], |(_, values)| values.as_slice())
        };
        let mut names: Vec<String> = Vec::new();
        for attribute in &self.name_attributes {
            let read = values(attribute).iter().filter_map(|value| canonical(value).ok());
            let mut read: Vec<String> = read.collect();
            // What was typed where the account has several names; else always the same one of them.
            read.sort_by_key(|name| (*name != typed.canonical, name.clone()));
            names.extend(read);
        }
        Ok(Some(Entry { groups: values("memberOf").to_vec(), dn: entry.dn, names }))
    }

    async fn groups(
        &self,
        ldap: &mut Ldap,
        name: &str,
        entry: Entry,
    ) -> Result<Vec<String>, DirectoryError> {
        let settings = &self.settings;
        let mut groups = entry.groups;
        if !settings.group_filter.is_empty() {
            let filter = settings
                .group_filter
                .replace(USER_DN, &ldap_escape(entry.dn.as_str()))
                .replace(USER, &ldap_escape(name));
            let base = &settings.group_base_dn;
            // "1.1" asks for no attribute at all.
            let found = ldap.search(base, Scope::Subtree, &filter, vec!["1.1"]).await?;
            let (found, _) = found.success()?;
            let found = found.into_iter().filter(|group| !group.is_ref());
            groups.extend(found.map(|group| SearchEntry::construct(group).dn));
        }
        Ok(groups)
    }
}

/// Attributes that a filter compares with the user's name, and those that name an account anyway.
fn name_attributes(filter: &str) -> Vec<String> {
    let compared = filter.match_indices("={user})").filter_map(|(at, _)| {
        let attribute = filter[..at].rsplit('(').next()?.trim_end_matches('~').trim();
        let is_plain = |b: u8| b.is_ascii_alphanumeric() || b"-.;".contains(&b);
        (!attribute.is_empty() && attribute.bytes().all(is_plain)).then_some(attribute)
    });
    let mut all: Vec<String> = Vec::new();
    for attribute in compared.chain(ACCOUNT_NAMES) {
        if !all.iter().any(|known| known.eq_ignore_ascii_case(attribute)) {
            all.push(attribute.to_owned());
        }
    }
    all
}

/// The name to bind with. In a distinguished name other characters are special than in `user@realm`.
fn filled_template(template: &str, name: &str) -> String {
    if template.contains('=') {
        template.replace(USER, &dn_escape(name))
    } else {
        template.replace(USER, name)
    }
}

/// Whether the directory takes this name and password.
async fn bound(ldap: &mut Ldap, name: &str, password: &str) -> Result<bool, DirectoryError> {
    let answer = ldap.simple_bind(name, password).await?;
    if WRONG.contains(&answer.rc) {
        if let Some(why) = refused_for(answer.rc, &answer.text) {
            tracing::warn!(name, why, "the directory refused a sign-in");
        }
        return Ok(false);
    }
    // A referral is an error here, like everything else that is no success.
    answer.success()?;
    Ok(true)
}

/// Why an account may not come in, where it is another reason than a wrong password. For
/// administrators: a visitor is not told.
fn refused_for(code: u32, text: &str) -> Option<&'static str> {
    // Active Directory: "80090308: LdapErr: DSID-0C09042A, comment: …, data 775, v3839".
    let data = text.split("data ").nth(1).map(|rest| rest.split([',', ' ']).next().unwrap_or(rest));
    match (code, data) {
        (49, Some("530")) => Some("it may not sign in at this time"),
        (49, Some("531")) => Some("it may not sign in from here"),
        (49, Some("532")) => Some("its password has expired"),
        (49, Some("533")) => Some("it is disabled"),
        (49, Some("701")) => Some("it has expired"),
        (49, Some("773")) => Some("its password has to be changed first"),
        (49, Some("775")) => Some("it is locked"),
        (19, _) => Some("it is locked, or had too many attempts (constraint violation)"),
        (53, _) => Some("it is locked or disabled (unwilling to perform)"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    use crate::user_name::NameReader;

    fn name(typed: &str) -> UserName {
        NameReader::default().read(typed).unwrap()
    }

    /// A directory that answers every bind with a result code and a text.
    async fn answering(code: u8, text: &str) -> (Url, tokio::task::JoinHandle<usize>) {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("ldap://{}", listener.local_addr().unwrap());
        // BindResponse to message 1.
        let said = text.len() as u8;
        let mut answer = vec![0x30, 12 + said, 0x02, 0x01, 0x01, 0x61, 7 + said, 0x0a, 0x01, code];
        answer.extend([0x04, 0x00, 0x04, said]);
        answer.extend(text.as_bytes());
        let heard = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut bind = [0; 1024];
            assert!(stream.read(&mut bind).await.unwrap() > 0);
            stream.write_all(&answer).await.unwrap();
            let mut more = [0; 1024];
            // Leaving is no question.
            let read = stream.read(&mut more).await.unwrap_or(0);
            if more[..read].ends_with(&[0x42, 0x00]) { 0 } else { read }
        });
        (url.parse().unwrap(), heard)
    }

    fn directory(urls: Vec<Url>) -> Directory {
        Directory::new(DirectorySettings {
            urls,
            start_tls: false,
            tls: None,
            base_dn: "dc=plant".to_owned(),
            binding: Binding::Template("uid={user},dc=plant".to_owned()),
            user_filter: "(uid={user})".to_owned(),
            group_base_dn: "dc=plant".to_owned(),
            group_filter: String::new(),
            roles: RoleGroups::parse("admin=cn=a,dc=plant").unwrap(),
            limit: Duration::from_secs(10),
        })
    }

    #[tokio::test]
    async fn a_bind_that_is_answered_by_a_referral_is_no_success() {
        let (url, heard) = answering(10, "").await;
        let asked = directory(vec![url]).user_of(&name("chen"), "a password").await;
        assert!(matches!(asked, Err(DirectoryError::Failed(_))), "{asked:?}");
        assert_eq!(heard.await.unwrap(), 0, "something was asked after the referral");
    }

    #[tokio::test]
    async fn a_locked_account_is_refused_and_a_directory_in_trouble_is_not_available() {
        let locked = "80090308: LdapErr: DSID-0C09, comment: Accept, data 775, v3839";
        for (code, text) in
            [(19, "Exceed password retry limit"), (49, locked), (49, ""), (53, "locked"), (32, "")]
        {
            let (url, _heard) = answering(code, text).await;
            let asked = directory(vec![url]).user_of(&name("chen"), "a password").await;
            assert_eq!(asked.unwrap(), None, "{code} {text}");
        }
        for code in [1, 2, 8, 13, 51, 52, 80] {
            let (url, _heard) = answering(code, "").await;
            let asked = directory(vec![url]).user_of(&name("chen"), "a password").await;
            assert!(matches!(asked, Err(DirectoryError::Failed(_))), "{code}: {asked:?}");
        }
        assert_eq!(refused_for(49, locked), Some("it is locked"));
        assert_eq!(refused_for(49, "data 52e, v1"), None, "a wrong password");
        assert_eq!(refused_for(49, "data"), None);
    }

    #[tokio::test]
    async fn another_server_is_asked_where_one_gives_no_answer() {
        let gone = {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            format!("ldap://{}", listener.local_addr().unwrap()).parse().unwrap()
        };
        let (busy, _heard) = answering(51, "").await;
        let (refusing, _heard) = answering(49, "").await;
        let directory = directory(vec![gone, busy, refusing]);
        assert_eq!(directory.user_of(&name("chen"), "a password").await.unwrap(), None);
        assert_eq!(directory.good.load(Ordering::Relaxed), 2, "it is asked first from now on");
    }

    #[test]
    fn what_names_an_account_follows_from_the_filter() {
        for (filter, expected) in [
            ("(uid={user})", &["uid", "sAMAccountName"][..]),
            ("(&(objectClass=person)(cn={user}))", &["cn", "uid", "sAMAccountName"]),
            (
                "(|(sAMAccountName={user})(userPrincipalName={user}))",
                &["sAMAccountName", "userPrincipalName", "uid"],
            ),
            ("(mail={user}@plant.example)", &["uid", "sAMAccountName"]),
        ] {
            assert_eq!(name_attributes(filter), expected, "{filter}");
        }
    }

    #[test]
    fn names_are_escaped_for_where_they_go() {
        let dn = "uid={user},ou=people,dc=plant";
        assert_eq!(filled_template(dn, "chen"), "uid=chen,ou=people,dc=plant");
        let hostile = filled_template(dn, "chen,ou=admins");
        assert!(hostile.starts_with("uid=chen\\"), "{hostile}");
        assert_eq!(filled_template("{user}@plant.example", "chen"), "chen@plant.example");
        assert_eq!(ldap_escape("*)(uid=*"), "\\2a\\29\\28uid=\\2a");
    }
}
