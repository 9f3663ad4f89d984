//! Users of a directory: their password is checked by binding as them, their role follows from
//! their groups.
//!
//! Credentials go to the one configured server and nowhere else: its host has to be on a list, its
//! certificate has to be good for that host, and referrals are never followed. What a visitor wrote
//! is escaped wherever it gets into a name or a filter. An empty password is refused before anybody
//! is asked, because directories take it as "nobody in particular" and say yes.

mod groups;

use std::sync::Arc;
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

pub use groups::{InvalidGroups, RoleGroups};

/// Questions to the directory at the same time; more wait within their own time limit.
const AT_ONCE: usize = 16;
/// Stands for the name in templates and filters.
pub const USER: &str = "{user}";
/// Stands for the user's distinguished name in the filter for groups.
pub const USER_DN: &str = "{dn}";
/// What directories answer when a name or a password is wrong: no such object, invalid DN,
/// inappropriate authentication, invalid credentials, unwilling to perform (a locked account).
const WRONG: [u32; 5] = [32, 34, 48, 49, 53];

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
    /// `ldaps://HOST:PORT` or `ldap://HOST:PORT`.
    pub url: Url,
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
}

/// The directory.
#[derive(Debug)]
pub struct Directory {
    settings: DirectorySettings,
    turns: Semaphore,
}

impl Directory {
    /// The directory as it is set up; nothing is asked yet.
    pub fn new(settings: DirectorySettings) -> Self {
        Self { settings, turns: Semaphore::new(AT_ONCE) }
    }

    /// The role of a user whose password is right; `None` when it is wrong, when there is no such
    /// user or more than one, or when none of the groups gives a role.
    ///
    /// # Errors
    /// The directory gave no answer.
    pub async fn role_of(
        &self,
        name: &str,
        password: &str,
    ) -> Result<Option<Role>, DirectoryError> {
        if name.is_empty() || password.is_empty() || name.contains('\0') {
            return Ok(None);
        }
        let limit = self.settings.limit;
        let asking = async {
            // Fails only when the semaphore is closed, which it never is.
            let _turn = self.turns.acquire().await;
            self.ask(name, password).await
        };
        timeout(limit, asking).await.map_err(|_| DirectoryError::TimedOut(limit))?
    }

    async fn ask(&self, name: &str, password: &str) -> Result<Option<Role>, DirectoryError> {
        let settings = &self.settings;
        let mut asks = self.connect().await?;
        let entry = match &settings.binding {
            Binding::Template(template) => {
                let bind_name = filled_template(template, name);
                if !bound(&mut asks.ldap, &bind_name, password).await? {
                    return Ok(None);
                }
                match self.entry(&mut asks.ldap, name).await? {
                    Some(entry) => entry,
                    // Somebody without the right to read their own entry is still in groups.
                    None => Entry { dn: bind_name, groups: Vec::new() },
                }
            }
            Binding::Search { bind_dn, password: service } => {
                if !bound(&mut asks.ldap, bind_dn, service.expose()).await? {
                    return Err(DirectoryError::ServiceAccount);
                }
                let Some(entry) = self.entry(&mut asks.ldap, name).await? else { return Ok(None) };
                // On a connection of its own: this one keeps the rights to look up groups.
                let mut theirs = self.connect().await?;
                if !bound(&mut theirs.ldap, &entry.dn, password).await? {
                    return Ok(None);
                }
                entry
            }
        };
        let groups = self.groups(&mut asks.ldap, name, entry).await?;
        let role = settings.roles.role_of(&groups);
        if role.is_none() {
            tracing::info!(user = name, "a user of the directory has no group with a role");
        }
        Ok(role)
    }

    async fn connect(&self) -> Result<Connection, DirectoryError> {
        let settings = &self.settings;
        let mut how = LdapConnSettings::new().set_starttls(settings.start_tls);
        if let Some(tls) = &settings.tls {
            how = how.set_config(tls.clone());
        }
        let (connection, ldap) = LdapConnAsync::from_url_with_settings(how, &settings.url).await?;
        let driver = tokio::spawn(async move {
            // Whoever waits for an answer is told as well.
            if let Err(error) = connection.drive().await {
                tracing::debug!(%error, "the connection to the directory broke");
            }
        });
        Ok(Connection { ldap, _driver: AbortOnDropHandle::new(driver) })
    }

    /// The one entry of a user. Parts that live elsewhere are left out, not looked for there.
    async fn entry(&self, ldap: &mut Ldap, name: &str) -> Result<Option<Entry>, DirectoryError> {
        let filter = self.settings.user_filter.replace(USER, &ldap_escape(name));
        let base = &self.settings.base_dn;
        let found = ldap.search(base, Scope::Subtree, &filter, vec!["memberOf"]).await?;
        let (entries, _) = found.success()?;
        let mut entries = entries.into_iter().filter(|entry| !entry.is_ref());
        let (Some(entry), None) = (entries.next(), entries.next()) else { return Ok(None) };
        let entry = SearchEntry::construct(entry);
        let groups =
            entry.attrs.into_iter().find(|(name, _)| name.eq_ignore_ascii_case("memberOf"));
        Ok(Some(Entry { dn: entry.dn, groups: groups.map_or(Vec::new(), |(_, groups)| groups) }))
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
        return Ok(false);
    }
    // A referral is an error here, like everything else that is no success.
    answer.success()?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    #[tokio::test]
    async fn a_bind_that_is_answered_by_a_referral_is_no_success() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("ldap://{}", listener.local_addr().unwrap());
        let heard = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut bind = [0; 1024];
            assert!(stream.read(&mut bind).await.unwrap() > 0);
            // BindResponse to message 1: referral.
            let referral = [
                0x30, 0x0c, 0x02, 0x01, 0x01, 0x61, 0x07, 0x0a, 0x01, 0x0a, 0x04, 0x00, 0x04, 0x00,
            ];
            stream.write_all(&referral).await.unwrap();
            let mut more = [0; 1024];
            stream.read(&mut more).await.unwrap_or(0)
        });
        let directory = Directory::new(DirectorySettings {
            url: url.parse().unwrap(),
            start_tls: false,
            tls: None,
            base_dn: "dc=plant".to_owned(),
            binding: Binding::Template("uid={user},dc=plant".to_owned()),
            user_filter: "(uid={user})".to_owned(),
            group_base_dn: "dc=plant".to_owned(),
            group_filter: String::new(),
            roles: RoleGroups::parse("admin=cn=a,dc=plant").unwrap(),
            limit: Duration::from_secs(10),
        });
        let asked = directory.role_of("chen", "a password").await;
        assert!(matches!(asked, Err(DirectoryError::Failed(_))), "{asked:?}");
        assert_eq!(heard.await.unwrap(), 0, "something was asked after the referral");
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
