//! How a statement fails.

/// A statement that did not do what it should.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A key is taken.
    #[error("the key is taken")]
    Duplicate,
    /// Anything else: the caller can only try again. The text is for the log.
    #[error("the database does not do it: {0}")]
    Unavailable(#[source] sqlx::Error),
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match error.as_database_error() {
            Some(database) if database.is_unique_violation() => Self::Duplicate,
            _ => Self::Unavailable(error),
        }
    }
}
