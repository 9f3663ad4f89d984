//! Local users, in the application's database.

use super::clock::Clock;
use super::role::Role;
use crate::app_store::{AppStore, AppStoreError, on_pool};
use crate::user_name::{InvalidName, canonical};

/// Why a user can't be read or changed.
#[derive(Debug, thiserror::Error)]
pub enum UserError {
    /// The name can't be one.
    #[error(transparent)]
    Name(#[from] InvalidName),
    /// The name is taken.
    #[error("there is a user {0} already; `user passwd` and `user role` change it")]
    Exists(String),
    /// There is no user of this name.
    #[error("there is no user {0}; `user list` shows all")]
    Unknown(String),
    /// The database gave no answer.
    #[error(transparent)]
    Store(#[from] AppStoreError),
}

impl From<sqlx::Error> for UserError {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}

/// One local user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// Canonical name.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// Whether they may sign in.
    pub enabled: bool,
}

/// The state that decides whether sessions of a name continue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Grows with everything that ends all sessions of this name.
    pub generation: i64,
    /// The local user of this name, if there is one.
    pub user: Option<User>,
}

/// All local users.
///
/// A trigger increments the generation of sessions with every change of a user, whichever program
/// makes it. The column `password_changed_at` holds the time, for people and for an older version
/// beside this one.
#[derive(Clone, Debug)]
pub struct Users {
    store: AppStore,
    clock: Clock,
}

/// name, role, when disabled.
type Row = (String, String, Option<i64>);

fn user((name, role, disabled_at): Row) -> Result<User, sqlx::Error> {
    let broken = || sqlx::Error::Decode(format!("role {role}").into());
    let role = Role::named(&role).ok_or_else(broken)?;
    Ok(User { name, role, enabled: disabled_at.is_none() })
}

impl Users {
    /// The users in `store`.
    pub fn new(store: AppStore, clock: Clock) -> Self {
        Self { store, clock }
    }

    /// Adds a user.
    ///
    /// # Errors
    /// The name can't be one or is taken, or the database gave no answer.
    pub async fn add(&self, name: &str, role: Role, password_hash: &str) -> Result<(), UserError> {
        let name = canonical(name)?;
        let now = self.clock.now().as_millisecond();
        let sql = "insert into users (name, role, password_hash, created_at, password_changed_at) \
                   values ($1, $2, $3, $4, $4) on conflict (name) do nothing";
        let added = on_pool!(self.store, pool => {
            let adding = sqlx::query(sql).bind(&name).bind(role.name());
            adding.bind(password_hash).bind(now).execute(pool).await?.rows_affected()
        });
        if added == 0 { Err(UserError::Exists(name)) } else { Ok(()) }
    }

    /// Adds a user, or gives the one of this name a new role and password.
    ///
    /// # Errors
    /// The name can't be one, or the database gave no answer.
    pub async fn put(&self, name: &str, role: Role, password_hash: &str) -> Result<(), UserError> {
        match self.add(name, role, password_hash).await {
            Err(UserError::Exists(_)) => {
                self.set_password(name, password_hash).await?;
                self.set_role(name, role).await?;
                self.set_enabled(name, true).await
            }
            added => added,
        }
    }

    /// The user of this name, if there is one.
    pub async fn get(&self, name: &str) -> Result<Option<User>, UserError> {
        Ok(self.with_hash(name).await?.map(|(user, _)| user))
    }

    /// The user of this name and the hash of the password.
    pub async fn with_hash(&self, name: &str) -> Result<Option<(User, String)>, UserError> {
        let Ok(name) = canonical(name) else { return Ok(None) };
        let sql = "select name, role, disabled_at, password_hash from users where name = $1";
        let found: Option<(String, String, Option<i64>, String)> = on_pool!(self.store, pool => {
            sqlx::query_as(sql).bind(&name).fetch_optional(pool).await?
        });
        let Some((name, role, disabled, hash)) = found else { return Ok(None) };
        Ok(Some((user((name, role, disabled))?, hash)))
    }

    /// What decides about the sessions of a name; it need not be that of a local user.
    pub async fn standing(&self, name: &str) -> Result<Standing, UserError> {
        let sql = "select coalesce((select generation from session_generations where user_name = $1), 0), \
                   (select role from users where name = $1), \
                   (select disabled_at from users where name = $1)";
        let (generation, role, disabled): (i64, Option<String>, Option<i64>) =
            on_pool!(self.store, pool => sqlx::query_as(sql).bind(name).fetch_one(pool).await?);
        let user = role.map(|role| user((name.to_owned(), role, disabled))).transpose()?;
        Ok(Standing { generation, user })
    }

    /// Ends all sessions of a name, wherever their records are.
    pub async fn end_sessions(&self, name: &str) -> Result<(), UserError> {
        let sql = "insert into session_generations (user_name, generation) values ($1, 1) \
                   on conflict (user_name) do update \
                   set generation = session_generations.generation + 1";
        on_pool!(self.store, pool => {
            sqlx::query(sql).bind(name).execute(pool).await?;
        });
        Ok(())
    }

