//! `mes-dashboard user`: local users, from a terminal or a script.
//!
//! Passwords come from the terminal or, for scripts, from standard input; never from the command
//! line, which everybody on the machine can read.

use std::io::{BufRead, IsTerminal, Write};

use clap::{Args, Subcommand};

use crate::app::ServeError;
use crate::app_store::AppStore;
use crate::auth::clock::Clock;
use crate::auth::password::hash_new;
use crate::auth::role::Role;
use crate::auth::users::Users;
use crate::config::AppDatabaseSettings;

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

/// Does it.
///
/// # Errors
/// The database or the password can't be used, or there is no such user.
pub async fn run(
    command: UserCommand,
    input: &mut (impl BufRead + IsTerminal),
    out: &mut impl Write,
) -> Result<(), ServeError> {
    let store = AppStore::open(command.database.app_database_url.expose()).await?;
    let users = Users::new(store.clone(), Clock::system());
    let done = act(command.action, &users, input, out).await;
    store.close().await;
    done
}

async fn act(
    action: UserAction,
    users: &Users,
    input: &mut (impl BufRead + IsTerminal),
    out: &mut impl Write,
) -> Result<(), ServeError> {
    match action {
        UserAction::Add { name, role } => {
            let hash = hash_new(&new_password(input)?)?;
            users.add(&name, role, &hash).await?;
        }
        UserAction::Passwd { name } => {
            let hash = hash_new(&new_password(input)?)?;
            users.set_password(&name, &hash).await?;
        }
        UserAction::Role { name, role } => users.set_role(&name, role).await?,
        UserAction::Enable { name } => users.set_enabled(&name, true).await?,
        UserAction::Disable { name } => users.set_enabled(&name, false).await?,
        UserAction::List => {
            for user in users.list().await? {
                let state = if user.enabled { "enabled" } else { "disabled" };
                writeln!(out, "{}\t{}\t{state}", user.name, user.role)?;
            }
        }
    }
    Ok(())
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
