//! `users`, `identifiers` and `subjects`.

mod add;
mod change;
mod read;
mod sign_in;
mod together;

pub use add::{Taken, add, take_back};
pub use change::{count_further, delete, set_active, set_password, write_profile};
pub use read::{find, find_all, find_by_identifier, list, password_hash};
pub use sign_in::{Account, confirm, find_account};
pub use together::Finder;

use crate::domain::user::{Address, User};
use chrono::{DateTime, Utc};

/// A statement on `users` that answers with a [`UserRow`]: the text before its columns, and after.
macro_rules! with_user_row {
    ($before:literal, $after:literal) => {
        concat!(
            $before,
            " users.subject, email, username, display_name, phone_number, formatted_address, \
             street_address, locality, region, postal_code, country, group_names, \
             state = 'active' AS active, version, created_at, updated_at ",
            $after
        )
    };
}
use with_user_row;

/// A person as a row.
#[derive(Clone, sqlx::FromRow)]
struct UserRow {
    subject: String,
    email: String,
    username: Option<String>,
    display_name: String,
    phone_number: String,
    formatted_address: String,
    street_address: String,
    locality: String,
    region: String,
    postal_code: String,
    country: String,
    /// As [`group_names`] writes them.
    group_names: String,
    active: bool,
    version: i64,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl From<UserRow> for User {
    fn from(row: UserRow) -> Self {
        Self {
            subject: row.subject,
            email: row.email,
            username: row.username,
            display_name: row.display_name,
            phone_number: row.phone_number,
            address: Address {
                formatted: row.formatted_address,
                street_address: row.street_address,
                locality: row.locality,
                region: row.region,
                postal_code: row.postal_code,
                country: row.country,
            },
            groups: row.group_names.split_whitespace().map(str::to_owned).collect(),
            active: row.active,
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

/// `users.group_names`: one column, so that a person is one row.
fn group_names(groups: &[String]) -> String {
    groups.join(" ")
}