    /// All users by name.
    pub async fn list(&self) -> Result<Vec<User>, UserError> {
        let sql = "select name, role, disabled_at from users order by name";
        let rows: Vec<Row> =
            on_pool!(self.store, pool => sqlx::query_as(sql).fetch_all(pool).await?);
        Ok(rows.into_iter().map(user).collect::<Result<_, _>>()?)
    }

    /// Gives a user another password; their sessions end.
    ///
    /// # Errors
    /// There is no user of this name, or the database is unavailable.
    pub async fn set_password(&self, name: &str, password_hash: &str) -> Result<(), UserError> {
        let name = canonical(name)?;
        let now = self.clock.now().as_millisecond();
        let sql = "update users set password_hash = $2, password_changed_at = $3 where name = $1";
        let changed = on_pool!(self.store, pool => {
            let change = sqlx::query(sql).bind(&name).bind(password_hash).bind(now);
            change.execute(pool).await?.rows_affected()
        });
        found(name, changed)
    }

    /// Gives a user another role; their sessions end.
    ///
    /// # Errors
    /// There is no user of this name, or the database is unavailable.
    pub async fn set_role(&self, name: &str, role: Role) -> Result<(), UserError> {
        let name = canonical(name)?;
        let now = self.clock.now().as_millisecond();
        let sql = "update users set role = $2, password_changed_at = $3 where name = $1";
        let changed = on_pool!(self.store, pool => {
            let change = sqlx::query(sql).bind(&name).bind(role.name()).bind(now);
            change.execute(pool).await?.rows_affected()
        });
        found(name, changed)
    }

    /// Lets a user sign in, or not; their sessions end.
    ///
    /// # Errors
    /// There is no user of this name, or the database is unavailable.
    pub async fn set_enabled(&self, name: &str, enabled: bool) -> Result<(), UserError> {
        let name = canonical(name)?;
        let now = self.clock.now().as_millisecond();
        let disabled_at = (!enabled).then_some(now);
        let sql = "update users set disabled_at = $2, password_changed_at = $3 where name = $1";
        let changed = on_pool!(self.store, pool => {
            let change = sqlx::query(sql).bind(&name).bind(disabled_at).bind(now);
            change.execute(pool).await?.rows_affected()
        });
        found(name, changed)
    }
}

fn found(name: String, rows: u64) -> Result<(), UserError> {
    if rows == 0 { Err(UserError::Unknown(name)) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn users_are_added_once_and_changed_by_name() {
        let store = AppStore::open("sqlite::memory:").await.unwrap();
        let users = Users::new(store, Clock::system());
        users.add("Chen", Role::Viewer, "hash").await.unwrap();
        assert!(matches!(users.add("CHEN", Role::Admin, "x").await, Err(UserError::Exists(_))));
        users.set_role("chen", Role::Admin).await.unwrap();
        users.set_password("chen", "other").await.unwrap();
        users.set_enabled("chen", false).await.unwrap();
        let (user, hash) = users.with_hash("chEN").await.unwrap().unwrap();
        assert_eq!((user.role, user.enabled, hash.as_str()), (Role::Admin, false, "other"));
        for missing in [
            users.set_role("lin", Role::Admin).await,
            users.set_password("lin", "x").await,
            users.set_enabled("lin", true).await,
        ] {
            assert!(matches!(missing, Err(UserError::Unknown(_))));
        }
        assert_eq!(users.get("lin' or 1=1 --").await.unwrap(), None);
        assert!(matches!(
            users.add("ch\u{200b}en", Role::Admin, "x").await,
            Err(UserError::Name(_))
        ));
        users.put("ｃｈｅｎ", Role::Engineer, "third").await.unwrap();
        let all = users.list().await.unwrap();
        assert_eq!((all.len(), all[0].role, all[0].enabled), (1, Role::Engineer, true));
    }

    #[tokio::test]
    async fn every_change_of_a_user_begins_a_generation_of_sessions() {
        let store = AppStore::open("sqlite::memory:").await.unwrap();
        let users = Users::new(store, Clock::system());
        let generation = async || users.standing("chen").await.unwrap().generation;
        assert_eq!(generation().await, 0, "an unknown name has one as well");
        users.end_sessions("chen").await.unwrap();
        users.add("chen", Role::Viewer, "hash").await.unwrap();
        assert_eq!(generation().await, 2);
        users.set_role("chen", Role::Admin).await.unwrap();
        users.set_password("chen", "other").await.unwrap();
        users.set_enabled("chen", false).await.unwrap();
        users.end_sessions("chen").await.unwrap();
        assert_eq!(generation().await, 6);
        let standing = users.standing("chen").await.unwrap();
        assert_eq!(standing.user, users.get("chen").await.unwrap());
        assert_eq!(users.standing("lin").await.unwrap(), Standing { generation: 0, user: None });
    }
}
