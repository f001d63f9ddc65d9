//! How a statement fails.

/// A statement that did not do what it should.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Two transactions came in each other's way; this one did nothing and may be repeated at once.
    #[error("another transaction came in between")]
    Conflict,
    /// Anything else: the caller can only try again. The text is for the log.
    #[error("the database does not do it: {0}")]
    Unavailable(#[source] sqlx::Error),
}

/// Serialization failure and deadlock (PostgreSQL, appendix A; CockroachDB uses the first).
const CONFLICTS: [&str; 2] = ["40001", "40P01"];

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match error.as_database_error().and_then(sqlx::error::DatabaseError::code) {
            Some(code) if CONFLICTS.contains(&code.as_ref()) => Self::Conflict,
            _ => Self::Unavailable(error),
        }
    }
}
