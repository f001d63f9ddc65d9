//! `users`, `identifiers` and `subjects`.

mod add;
mod change;
mod read;
mod sign_in;

pub use add::{Taken, insert, insert_all};
pub use change::{Change, delete, set_active, set_password, update};
pub use read::{find, find_all, find_by_identifier, list, password_hash};
pub use sign_in::{Account, find_account, replace_hash};

use crate::domain::user::User;
use chrono::{DateTime, Utc};

/// A person as a row.
#[derive(sqlx::FromRow)]
struct UserRow {
    subject: String,
    email: String,
    username: Option<String>,
    display_name: String,
    active: bool,
    version: i64,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl From<UserRow> for User {
    fn from(row: UserRow) -> Self {
        let UserRow {
            subject,
            email,
            username,
            display_name,
            active,
            version,
            created_at,
            updated_at,
        } = row;
        Self { subject, email, username, display_name, active, version, created_at, updated_at }
    }
}
