//! `mes-dashboard token`: tokens of scripts, which send them as `Authorization: Bearer …`.

use std::io::Write;

use clap::{Args, Subcommand};
use jiff::Timestamp;

use super::users::record;
use crate::app::ServeError;
use crate::app_store::AppStore;
use crate::audit::Audit;
use crate::auth::clock::Clock;
use crate::auth::role::Role;
use crate::auth::tokens::{ApiTokens, TokenError};
use crate::config::AppDatabaseSettings;
use crate::user_name::canonical;

/// Tokens of scripts.
#[derive(Args, Clone, Debug)]
#[command(
    after_help = "Examples:\n  mes-dashboard token add weekly-report\n  mes-dashboard token add tables --role engineer --days 90\n  curl -H \"Authorization: Bearer $TOKEN\" http://127.0.0.1:8080/api/wip/overview/summary"
)]
pub struct TokenCommand {
    /// Where they are.
    #[command(flatten)]
    pub database: AppDatabaseSettings,
    /// What to do.
    #[command(subcommand)]
    pub action: TokenAction,
}

/// What to do with tokens.
#[derive(Clone, Debug, Subcommand)]
pub enum TokenAction {
    /// Make a token and print it; it is not shown again
    Add {
        /// Name of the script or system
        name: String,
        /// What it may do
        #[arg(long, value_enum, default_value = "viewer")]
        role: Role,
        /// Days until it expires; 0 for never
        #[arg(long, default_value_t = 365, value_parser = clap::value_parser!(u32).range(0..=36_500))]
        days: u32,
    },
    /// List all tokens: name, role, who made it, when it expires
    List,
    /// Remove a token; servers refuse it within 10 s
    Revoke {
        /// The token's name
        name: String,
    },
}

/// Does it in the name of `actor`.
///
/// # Errors
/// The database can't be used, there is no such token, or it can't be recorded.
pub async fn run(
    command: TokenCommand,
    actor: &str,
    out: &mut impl Write,
) -> Result<(), ServeError> {
    let store = AppStore::open(&command.database.app_database_url).await?;
    let tokens = ApiTokens::new(store.clone(), Clock::system());
    let audit = Audit::new(store.clone(), Clock::system());
    let done = act(command.action, &tokens, &audit, actor, out).await;
    store.close().await;
    done
}

async fn act(
    action: TokenAction,
    tokens: &ApiTokens,
    audit: &Audit,
    actor: &str,
    out: &mut impl Write,
) -> Result<(), ServeError> {
    let is_there = async |name: &str| {
        Ok::<_, TokenError>(tokens.list().await?.iter().any(|token| token.name == name))
    };
    match action {
        TokenAction::Add { name, role, days } => {
            let name = canonical(&name).map_err(TokenError::from)?;
            if is_there(&name).await? {
                return Err(TokenError::Exists(name).into());
            }
            record(audit, actor, "token_add", &format!("{name} as {role}")).await?;
            let days = (days > 0).then_some(days);
            writeln!(out, "{}", tokens.add(&name, role, days, actor).await?)?;
        }
        TokenAction::Revoke { name } => {
            let name = canonical(&name).map_err(TokenError::from)?;
            if !is_there(&name).await? {
                return Err(TokenError::Unknown(name).into());
            }
            record(audit, actor, "token_revoke", &name).await?;
            tokens.revoke(&name).await?;
        }
        TokenAction::List => {
            for token in tokens.list().await? {
                let end = token.expires_at.and_then(|end| Timestamp::from_millisecond(end).ok());
                let end = end.map_or_else(|| "never".to_owned(), |end| end.to_string());
                writeln!(out, "{}\t{}\t{}\t{end}", token.name, token.role, token.created_by)?;
            }
        }
    }
    Ok(())
}
