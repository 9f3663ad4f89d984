//! `mes-dashboard user`: local users, from a terminal or a script.
//!
//! Passwords are read from the terminal or, for scripts, from standard input; never from the
//! command line, which other users of the machine can read. Changes are recorded in the audit log
//! under the name that the operating system has for the caller.

use std::io::{BufRead, IsTerminal, Write};

use clap::{Args, Subcommand};

use crate::app::ServeError;
use crate::app_store::{AppStore, AppStoreError};
use crate::audit::{Act, Audit};
use crate::auth::clock::Clock;
use crate::auth::password::hash_new;
use crate::auth::role::Role;
use crate::auth::users::{UserError, Users};
use crate::config::AppDatabaseSettings;
use crate::user_name::canonical;

/// Local users.
#[derive(Args, Clone, Debug)]
#[command(
    after_help = "Examples:\n  mes-dashboard user add chen --role admin\n  pass show mes/chen | mes-dashboard user passwd chen\n  mes-dashboard user disable chen"
)]
pub struct UserCommand {
    /// Where they are.
    #[command(flatten)]
    pub database: AppDatabaseSettings,
    /// What to do.
    #[command(subcommand)]
    pub action: UserAction,
}

/// What to do with users.
#[derive(Clone, Debug, Subcommand)]
pub enum UserAction {
    /// Add a user; the password is read from the terminal or from standard input
    Add {
        /// Name to sign in with
        name: String,
        /// What they may do
        #[arg(long, value_enum, default_value = "viewer")]
        role: Role,
    },
    /// List all users
    List,
    /// Let a user sign in again
    Enable {
        /// The user
        name: String,
    },
    /// Let a user sign in no more; their sessions end
    Disable {
        /// The user
        name: String,
    },
    /// Give a user another password; their sessions end
    Passwd {
        /// The user
        name: String,
    },
    /// Give a user another role; their sessions end
    Role {
        /// The user
        name: String,
        /// What they may do
        #[arg(value_enum)]
        role: Role,
    },
}

/// Where these commands come from, in the place of a network address.
const SOURCE: &str = "cli";

/// Who gives commands in this process.
pub fn operating_user() -> String {
    whoami::username().unwrap_or_else(|error| format!("unknown ({error})"))
}

/// Does it in the name of `actor`.
///
/// # Errors
/// The database or the password can't be used, there is no such user, or it can't be recorded.
pub async fn run(
    command: UserCommand,
    actor: &str,
    input: &mut (impl BufRead + IsTerminal),
    out: &mut impl Write,
) -> Result<(), ServeError> {
    let store = AppStore::open(&command.database.app_database_url).await?;
    let keeper = Keeper {
        users: Users::new(store.clone(), Clock::system()),
        audit: Audit::new(store.clone(), Clock::system()),
        actor,
    };
    let done = keeper.act(command.action, input, out).await;
    store.close().await;
    done
}

/// Changes users and prints the result.
struct Keeper<'a> {
    users: Users,
    audit: Audit,
    actor: &'a str,
}

impl Keeper<'_> {
    async fn act(
        &self,
        action: UserAction,
        input: &mut (impl BufRead + IsTerminal),
        out: &mut impl Write,
    ) -> Result<(), ServeError> {
        let users = &self.users;
        match action {
            UserAction::Add { name, role } => {
                let known = canonical(&name).map_err(UserError::from)?;
                if users.get(&known).await?.is_some() {
                    return Err(UserError::Exists(known).into());
                }
                let hash = hash_new(&new_password(input)?)?;
                self.record("user_add", &format!("{known} as {role}")).await?;
                users.add(&name, role, &hash).await?;
            }
            UserAction::Passwd { name } => {
                let name = self.known(&name).await?;
                let hash = hash_new(&new_password(input)?)?;
                self.record("user_password", &name).await?;
                users.set_password(&name, &hash).await?;
            }
            UserAction::Role { name, role } => {
                let name = self.known(&name).await?;
                self.record("user_role", &format!("{name} to {role}")).await?;
                users.set_role(&name, role).await?;
            }
            UserAction::Enable { name } => {
                let name = self.known(&name).await?;
                self.record("user_enable", &name).await?;
                users.set_enabled(&name, true).await?;
            }
            UserAction::Disable { name } => {
                let name = self.known(&name).await?;
                self.record("user_disable", &name).await?;
                users.set_enabled(&name, false).await?;
            }
            UserAction::List => {
                for user in users.list().await? {
                    let state = if user.enabled { "enabled" } else { "disabled" };
                    writeln!(out, "{}\t{}\t{state}", user.name, user.role)?;
                }
            }
        }
        Ok(())
    }

    /// The canonical name of a user who is there: what can't be done is not recorded.
    async fn known(&self, name: &str) -> Result<String, UserError> {
        let name = canonical(name)?;
        match self.users.get(&name).await? {
            Some(user) => Ok(user.name),
            None => Err(UserError::Unknown(name)),
        }
    }

    async fn record(&self, action: &str, target: &str) -> Result<(), AppStoreError> {
        record(&self.audit, self.actor, action, target).await
    }
}

/// What can't be recorded is not done.
pub(super) async fn record(
    audit: &Audit,
    actor: &str,
    action: &str,
    target: &str,
) -> Result<(), AppStoreError> {
    let act = Act { actor, address: SOURCE, action, target: Some(target), reason: None };
    Ok(audit.record(act).await?)
}

/// Asked twice at a terminal; one line from anywhere else.
fn new_password(input: &mut (impl BufRead + IsTerminal)) -> std::io::Result<String> {
    if input.is_terminal() {
        let first = rpassword::prompt_password("Password: ")?;
        if rpassword::prompt_password("Again: ")? != first {
            return Err(std::io::Error::other("the two passwords differ"));
        }
        return Ok(first);
    }
    let mut line = String::new();
    input.read_line(&mut line)?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}
