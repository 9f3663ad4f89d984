//! Local users, in the application's database.

use jiff::Timestamp;

use super::clock::Clock;
use super::role::Role;
use crate::app_store::{AppStore, AppStoreError, on_pool};

/// Longest name, bytes.
const MOST_BYTES: usize = 128;

/// Why something can't be done to a user.
#[derive(Debug, thiserror::Error)]
pub enum UserError {
    /// The name can't be one.
    #[error("a name takes 1 to {MOST_BYTES} letters, digits, '.', '_', '-' and '@', not \"{0}\"")]
    Name(String),
    /// There is one of this name.
    #[error("there is a user {0} already; `user passwd` and `user role` change it")]
    Exists(String),
    /// There is none of this name.
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

/// A name as it is stored and compared: names are the same whatever their case.
///
/// # Errors
/// It can't be a name.
pub fn canonical(name: &str) -> Result<String, UserError> {
    let name = name.trim();
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '@');
    if (1..=MOST_BYTES).contains(&name.len()) && name.chars().all(plain) {
        return Ok(name.to_lowercase());
    }
    Err(UserError::Name(name.chars().take(40).collect()))
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
    /// When password, role or permission to sign in changed last; sessions that began before are
    /// over, also when the change was taken back.
    pub changed_at: Timestamp,
}

/// All local users.
///
/// The column `password_changed_at` holds [`User::changed_at`]: an older program beside this one
/// reads it by that name.
#[derive(Clone, Debug)]
pub struct Users {
    store: AppStore,
    clock: Clock,
}

type Row = (String, String, i64, Option<i64>);

fn user(row: Row) -> Result<User, sqlx::Error> {
    let (name, role, changed_at, disabled_at) = row;
    let broken = |what: String| sqlx::Error::Decode(what.into());
    Ok(User {
        role: Role::named(&role).ok_or_else(|| broken(format!("role {role}")))?,
        enabled: disabled_at.is_none(),
        changed_at: Timestamp::from_millisecond(changed_at)
            .map_err(|error| broken(error.to_string()))?,
        name,
    })
}

impl Users {
    /// The users in `store`.
    pub fn new(store: AppStore, clock: Clock) -> Self {
        Self { store, clock }
    }

    /// Now, by the clock that dates the changes.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
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
    ///
    /// # Errors
    /// The database gave no answer.
    pub async fn get(&self, name: &str) -> Result<Option<User>, UserError> {
        Ok(self.with_hash(name).await?.map(|(user, _)| user))
    }

    /// The user of this name and the hash of the password.
    ///
    /// # Errors
    /// The database gave no answer.
    pub async fn with_hash(&self, name: &str) -> Result<Option<(User, String)>, UserError> {
        let Ok(name) = canonical(name) else { return Ok(None) };
        let sql = "select name, role, password_changed_at, disabled_at, password_hash from users where name = $1";
        let found: Option<(String, String, i64, Option<i64>, String)> = on_pool!(self.store, pool => {
            sqlx::query_as(sql).bind(&name).fetch_optional(pool).await?
        });
        let Some((name, role, changed, disabled, hash)) = found else { return Ok(None) };
        Ok(Some((user((name, role, changed, disabled))?, hash)))
    }

    /// All users by name.
    ///
    /// # Errors
    /// The database gave no answer.
    pub async fn list(&self) -> Result<Vec<User>, UserError> {
        let sql = "select name, role, password_changed_at, disabled_at from users order by name";
        let rows: Vec<Row> =
            on_pool!(self.store, pool => sqlx::query_as(sql).fetch_all(pool).await?);
        Ok(rows.into_iter().map(user).collect::<Result<_, _>>()?)
    }

    /// Gives a user another password; their sessions end.
    ///
    /// # Errors
    /// There is none of this name, or the database gave no answer.
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
    /// There is none of this name, or the database gave no answer.
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
    /// There is none of this name, or the database gave no answer.
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

    #[test]
    fn names_are_plain_and_without_case() {
        assert_eq!(canonical(" Chen.Wei ").unwrap(), "chen.wei");
        assert_eq!(canonical("陳大文").unwrap(), "陳大文");
        for wrong in ["", " ", "a b", "a*", "a)(uid=*", "a\0", "a,ou=x", &"a".repeat(129)] {
            assert!(matches!(canonical(wrong), Err(UserError::Name(_))), "{wrong}");
        }
    }

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
        users.put("chen", Role::Engineer, "third").await.unwrap();
        let all = users.list().await.unwrap();
        assert_eq!((all.len(), all[0].role, all[0].enabled), (1, Role::Engineer, true));
    }
}
