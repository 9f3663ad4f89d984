//! Sessions as rows of the application's database.

use jiff::Timestamp;

use super::SessionsUnavailable;
use crate::app_store::{AppStore, on_pool};
use crate::auth::role::Role;
use crate::auth::session::record::{Session, Source};

#[derive(Debug)]
pub(super) struct DatabaseSessions {
    store: AppStore,
}

type Row = (String, String, String, String, String, i64, i64, String, String, i64);

const SELECT: &str = "select id_hash, public_id, user_name, role, source, created_at, last_seen_at, \
                      address, user_agent, generation from sessions";
const SELECT_ONE: &str = "select id_hash, public_id, user_name, role, source, created_at, \
                          last_seen_at, address, user_agent, generation from sessions where id_hash = $1";

fn session(row: Row) -> Result<Session, SessionsUnavailable> {
    let (
        id_hash,
        public_id,
        user_name,
        role,
        source,
        created,
        seen,
        address,
        user_agent,
        generation,
    ) = row;
    let broken = |what: &str| sqlx::Error::Decode(what.into());
    let time = |ms| Timestamp::from_millisecond(ms).map_err(|_| broken("a time"));
    Ok(Session {
        role: Role::named(&role).ok_or_else(|| broken("a role"))?,
        source: match source.as_str() {
            "local" => Source::Local,
            "ldap" => Source::Ldap,
            _ => return Err(broken("a source").into()),
        },
        created_at: time(created)?,
        last_seen_at: time(seen)?,
        id_hash,
        public_id,
        user_name,
        address,
        user_agent,
        generation,
    })
}

impl DatabaseSessions {
    pub fn new(store: AppStore) -> Self {
        Self { store }
    }

    pub async fn insert(&self, session: &Session) -> Result<(), SessionsUnavailable> {
        let sql = "insert into sessions (id_hash, public_id, user_name, role, source, created_at, \
                   last_seen_at, address, user_agent, generation) \
                   values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
        on_pool!(self.store, pool => {
            sqlx::query(sql)
                .bind(&session.id_hash)
                .bind(&session.public_id)
                .bind(&session.user_name)
                .bind(session.role.name())
                .bind(session.source.name())
                .bind(session.created_at.as_millisecond())
                .bind(session.last_seen_at.as_millisecond())
                .bind(&session.address)
                .bind(&session.user_agent)
                .bind(session.generation)
                .execute(pool)
                .await?;
        });
        Ok(())
    }

    pub async fn get(&self, id_hash: &str) -> Result<Option<Session>, SessionsUnavailable> {
        let row: Option<Row> = on_pool!(self.store, pool => {
            sqlx::query_as(SELECT_ONE).bind(id_hash).fetch_optional(pool).await?
        });
        row.map(session).transpose()
    }

    /// Changes nothing when the session has ended in the meantime.
    pub async fn mark_seen(&self, session: &Session) -> Result<(), SessionsUnavailable> {
        let sql = "update sessions set last_seen_at = $2 where id_hash = $1 and last_seen_at < $2";
        on_pool!(self.store, pool => {
            let marking = sqlx::query(sql).bind(&session.id_hash);
            marking.bind(session.last_seen_at.as_millisecond()).execute(pool).await?;
        });
        Ok(())
    }

    pub async fn delete(&self, session: &Session) -> Result<(), SessionsUnavailable> {
        on_pool!(self.store, pool => {
            let ending = sqlx::query("delete from sessions where id_hash = $1");
            ending.bind(&session.id_hash).execute(pool).await?;
        });
        Ok(())
    }

    pub async fn list(&self) -> Result<Vec<Session>, SessionsUnavailable> {
        let rows: Vec<Row> =
            on_pool!(self.store, pool => sqlx::query_as(SELECT).fetch_all(pool).await?);
        rows.into_iter().map(session).collect()
    }

    pub async fn delete_over(
        &self,
        created_before: Timestamp,
        seen_before: Timestamp,
    ) -> Result<(), SessionsUnavailable> {
        let sql = "delete from sessions where created_at <= $1 or last_seen_at <= $2";
        on_pool!(self.store, pool => {
            let cleaning = sqlx::query(sql).bind(created_before.as_millisecond());
            cleaning.bind(seen_before.as_millisecond()).execute(pool).await?;
        });
        Ok(())
    }
}
