//! Users of a directory: their password is checked by binding as them, their role follows from
//! their groups.
//!
//! Credentials are sent to the configured servers only: their hosts have to be on a list, their
//! certificates have to be valid for those hosts, and referrals are never followed. Of several
//! servers the one that responded last is tried first, then the others. Input of users is escaped
//! wherever it gets into a name or a filter. An empty password is rejected before any request,
//! because directories accept it as an anonymous bind.
//!
//! The identity of a user follows from the entry, not from the typed name: a directory may accept
//! further spellings for one account.

mod groups;
mod settings;
mod bind;
mod entry;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use ldap3::{Ldap, LdapConnAsync, LdapConnSettings, LdapError};
use tokio::sync::Semaphore;
use tokio::time::timeout;
use tokio_util::task::AbortOnDropHandle;
use url::Url;

use super::role::Role;
use crate::user_name::{UserName, has_domain};
use bind::{bound, filled_template};
use entry::{Entry, name_attributes};
pub use groups::{InvalidGroups, RoleGroups};
pub use settings::{Binding, DirectorySettings, USER, USER_DN};

/// Concurrent sign-ins at the directory; more wait within their own timeout.
const AT_ONCE: usize = 16;

/// Why the directory could not check a sign-in.
#[derive(Debug, thiserror::Error)]
pub enum DirectoryError {
    /// No response within the timeout.
    #[error("the directory did not answer within {} ms", .0.as_millis())]
    TimedOut(Duration),
    /// It can't be reached or trusted, or rejected a request.
    #[error("the directory: {0}")]
    Failed(#[from] LdapError),
    /// The account that looks up users can't sign in.
    #[error("the directory refuses the account of LDAP_BIND_DN")]
    ServiceAccount,
}

/// A connection and the task that drives it; dropping this closes it.
struct Connection {
    ldap: Ldap,
    _driver: AbortOnDropHandle<()>,
}

/// A user whose password the directory accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DirectoryUser {
    /// All canonical names of the account; the first one is the user name here.
    pub names: Vec<String>,
    /// The role that follows from the groups.
    pub role: Role,
}

#[derive(Debug)]
pub struct Directory {
    settings: DirectorySettings,
    /// Attributes whose value is the user's name.
    name_attributes: Vec<String>,
    turns: Semaphore,
    /// The server that responded last.
    good: AtomicUsize,
}

impl Directory {
    /// Prepares the directory; nothing is requested yet.
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
    /// The directory is unavailable.
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

    /// Tries one server after the other until one responds.
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
                        tracing::warn!(%cause, %url, "a server of the directory did not respond");
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
                    // The account has another name than this one, and the entry with it can't be
                    // read.
                    None if has_domain(&typed.canonical) => {
                        tracing::warn!(
                            user = name,
                            "a name with a domain is taken only where its entry can be read, or with \
                             the domain in LDAP_USER_DOMAINS"
                        );
                        return Ok(None);
                    }
                    // A user without the right to read their own entry is still in groups.
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
        let groups = entry.all_groups(settings, &mut asks.ldap, name).await?;
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
            // Pending requests fail with the same error.
            if let Err(error) = connection.drive().await {
                tracing::debug!(%error, "the connection to the directory broke");
            }
        });
        Ok(Connection { ldap, _driver: AbortOnDropHandle::new(driver) })
    }

    async fn entry(
        &self,
        ldap: &mut Ldap,
        typed: &UserName,
    ) -> Result<Option<Entry>, DirectoryError> {
        Entry::find(&self.settings, &self.name_attributes, ldap, typed).await
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

    /// A directory that responds to every bind with a result code and a text.
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
            // An unbind is not a request.
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
}
