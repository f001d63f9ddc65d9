//! How a statement fails.

use std::borrow::Borrow;

/// A statement that was not done, also when it was tried again. The caller can only come later; the
/// text is for the log.
#[derive(Debug, thiserror::Error)]
#[error("the database does not do it: {0}")]
pub struct StoreError(#[from] sqlx::Error);

impl Borrow<sqlx::Error> for StoreError {
    fn borrow(&self) -> &sqlx::Error {
        &self.0
    }
}
