//! Failed attempts, as operators see and forgive them.

use crate::domain::{
    admission::Throttle,
    audit::{Entry, Event, Origin},
    identifier::Identifier,
};
use crate::store::{
    StoreError, audit,
    throttles::{self, About, Kept},
    users,
};
use chrono::{DateTime, Utc};
use std::net::IpAddr;

/// Whose counters.
#[derive(Debug)]
pub enum Target {
    /// Those of the person with this subject.
    Subject(String),
    /// Those of the person whose name this is, or of the name where nobody has it.
    Identifier(Identifier),
    /// Those of a source.
    Address(IpAddr),
}

impl Throttle {
    /// At most `most` counters, in the order of their keys, after the key `after`.
    pub async fn list(
        &self,
        target: Option<&Target>,
        after: &[u8],
        most: i64,
        now: DateTime<Utc>,
    ) -> Result<Vec<Kept>, StoreError> {
        let about = match target {
            Some(target) => Some(self.about(target, self.subject(target).await?.as_deref())),
            None => None,
        };
        throttles::list(&self.database, about.as_ref(), after, most, now).await
    }

    /// When the next attempt is looked at.
    #[must_use]
    pub fn allowed_at(&self, kept: &Kept) -> DateTime<Utc> {
        let delay = self.limits.of(kept.kind()).delay(kept.failures);
        (kept.last_at + delay).min(kept.forget_at)
    }

    /// Forgets counters, and returns how many. The trail says whose.
    pub async fn lift(&self, target: &Target, now: DateTime<Utc>) -> Result<u64, StoreError> {
        let subject = self.subject(target).await?;
        let about = &self.about(target, subject.as_deref());
        let ip = if let Target::Address(ip) = target { Some(*ip) } else { None };
        let origin = Origin { ip, ..Origin::default() };
        let done = Entry::done(Event::ThrottleLift, subject.as_deref(), now);
        let entry = &Entry { origin, ..done };
        let lifted = self.database.transaction(|mut transaction| async move {
            let lifted = throttles::lift(&mut transaction, about).await?;
            audit::append(&mut transaction, entry).await?;
            transaction.commit().await?;
            entry.tell();
            Ok(lifted)
        });
        lifted.await
    }

    /// Whom a target means, if it is a person.
    async fn subject(&self, target: &Target) -> Result<Option<String>, StoreError> {
        Ok(match target {
            Target::Subject(subject) => Some(subject.clone()),
            Target::Identifier(name) => {
                let person = users::find_by_identifier(&self.database, name).await?;
                person.map(|person| person.subject)
            }
            Target::Address(_) => None,
        })
    }

    fn about(&self, target: &Target, subject: Option<&str>) -> About {
        match (target, subject) {
            (Target::Address(ip), _) => About::Source(self.keys.source(*ip)),
            (Target::Subject(subject), _) => About::Account(self.keys.person(subject)),
            (Target::Identifier(name), _) => About::Account(self.keys.account(name, subject)),
        }
    }
}
