//! | variable | meaning | default |
//! |---|---|---|
//! | `LDAP_URL` | directory of further users: `ldaps://HOST:PORT` or `ldap://HOST:PORT`, which becomes TLS by StartTLS; several separated by commas, tried in this order | none |
//! | `LDAP_ALLOWED_HOSTS` | hosts that may be asked, with commas between them; `HOST:PORT` allows that port only | required with `LDAP_URL` |
//! | `LDAP_CA_FILE` | PEM file with the certificates that may sign the directory's | the system's |
//! | `LDAP_STARTTLS` | `false` leaves `ldap://` without TLS; development only | `true` |
//! | `LDAP_BASE_DN` | where users are | required with `LDAP_URL` |
//! | `LDAP_BIND_TEMPLATE` | name to bind with: `uid={user},ou=people,dc=plant` or `{user}@plant.example` | – |
//! | `LDAP_BIND_DN` · `LDAP_BIND_PASSWORD` | account that looks users up where there is no template | – |
//! | `LDAP_USER_DOMAINS` | domains of the plant's own accounts, with commas between them: `PLANT\chen` and `chen@plant.example` are then `chen` | none |
//! | `LDAP_USER_FILTER` | finds a user | `(uid={user})` |
//! | `LDAP_GROUP_BASE_DN` | where groups are | `LDAP_BASE_DN` |
//! | `LDAP_GROUP_FILTER` | finds the groups of a user; empty relies on `memberOf` alone | `(\|(member={dn})(uniqueMember={dn}))` |
//! | `LDAP_ROLE_GROUPS` | `admin=GROUP;engineer=GROUP;viewer=*` | required with `LDAP_URL` |
//! | `LDAP_TIMEOUT_MS` | ms for all questions of one sign-in, 100 to 30000 | 5000 |

use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use url::Url;

use super::ranges::whole;
use super::secret::Address;
use crate::auth::ldap::{Binding, Directory, DirectorySettings, InvalidGroups, RoleGroups, USER};
use crate::config::AppEnv;
use crate::secret::Secret;
use crate::user_name::{InvalidName, NameReader};

/// A directory of users.
#[derive(Args, Clone, Debug)]
pub struct LdapSettings {
    /// Directory of further users: ldaps://HOST:PORT or ldap://HOST:PORT (StartTLS), several separated by commas; none by default
    #[arg(long, env = "LDAP_URL")]
    pub ldap_url: Option<Address>,
    /// Hosts that may be asked, HOST or HOST:PORT, with commas between them
    #[arg(long, env = "LDAP_ALLOWED_HOSTS", value_delimiter = ',')]
    pub ldap_allowed_hosts: Vec<String>,
    /// PEM file with the certificates that may sign the directory's; the system's by default
    #[arg(long, env = "LDAP_CA_FILE")]
    pub ldap_ca_file: Option<std::path::PathBuf>,
    /// Whether ldap:// is upgraded by StartTLS; false in development only
    #[arg(long, env = "LDAP_STARTTLS", default_value = "true", action = clap::ArgAction::Set)]
    pub ldap_starttls: bool,
    /// Where users are
    #[arg(long, env = "LDAP_BASE_DN", default_value = "")]
    pub ldap_base_dn: String,
    /// Name to bind with, as uid={user},ou=people,dc=plant or {user}@plant.example
    #[arg(long, env = "LDAP_BIND_TEMPLATE")]
    pub ldap_bind_template: Option<String>,
    /// Account that looks users up where there is no template
    #[arg(long, env = "LDAP_BIND_DN")]
    pub ldap_bind_dn: Option<String>,
    /// Its password
    #[arg(long, env = "LDAP_BIND_PASSWORD", hide_env_values = true)]
    pub ldap_bind_password: Option<Secret>,
    /// Domains of the plant's own accounts, with commas between them: DOMAIN\name and name@DOMAIN are then the account name
    #[arg(long, env = "LDAP_USER_DOMAINS", value_delimiter = ',')]
    pub ldap_user_domains: Vec<String>,
    /// Finds a user
    #[arg(long, env = "LDAP_USER_FILTER", default_value = "(uid={user})")]
    pub ldap_user_filter: String,
    /// Where groups are; LDAP_BASE_DN by default
    #[arg(long, env = "LDAP_GROUP_BASE_DN")]
    pub ldap_group_base_dn: Option<String>,
    /// Finds the groups of a user; empty relies on memberOf alone
    #[arg(long, env = "LDAP_GROUP_FILTER", default_value = "(|(member={dn})(uniqueMember={dn}))")]
    pub ldap_group_filter: String,
    /// Which group gives which role: admin=GROUP;engineer=GROUP;viewer=*
    #[arg(long, env = "LDAP_ROLE_GROUPS", default_value = "")]
    pub ldap_role_groups: String,
    /// Milliseconds for all questions of one sign-in, 100 to 30000
    #[arg(long, env = "LDAP_TIMEOUT_MS", default_value = "5000", value_parser = whole("LDAP_TIMEOUT_MS", 100..=30_000_u64))]
    pub ldap_timeout_ms: u64,
}

