//! Database errors in words for an operator: without positions in its own source code, with its
//! error code and the next step.

use std::path::Path;

use sqlx::postgres::PgDatabaseError;

/// The error's text for logs and `/health`.
pub fn plain(error: &sqlx::Error) -> String {
    let sqlx::Error::Database(cause) = error else {
        return match error {
            sqlx::Error::Io(cause) => cause.to_string(),
            sqlx::Error::Configuration(cause) => cause.to_string(),
            sqlx::Error::PoolTimedOut => "no connection could be opened in time".to_owned(),
            other => other.to_string(),
        };
    };
    let Some(postgres) = cause.try_downcast_ref::<PgDatabaseError>() else {
        return cause.message().to_owned();
    };
    let mut text = format!("{} (SQLSTATE {})", postgres.message(), postgres.code());
    for more in [postgres.detail(), postgres.hint()].into_iter().flatten() {
        text.push_str("; ");
        text.push_str(&more.replace('\n', " "));
    }
    if let Some(step) = next_step(postgres.code(), postgres.message()) {
        text.push_str("; ");
        text.push_str(step);
    }
    text
}

fn next_step(code: &str, message: &str) -> Option<&'static str> {
    Some(match code {
        "28P01" => "check user and password in the address",
        "28000" => "check the user in the address, and pg_hba.conf of the server",
        "3D000" => "check the name of the database in the address",
        "53300" => {
            "raise max_connections of the server or the role's limit, or lower DB_POOL_SIZE and \
             DB_MAX_OVERFLOW"
        }
        "42501" if message.contains("schema") => "GRANT USAGE ON SCHEMA to the role of the address",
        "42501" => "GRANT SELECT to the role of the address",
        "22023" if message.contains("TimeZone") => {
            "the server has no time zone of the name in PLANT_TIME_ZONE; set one of its pg_timezone_names"
        }
        "08P01" if message.contains("startup parameter") => {
            "remove the parameter from the address, or let the pooler ignore it \
             (ignore_startup_parameters)"
        }
        _ => return None,
    })
}

/// A SQLite error with the file that it is about, where that is the file's and not the statement's.
pub(crate) fn about_file(error: sqlx::Error, path: Option<&Path>) -> sqlx::Error {
    let code = error.as_database_error().and_then(|error| error.code()?.parse::<i32>().ok());
    let (Some(path), Some(code)) = (path, code) else { return error };
    let shown = path.display();
    // CANTOPEN, READONLY, NOTADB; see https://www.sqlite.org/rescode.html.
    let text = match (code & 0xff, std::fs::File::open(path)) {
        (14 | 8, Err(cause)) => format!("the SQLite file {shown} can't be opened: {cause}"),
        (14 | 8, Ok(file)) if is_in_wal_mode(&file) => format!(
            "the SQLite file {shown} is in WAL mode and can't be opened, because its folder can't be \
             written; make the folder writable for this user, or add ?immutable=1 to the address if \
             nothing writes to the file"
        ),
        (14, Ok(_)) => format!("the SQLite file {shown} can't be opened: {error}"),
        (26, _) => format!("the file {shown} is no SQLite database"),
        _ => return error,
    };
    sqlx::Error::Io(std::io::Error::other(text))
}

/// Marked in the header of the file: <https://www.sqlite.org/fileformat2.html>.
fn is_in_wal_mode(mut file: &std::fs::File) -> bool {
    use std::io::Read;
    const WRITE_VERSION: usize = 18;
    const WAL: u8 = 2;
    let mut header = [0_u8; WRITE_VERSION + 1];
    file.read_exact(&mut header).is_ok() && header[WRITE_VERSION] == WAL
}
