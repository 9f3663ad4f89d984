//! Why the server can't start or go on, and which exit code says so.

use crate::app_store::AppStoreError;
use crate::auth::password::PasswordError;
use crate::auth::tokens::TokenError;
use crate::auth::users::UserError;
use crate::breaker::InvalidPolicy;
use crate::config::{
    AlertSettingsError, BrokenContract, LdapSettingsError, RedisSettingsError, SecretKeyError,
};
use crate::database::PoolError;
use crate::install::InstallError;
use crate::runtime_contract::EnvFileError;
use crate::source::SourceReadError;
use crate::supervisor::machine::NO_DATA;
use crate::supervisor::{ProgramError, SupervisorError};

/// Why the server can't start or continue.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// `DATABASE_URL` is not set.
    #[error(
        "DATABASE_URL is not set: give sqlite:PATH or postgres://…, or run `mes-dashboard demo`"
    )]
    NoDatabase,
    /// The database settings can't be used.
    #[error(transparent)]
    Source(#[from] SourceReadError),
    /// The roll-up of history can't be used.
    #[error("history: {0}")]
    History(String),
    /// A settings file can't be used.
    #[error(transparent)]
    SettingsFile(#[from] EnvFileError),
    /// The worker's program or its settings can't be used.
    #[error(transparent)]
    Program(#[from] ProgramError),
    /// The pool settings can't be used.
    #[error(transparent)]
    Pool(#[from] PoolError),
    /// The settings of the circuit breaker contradict each other.
    #[error(transparent)]
    Breaker(#[from] InvalidPolicy),
    /// The Redis settings can't be used.
    #[error(transparent)]
    Redis(#[from] RedisSettingsError),
    /// `SECRET_KEY` can't be used.
    #[error(transparent)]
    SecretKey(#[from] SecretKeyError),
    /// Webhooks can't be sent as they are set up.
    #[error(transparent)]
    Alerts(#[from] AlertSettingsError),
    /// The directory can't be used as it is set up.
    #[error(transparent)]
    Ldap(#[from] LdapSettingsError),
    /// The application's own database can't be used.
    #[error(transparent)]
    AppStore(#[from] AppStoreError),
    /// Something can't be done to a user.
    #[error(transparent)]
    User(#[from] UserError),
    /// A token can't be made or revoked.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// A password can't be taken.
    #[error(transparent)]
    Password(#[from] PasswordError),
    /// The site rules can't be used.
    #[error(transparent)]
    Site(#[from] crate::config::SiteRulesError),
    /// The address can't be bound.
    #[error("BIND_ADDR {address} can't be bound: {cause}; is another server running there?")]
    Bind { address: std::net::SocketAddr, cause: std::io::Error },
    /// The supervisor can't begin.
    #[error(transparent)]
    Supervisor(#[from] SupervisorError),
    /// A worker was started by hand.
    #[error("a worker is started by `mes-dashboard serve`, which hands it the socket; start that")]
    NotSupervised,
    /// The readiness self-check of the worker failed.
    #[error("the worker is not fit to serve: {0}")]
    Unfit(String),
    /// This worker has no data, and the one that serves has some.
    #[error(
        "no data could be loaded, and the worker that serves has some; reload again when the \
         database answers"
    )]
    NoData,
    /// The watchdog can't do its work.
    #[error(transparent)]
    Watchdog(#[from] crate::watchdog::WatchdogError),
    /// The demo plant can't be made or kept moving.
    #[error("the demo plant failed: {0}")]
    Demo(String),
    /// The installation is not as it has to be, and that is not to be accepted.
    #[error(transparent)]
    Contract(#[from] BrokenContract),
    /// The installation differs from what this program expects; the differences are printed.
    #[error("the installation drifted from the runtime contract; differences: {0}")]
    Drift(usize),
    /// There can't be such an installation.
    #[error(transparent)]
    Install(#[from] InstallError),
    /// Anything the system refuses later.
    #[error("{0}")]
    Io(#[from] std::io::Error),
}

impl ServeError {
    /// Exit code: 64 for settings that have to be mended, 75 for a worker without data, 1 otherwise.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::NoDatabase
            | Self::SettingsFile(_)
            | Self::Program(ProgramError::Settings(_))
            | Self::Source(_)
            | Self::Pool(_)
            | Self::Breaker(_)
            | Self::Redis(_)
            | Self::SecretKey(_)
            | Self::Alerts(_)
            | Self::Ldap(_)
            | Self::Site(_)
            | Self::Contract(_)
            | Self::NotSupervised => 64,
            Self::NoData => NO_DATA,
            Self::AppStore(error) if error.is_setting() => 64,
            Self::AppStore(_)
            | Self::User(_)
            | Self::Token(_)
            | Self::Password(_)
            | Self::Program(ProgramError::Running(_))
            | Self::Bind { .. }
            | Self::Supervisor(_)
            | Self::Unfit(_)
            | Self::Demo(_)
            | Self::History(_)
            | Self::Drift(_)
            | Self::Install(_)
            | Self::Watchdog(_)
            | Self::Io(_) => 1,
        }
    }
}
