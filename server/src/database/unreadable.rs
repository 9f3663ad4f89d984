//! Tables that the database has not, or not for this role.

/// Why a table can't be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// There is no such table or view.
    #[error(
        "the database has no table or view {0} that this role can see; create it, set its name or \
         schema (see `mes-dashboard serve --help`), or GRANT USAGE ON SCHEMA"
    )]
    Missing(String),
    /// A required column is not there.
    #[error("{table} has no column {columns}; the source contract requires it")]
    MissingColumns {
        /// Table name.
        table: String,
        /// All that are missing, comma separated.
        columns: String,
    },
    /// A required column is there, and this role may not read it.
    #[error(
        "role {role} may not read {columns} of {table}; run: GRANT SELECT ({columns}) ON {sql} TO {grantee}"
    )]
    Hidden {
        /// Table name.
        table: String,
        /// The table in SQL.
        sql: String,
        /// Comma separated, as SQL spells them.
        columns: String,
        /// The current role.
        role: String,
        /// The same as SQL identifier.
        grantee: String,
    },
}

impl From<Unreadable> for sqlx::Error {
    fn from(cause: Unreadable) -> Self {
        Self::Configuration(cause.into())
    }
}

/// That a table can't be read, where that is why a call failed.
pub(crate) fn unreadable(error: &sqlx::Error) -> Option<&Unreadable> {
    match error {
        sqlx::Error::Configuration(cause) => cause.downcast_ref(),
        _ => None,
    }
}
