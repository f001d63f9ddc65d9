//! SQL: one file for each group of tables, one text for both engines. No decision is made here.

pub mod audit;
pub mod challenges;
pub mod devices;
mod error;
pub mod requests;
pub mod sessions;
pub mod sign_outs;
pub mod throttles;
pub mod users;

pub use error::StoreError;

/// How many rows one statement forgets. It asks twice whether they have expired: somebody may use them
/// while it waits for them.
const AT_ONCE: i64 = 1000;

/// The schema, from its first version on.
pub static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!();

/// Empty texts are NULL.
fn unless_empty(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}
