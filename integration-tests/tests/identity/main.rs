//! Identity as other teams meet it: its real processes, called from other languages, under attack,
//! and with a database that dies.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails where it stands"
)]

mod attack;
mod callers;
mod faults;
mod starts;

/// A database that identity fills: it comes without a schema.
static NOTHING: sqlx::migrate::Migrator = sqlx::migrate::Migrator::DEFAULT;
