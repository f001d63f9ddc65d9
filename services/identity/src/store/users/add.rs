//! New people.

use crate::domain::{identifier::Identifier, user::Addition};
use crate::store::StoreError;
use database::{Transaction, sql};

/// What is somebody's already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// The subject is or was somebody's.
    Subject,
    /// The email address is somebody's identifier.
    Email,
    /// The user name is.
    Username,
}

/// Adds a person under all their identifiers, or tells what is taken: then the transaction is to end, or
/// to [take them back](take_back). The subject comes first: whoever lost it has written nothing.
#[tracing::instrument(
    name = "users.add",
    skip_all,
    fields(otel.kind = "client", db.operation.name = "INSERT")
)]
pub async fn add(
    transaction: &mut Transaction,
    addition: &Addition,
) -> Result<Option<Taken>, StoreError> {
    let Addition { user, identifiers, password_hash } = addition;
    let given = sql!(transaction.on(), c => sqlx::query(
        "INSERT INTO subjects (subject) VALUES ($1) ON CONFLICT (subject) DO NOTHING",
    )
    .bind(&user.subject)
    .execute(c)
    .await?
    .rows_affected());
    if given == 0 {
        return Ok(Some(Taken::Subject));
    }
    // A release that knows no `subjects` may have given it.
    let added = sql!(transaction.on(), c => sqlx::query(
        "INSERT INTO users (subject, email, username, display_name, password_hash, state, \
         version, created_at, updated_at, phone_number, formatted_address, street_address, \
         locality, region, postal_code, country, group_names) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8, $9, $10, $11, $12, $13, $14, $15, $16) \
         ON CONFLICT (subject) DO NOTHING",
    )
    .bind(&user.subject)
    .bind(&user.email)
    .bind(&user.username)
    .bind(&user.display_name)
    .bind(password_hash)
    .bind(super::change::state(user.active))
    .bind(user.version)
    .bind(user.created_at)
    .bind(&user.phone_number)
    .bind(&user.address.formatted)
    .bind(&user.address.street_address)
    .bind(&user.address.locality)
    .bind(&user.address.region)
    .bind(&user.address.postal_code)
    .bind(&user.address.country)
    .bind(super::group_names(&user.groups))
    .execute(c)
    .await?
    .rows_affected());
    if added == 0 {
        return Ok(Some(Taken::Subject));
    }
    add_identifiers(transaction, &user.subject, identifiers).await
}

/// Names the person: the first identifier is the email address, the second the user name.
pub(super) async fn add_identifiers(
    transaction: &mut Transaction,
    subject: &str,
    identifiers: &[Identifier],
) -> Result<Option<Taken>, StoreError> {
    for (identifier, taken) in identifiers.iter().zip([Taken::Email, Taken::Username]) {
        let added = sql!(transaction.on(), c => sqlx::query(
            "INSERT INTO identifiers (key, subject) VALUES ($1, $2) ON CONFLICT (key) DO NOTHING",
        )
        .bind(identifier.as_str())
        .bind(subject)
        .execute(c)
        .await?
        .rows_affected());
        if added == 0 {
            return Ok(Some(taken));
        }
    }
    Ok(None)
}

/// Undoes [`add`] within its transaction. The subject was never anybody's and is free again.
#[tracing::instrument(
    name = "users.take_back",
    skip_all,
    fields(otel.kind = "client", db.operation.name = "DELETE")
)]
pub async fn take_back(transaction: &mut Transaction, subject: &str) -> Result<(), StoreError> {
    for statement in [
        "DELETE FROM identifiers WHERE subject = $1",
        "DELETE FROM users WHERE subject = $1",
        "DELETE FROM subjects WHERE subject = $1",
    ] {
        sql!(transaction.on(), c => {
            sqlx::query(statement).bind(subject).execute(c).await.map(drop)
        })?;
    }
    Ok(())
}
