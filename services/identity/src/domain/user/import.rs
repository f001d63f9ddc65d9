//! Many new people, each row wholly or not at all.

use crate::domain::{
    Violation,
    audit::Entry,
    hashing::{Hashing, HashingError},
    identifier::Identifier,
    password::Password,
    time_ordered,
    user::{Addition, Details, Profile, User, UserError, is_subject},
};
use crate::store::{
    StoreError, audit,
    users::{self, Taken},
};
use chassis::Clock;
use chrono::{DateTime, Utc};
use database::{Database, Transaction};
use std::{fmt, time::Duration};
use tokio::time::sleep;

/// How long an import steps back where too many others wait as well.
const STEP_BACK: Duration = Duration::from_millis(50);

/// A person to add, as sent.
#[derive(Clone, Default)]
pub struct Row {
    /// The subject to keep. Empty: a new one.
    pub subject: String,
    /// Who it is.
    pub details: Details,
    /// The password. Empty: none.
    pub password: String,
    /// A hash of the password. Empty: none.
    pub password_hash: String,
    /// Whether the person may sign in.
    pub active: bool,
}

/// What became of a row: the subject, or all that is wrong.
pub type Outcome = Result<String, Vec<Violation>>;

/// A row that may be added, its password not hashed yet.
struct Checked {
    user: User,
    profile: Profile,
    secret: Option<Secret>,
}

enum Secret {
    Password(Password),
    Hash(String),
}

/// Adds all rows that can be added, in one transaction; an outcome for each, in order.
pub async fn import(
    database: &Database,
    hashing: &Hashing,
    clock: &Clock,
    rows: &[Row],
    password_min_length: u16,
) -> Result<Vec<Outcome>, UserError> {
    let (mut additions, mut outcomes) = (Vec::new(), Vec::new());
    for row in rows {
        let checked = row.check(hashing, password_min_length, clock.now()).await;
        outcomes.push(match checked {
            Ok(checked) => {
                let subject = checked.user.subject.clone();
                additions.push(checked.hashed(hashing).await?);
                Ok(subject)
            }
            Err(violations) => Err(violations),
        });
    }
    let added = database.transaction(|transaction| add_all(transaction, &additions));
    let mut taken = added.await?.into_iter();
    for outcome in outcomes.iter_mut().filter(|outcome| outcome.is_ok()) {
        if let Some(taken) = taken.next().flatten() {
            *outcome = Err(vec![violation(taken)]);
        }
    }
    Ok(outcomes)
}

/// For each what was taken, and then nothing of them is kept.
async fn add_all(
    mut transaction: Transaction,
    additions: &[Addition],
) -> Result<Vec<Option<Taken>>, StoreError> {
    let mut outcomes = vec![None; additions.len()];
    let mut entries = Vec::new();
    // In the order of their email addresses: two imports of the same people in different orders would
    // wait for each other. Where they still do, because of user names or subjects, the database ends one
    // of them, which is done again from here.
    let mut ordered: Vec<_> = additions.iter().zip(&mut outcomes).collect();
    ordered.sort_by_key(|(addition, _)| addition.identifiers.first().map(Identifier::as_str));
    for (addition, outcome) in ordered {
        *outcome = users::add(&mut transaction, addition).await?;
        if let Some(Taken::Email | Taken::Username) = outcome {
            users::take_back(&mut transaction, &addition.user.subject).await?;
        }
        if outcome.is_none() {
            let entry = addition.entry();
            audit::append(&mut transaction, &entry).await?;
            entries.push(entry);
        }
    }
    transaction.commit().await?;
    entries.iter().for_each(Entry::tell);
    Ok(outcomes)
}

impl Row {
    async fn check(
        &self,
        hashing: &Hashing,
        min_length: u16,
        now: DateTime<Utc>,
    ) -> Result<Checked, Vec<Violation>> {
        let profile = Profile::parse_new(&self.details);
        let (subject, secret) = (self.subject(now), self.secret(hashing, min_length).await);
        match (profile, subject, secret) {
            (Ok(profile), Ok(subject), Ok(secret)) => {
                let mut user = User::new(subject, profile.clone(), now);
                user.active = self.active;
                Ok(Checked { user, profile, secret })
            }
            (profile, subject, secret) => {
                let profile = profile.err().unwrap_or_default();
                Err(subject.err().into_iter().chain(profile).chain(secret.err()).collect())
            }
        }
    }

    fn subject(&self, now: DateTime<Utc>) -> Result<String, Violation> {
        match self.subject.as_str() {
            "" => Ok(time_ordered::id(now)),
            subject if is_subject(subject) => Ok(subject.to_owned()),
            _ => {
                Err(Violation::new("subject", "is longer than 64 bytes or has a control character"))
            }
        }
    }

    async fn secret(
        &self,
        hashing: &Hashing,
        min_length: u16,
    ) -> Result<Option<Secret>, Violation> {
        let own = self.details.known_by();
        match (self.password.as_str(), self.password_hash.trim()) {
            ("", "") => Ok(None),
            (password, "") => Password::parse_new("password", password, min_length, &own)
                .await
                .map(|password| Some(Secret::Password(password))),
            ("", hash) => match hashing.accepts(hash) {
                Ok(()) => Ok(Some(Secret::Hash(hash.to_owned()))),
                Err(problem) => Err(Violation::new("password_hash", problem)),
            },
            _ => Err(Violation::new("password_hash", "does not go together with a password")),
        }
    }
}

impl Checked {
    async fn hashed(self, hashing: &Hashing) -> Result<Addition, HashingError> {
        let password_hash = match self.secret {
            None => None,
            Some(Secret::Hash(hash)) => Some(hash),
            Some(Secret::Password(password)) => Some(patiently(hashing, &password).await?),
        };
        Ok(Addition { user: self.user, identifiers: self.profile.identifiers, password_hash })
    }
}

/// One hash at a time, after those of people who wait.
async fn patiently(hashing: &Hashing, password: &Password) -> Result<String, HashingError> {
    loop {
        match hashing.hash_for_import(password).await {
            Err(HashingError::Overloaded { .. }) => sleep(STEP_BACK).await,
            done => return done,
        }
    }
}

fn violation(taken: Taken) -> Violation {
    match taken {
        Taken::Subject => Violation::new("subject", "belongs or belonged to somebody"),
        Taken::Email => Violation::new("email", "belongs to somebody"),
        Taken::Username => Violation::new("username", "belongs to somebody"),
    }
}

impl fmt::Debug for Row {
    /// Password and hash are secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Row").field("subject", &self.subject).finish_non_exhaustive()
    }
}
