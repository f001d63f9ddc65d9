//! A sign-in that lasts: who may go on without signing in again, and when that ends.

use crate::domain::{
    audit::{Entry, Event},
    user::{User, UserError},
};
use crate::store::{StoreError, audit, sessions, sign_outs, users};
use chassis::Clock;
use chrono::{DateTime, TimeDelta, Utc};
use database::Database;

/// A session that was not used for so long is forgotten, and so cannot be continued. Hydra keeps
/// its own for 30 days, unless it is told otherwise.
pub const MEMORY: TimeDelta = TimeDelta::days(365);

/// One that has ended is remembered for as long as its login challenge could be answered again.
pub const MEMORY_OF_ENDED: TimeDelta = TimeDelta::hours(24);

/// How exactly it is known when a session was last used: not every use is a write.
const USE: TimeDelta = TimeDelta::minutes(1);

const MAX_ID_BYTES: usize = 64;

/// A sign-in of a person in a browser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Hydra's login session id.
    pub id: String,
    /// Who.
    pub subject: String,
    /// How well it was proved who it is.
    pub acr: String,
    /// How it was proved (RFC 8176).
    pub amr: Vec<String>,
    /// When it was proved.
    pub authenticated_at: DateTime<Utc>,
    /// The OAuth 2.0 client that the person signed in to. May be empty.
    pub client_id: String,
    /// The person's network address at the sign-in. May be empty.
    pub ip: String,
    /// The browser at the sign-in. May be empty.
    pub user_agent: String,
    /// When it began.
    pub created_at: DateTime<Utc>,
    /// When it was last used, give or take a minute.
    pub used_at: DateTime<Utc>,
    /// When it ended, if it has.
    pub ended_at: Option<DateTime<Utc>>,
}

/// A sign-out that Hydra has to be told of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignOut {
    /// Who is to be signed out.
    pub subject: String,
    /// When it was asked for: what began until then is meant.
    pub requested_at: DateTime<Utc>,
}

/// Why a session is not to be had.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// There is none, or it has ended, or it is somebody else's.
    #[error("there is no such session")]
    NotFound,
    /// The person is gone.
    #[error(transparent)]
    User(#[from] UserError),
    /// The person may not sign in now.
    #[error("the user is disabled")]
    Disabled,
    /// The database cannot be reached.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Whether `text` can be the id of a session.
#[must_use]
pub fn is_id(text: &str) -> bool {
    (1..=MAX_ID_BYTES).contains(&text.len()) && !text.contains(char::is_control)
}

/// The session, whether it has ended or not.
pub async fn find(database: &Database, id: &str) -> Result<Session, SessionError> {
    let found = if is_id(id) { sessions::find(database, id).await? } else { None };
    found.ok_or(SessionError::NotFound)
}

/// Goes on in a session that has not ended, as a person who may still sign in.
pub async fn resume(
    database: &Database,
    clock: &Clock,
    id: &str,
    subject: &str,
) -> Result<(Session, User), SessionError> {
    let mut session = find(database, id).await?;
    if session.subject != subject || session.ended_at.is_some() {
        return Err(SessionError::NotFound);
    }
    let user = users::find(database, subject).await?.ok_or(UserError::NotFound)?;
    if !user.active {
        return Err(SessionError::Disabled);
    }
    let sign_out = sign_outs::find(database, subject).await?;
    if sign_out.is_some_and(|sign_out| sign_out.requested_at >= session.authenticated_at) {
        return Err(SessionError::NotFound);
    }
    let now = clock.now();
    if now - session.used_at >= USE {
        sessions::note_use(database, id, now).await?;
        session.used_at = now;
    }
    Ok((session, user))
}

/// Ends a session. One that has ended already stays as it is.
pub async fn end(database: &Database, clock: &Clock, id: &str) -> Result<(), SessionError> {
    find(database, id).await?;
    let now = clock.now();
    let ended = database.transaction(|mut transaction| async move {
        let Some(subject) = sessions::end(&mut transaction, id, now).await? else { return Ok(()) };
        let entry = Entry::done(Event::SessionEnd, Some(&subject), now);
        audit::append(&mut transaction, &entry).await?;
        transaction.commit().await?;
        entry.tell();
        Ok::<_, StoreError>(())
    });
    Ok(ended.await?)
}

/// Asks that somebody be signed out everywhere.
pub async fn request_sign_out(
    database: &Database,
    clock: &Clock,
    subject: &str,
) -> Result<SignOut, StoreError> {
    let now = clock.now();
    let entry = &Entry::done(Event::SessionSignOut, Some(subject), now);
    let requested = database.transaction(|mut transaction| async move {
        let sign_out = sign_outs::request(&mut transaction, subject, now).await?;
        audit::append(&mut transaction, entry).await?;
        transaction.commit().await?;
        entry.tell();
        Ok(sign_out)
    });
    requested.await
}

/// Hydra has forgotten all that a sign-out is about: the sessions from before it end.
pub async fn complete_sign_out(
    database: &Database,
    clock: &Clock,
    sign_out: &SignOut,
) -> Result<(), StoreError> {
    let now = clock.now();
    let completed = database.transaction(|mut transaction| async move {
        let ended = sessions::end_all(&mut transaction, sign_out, now).await?;
        sign_outs::complete(&mut transaction, sign_out).await?;
        let entry = |_| Entry::done(Event::SessionEnd, Some(&sign_out.subject), now);
        let entries: Vec<_> = (0..ended).map(entry).collect();
        for entry in &entries {
            audit::append(&mut transaction, entry).await?;
        }
        transaction.commit().await?;
        entries.iter().for_each(Entry::tell);
        Ok(())
    });
    completed.await
}
