//! New people.

use crate::domain::{
    audit::{Entry, Event},
    identifier::Identifier,
    user::{Addition, User},
};
use crate::store::{
    StoreError, audit,
    requests::{self, Request},
};
use database::{Database, Transaction, sql};

/// What is somebody's already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// The subject is or was somebody's.
    Subject,
    /// The email address is somebody's identifier.
    Email,
    /// The user name is.
    Username,
    /// The request id has added somebody.
    Request,
}

/// Adds a person under all their identifiers, or, where something is taken, not at all.
#[tracing::instrument(
    name = "users.insert",
    skip_all,
    fields(otel.kind = "client", db.operation.name = "INSERT")
)]
pub async fn insert(
    database: &Database,
    addition: &Addition,
    request: Option<&Request>,
) -> Result<Option<Taken>, StoreError> {
    let inserted = database.transaction(|mut transaction| async move {
        if let Some(request) = request
            && !requests::insert(&mut transaction, request, &addition.user.subject).await?
        {
            return Ok(Some(Taken::Request));
        }
        if let Some(taken) = add(&mut transaction, addition).await? {
            return Ok(Some(taken));
        }
        let entry = created(addition);
        audit::append(&mut transaction, &entry).await?;
        transaction.commit().await?;
        entry.tell();
        Ok(None)
    });
    inserted.await
}

/// Adds many people in one transaction: for each what was taken, and then nothing of them is kept.
#[tracing::instrument(
    name = "users.insert_all",
    skip_all,
    fields(otel.kind = "client", db.operation.name = "INSERT")
)]
pub async fn insert_all(
    database: &Database,
    additions: &[Addition],
) -> Result<Vec<Option<Taken>>, StoreError> {
    database.transaction(|transaction| insert_all_in(transaction, additions)).await
}

async fn insert_all_in(
    mut transaction: Transaction,
    additions: &[Addition],
) -> Result<Vec<Option<Taken>>, StoreError> {
    let mut outcomes = Vec::with_capacity(additions.len());
    let mut entries = Vec::new();
    // In the order of their email addresses: two imports of the same people in different orders would
    // wait for each other. Where they still do, because of user names or subjects, the database ends one
    // of them, which is done again from here.
    let mut ordered: Vec<_> = additions.iter().enumerate().collect();
    ordered.sort_by_key(|(_, addition)| addition.identifiers.first().map(Identifier::as_str));
    for (row, addition) in ordered {
        let taken = add(&mut transaction, addition).await?;
        if matches!(taken, Some(Taken::Email | Taken::Username)) {
            take_back(&mut transaction, &addition.user.subject).await?;
        }
        if taken.is_none() {
            let entry = created(addition);
            audit::append(&mut transaction, &entry).await?;
            entries.push(entry);
        }
        outcomes.push((row, taken));
    }
    transaction.commit().await?;
    entries.iter().for_each(Entry::tell);
    outcomes.sort_unstable_by_key(|(row, _)| *row);
    Ok(outcomes.into_iter().map(|(_, taken)| taken).collect())
}

fn created(addition: &Addition) -> Entry {
    let User { subject, created_at, .. } = &addition.user;
    Entry::done(Event::UserCreate, Some(subject), *created_at)
}

/// The subject first: whoever lost it has written nothing.
async fn add(
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
async fn take_back(transaction: &mut Transaction, subject: &str) -> Result<(), StoreError> {
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