/// Why the directory can't be used as it is set up.
#[derive(Debug, thiserror::Error)]
pub enum LdapSettingsError {
    /// `LDAP_URL` is wrong.
    #[error(
        "LDAP_URL takes ldaps://HOST:PORT or ldap://HOST:PORT without a name or a password in it, got {0}"
    )]
    Url(String),
    /// Its host may not be asked.
    #[error(
        "LDAP_ALLOWED_HOSTS does not hold {0}, the host of LDAP_URL; add it if credentials may be sent there"
    )]
    Host(String),
    /// A domain can't be one.
    #[error("LDAP_USER_DOMAINS: {0}")]
    Domain(#[from] InvalidName),
    /// No TLS outside development.
    #[error(
        "LDAP_STARTTLS=false would send passwords in the clear; only APP_ENV=development may do that"
    )]
    InTheClear,
    /// The certificates can't be read.
    #[error("LDAP_CA_FILE {file} can't be used: {cause}")]
    Certificates {
        /// The file.
        file: String,
        /// What is wrong.
        cause: String,
    },
    /// No or two ways to bind.
    #[error("give LDAP_BIND_TEMPLATE with {USER} in it, or LDAP_BIND_DN and LDAP_BIND_PASSWORD")]
    Binding,
    /// Something is missing.
    #[error("{0} is needed with LDAP_URL")]
    Missing(&'static str),
    /// A filter is wrong.
    #[error("{0} takes a filter in brackets with {USER} or {{dn}} in it")]
    Filter(&'static str),
    /// The map of roles is wrong.
    #[error(transparent)]
    Groups(#[from] InvalidGroups),
}

impl LdapSettings {
    /// The directory, if there is one. Nothing is asked yet.
    ///
    /// # Errors
    /// A setting is missing or can't be used.
    pub fn directory(&self, env: AppEnv) -> Result<Option<Directory>, LdapSettingsError> {
        let Some(url) = self.ldap_url.as_deref().map(str::trim).filter(|url| !url.is_empty())
        else {
            return Ok(None);
        };
        let between = |c: char| c.is_whitespace() || c == ',';
        let parts = url.split(between).filter(|url| !url.is_empty());
        let urls = parts.map(|url| self.url(url)).collect::<Result<Vec<_>, _>>()?;
        let start_tls = self.ldap_starttls;
        let in_the_clear = !start_tls && urls.iter().any(|url| url.scheme() == "ldap");
        if in_the_clear && env != AppEnv::Development {
            return Err(LdapSettingsError::InTheClear);
        }
        if self.ldap_base_dn.is_empty() {
            return Err(LdapSettingsError::Missing("LDAP_BASE_DN"));
        }
        let is_filter = |filter: &str, marks: &[&str]| {
            filter.starts_with('(')
                && filter.ends_with(')')
                && marks.iter().any(|mark| filter.contains(mark))
        };
        if !is_filter(&self.ldap_user_filter, &[USER]) {
            return Err(LdapSettingsError::Filter("LDAP_USER_FILTER"));
        }
        let groups = self.ldap_group_filter.as_str();
        if !groups.is_empty() && !is_filter(groups, &[USER, "{dn}"]) {
            return Err(LdapSettingsError::Filter("LDAP_GROUP_FILTER"));
        }
        let settings = DirectorySettings {
            urls,
            start_tls,
            tls: self.tls()?,
            base_dn: self.ldap_base_dn.clone(),
            binding: self.binding()?,
            user_filter: self.ldap_user_filter.clone(),
            group_base_dn: self
                .ldap_group_base_dn
                .clone()
                .unwrap_or_else(|| self.ldap_base_dn.clone()),
            group_filter: self.ldap_group_filter.clone(),
            roles: RoleGroups::parse(&self.ldap_role_groups)?,
            limit: Duration::from_millis(self.ldap_timeout_ms),
        };
        Ok(Some(Directory::new(settings)))
    }

    /// Reads the names that visitors type.
    ///
    /// # Errors
    /// A domain can't be one.
    pub fn names(&self) -> Result<NameReader, LdapSettingsError> {
        let domains = self.ldap_user_domains.iter().map(|domain| domain.trim());
        Ok(NameReader::new(domains.filter(|domain| !domain.is_empty()))?)
    }

    fn url(&self, text: &str) -> Result<Url, LdapSettingsError> {
        let Ok(url) = Url::parse(text) else {
            return Err(LdapSettingsError::Url("something else".to_owned()));
        };
        let host = url.host_str().unwrap_or_default().to_ascii_lowercase();
        let is_plain = url.username().is_empty() && url.password().is_none();
        if !matches!(url.scheme(), "ldap" | "ldaps") || host.is_empty() || !is_plain {
            return Err(LdapSettingsError::Url(format!("{}://{host}", url.scheme())));
        }
        let port = url.port().unwrap_or(if url.scheme() == "ldaps" { 636 } else { 389 });
        let with_port = format!("{host}:{port}");
        let is_allowed = |allowed: &String| {
            let allowed = allowed.trim();
            allowed.eq_ignore_ascii_case(&host) || allowed.eq_ignore_ascii_case(&with_port)
        };
        if !self.ldap_allowed_hosts.iter().any(is_allowed) {
            return Err(LdapSettingsError::Host(host));
        }
        Ok(url)
    }

    fn binding(&self) -> Result<Binding, LdapSettingsError> {
        match (&self.ldap_bind_template, &self.ldap_bind_dn, &self.ldap_bind_password) {
            (Some(template), None, None) if template.contains(USER) => {
                Ok(Binding::Template(template.clone()))
            }
            (None, Some(bind_dn), Some(password)) if !password.expose().is_empty() => {
                Ok(Binding::Search { bind_dn: bind_dn.clone(), password: password.clone() })
            }
            _ => Err(LdapSettingsError::Binding),
        }
    }

    fn tls(&self) -> Result<Option<Arc<ClientConfig>>, LdapSettingsError> {
        let Some(file) = &self.ldap_ca_file else { return Ok(None) };
        let failed = |cause: &dyn std::fmt::Display| LdapSettingsError::Certificates {
            file: file.display().to_string(),
            cause: cause.to_string(),
        };
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_file_iter(file).map_err(|error| failed(&error))? {
            let certificate = certificate.map_err(|error| failed(&error))?;
            roots.add(certificate).map_err(|error| failed(&error))?;
        }
        if roots.is_empty() {
            return Err(failed(&"it holds no certificate"));
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| failed(&error))?;
        Ok(Some(Arc::new(tls.with_root_certificates(roots).with_no_client_auth())))
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Settings {
        #[command(flatten)]
        ldap: LdapSettings,
    }

    const SOUND: [&str; 6] = [
        "--ldap-url=ldaps://dir.plant",
        "--ldap-allowed-hosts=other.plant,dir.plant",
        "--ldap-base-dn=dc=plant",
        "--ldap-bind-template=uid={user},dc=plant",
        "--ldap-role-groups=viewer=*",
        "--ldap-timeout-ms=1000",
    ];

    fn with(changes: &[&str], env: AppEnv) -> Result<Option<Directory>, LdapSettingsError> {
        let name = |argument: &str| argument.split('=').next().unwrap().to_owned();
        let kept = SOUND.iter().filter(|sound| changes.iter().all(|c| name(c) != name(sound)));
        let arguments = ["serve"].iter().chain(kept).chain(changes);
        let given = arguments.filter(|argument| !argument.ends_with("=-"));
        Settings::parse_from(given).ldap.directory(env)
    }

    #[test]
    fn without_an_address_there_is_no_directory() {
        assert!(with(&["--ldap-url="], AppEnv::Production).unwrap().is_none());
        assert!(with(&[], AppEnv::Production).unwrap().is_some());
    }

    #[test]
    fn what_would_send_passwords_astray_is_refused() {
        for (changes, message) in [
            (&["--ldap-url=http://dir.plant"][..], "LDAP_URL takes"),
            (&["--ldap-url=ldaps://"], "LDAP_URL takes"),
            (&["--ldap-url=ldap:///dc=x"], "LDAP_URL takes"),
            (&["--ldap-url=ldaps://a:s3cret@dir.plant"], "LDAP_URL takes"),
            (&["--ldap-url=ldaps://evil.example"], "LDAP_ALLOWED_HOSTS does not hold evil.example"),
            (&["--ldap-url=ldaps://dir.plant.evil.example"], "LDAP_ALLOWED_HOSTS"),
            (&["--ldap-url=ldaps://dir.plant ldaps://evil.example"], "does not hold evil.example"),
            (
                &["--ldap-url=ldaps://dir.plant ldap://dir.plant", "--ldap-starttls=false"],
                "in the clear",
            ),
            (
                &["--ldap-allowed-hosts=dir.plant:3269"],
                "LDAP_ALLOWED_HOSTS does not hold dir.plant",
            ),
            (&["--ldap-allowed-hosts=-"], "LDAP_ALLOWED_HOSTS"),
            (&["--ldap-url=ldap://dir.plant", "--ldap-starttls=false"], "in the clear"),
            (&["--ldap-ca-file=/nowhere.pem"], "LDAP_CA_FILE /nowhere.pem"),
            (&["--ldap-ca-file=/dev/null"], "holds no certificate"),
            (&["--ldap-base-dn=-"], "LDAP_BASE_DN is needed"),
            (&["--ldap-bind-template=-"], "LDAP_BIND_TEMPLATE"),
            (&["--ldap-bind-template=uid=admin,dc=plant"], "LDAP_BIND_TEMPLATE"),
            (&["--ldap-bind-template=-", "--ldap-bind-dn=cn=a"], "LDAP_BIND_PASSWORD"),
            (&["--ldap-user-filter=(uid=admin)"], "LDAP_USER_FILTER"),
            (&["--ldap-group-filter=x"], "LDAP_GROUP_FILTER"),
            (&["--ldap-role-groups=-"], "LDAP_ROLE_GROUPS"),
        ] {
            let error = with(changes, AppEnv::Production).unwrap_err().to_string();
            let shown = format!("{:?}", Settings::parse_from(["serve"].iter().chain(changes)));
            assert!(!shown.contains("s3cret"), "{shown}");
            assert!(error.contains(message) && !error.contains("s3cret"), "{changes:?}: {error}");
        }
        let clear = ["--ldap-url=ldap://dir.plant", "--ldap-starttls=false"];
        assert!(matches!(with(&clear, AppEnv::Demo), Err(LdapSettingsError::InTheClear)));
        assert!(with(&clear, AppEnv::Development).is_ok());
        for sound in [
            &["--ldap-url=ldap://dir.plant"][..],
            &["--ldap-url=ldaps://dir.plant:3269", "--ldap-allowed-hosts=dir.plant:3269"],
            &["--ldap-url=ldaps://dir.plant, ldaps://other.plant:3269"],
            &["--ldap-allowed-hosts=DIR.plant:636"],
        ] {
            assert!(with(sound, AppEnv::Production).is_ok(), "{sound:?}");
        }
        let names = |domains: &str| {
            Settings::parse_from(["serve", domains]).ldap.names().map_err(|error| error.to_string())
        };
        let read = names("--ldap-user-domains=PLANT, plant.example").unwrap();
        assert_eq!(read.read("chen@plant.example").unwrap().canonical, "chen");
        assert!(
            names("--ldap-user-domains=pl\u{200b}ant").unwrap_err().contains("LDAP_USER_DOMAINS")
        );
    }
}
