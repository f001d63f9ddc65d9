//! Failed attempts, as operators see and forgive them.

use crate::domain::{
    admission::Throttle,
    audit::{Entry, Event, Origin},
    identifier::Identifier,
};
use crate::store::{
    StoreError, audit,
    throttles::{self, Filter, Kept},
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
        let filter = match target {
            Some(target) => self.filter(target).await?,
            None => Filter::default(),
        };
        throttles::list(&self.database, &filter, after, most, now).await
    }

    /// When the next attempt is looked at.
    #[must_use]
    pub fn allowed_at(&self, kept: &Kept) -> DateTime<Utc> {
        let delay = self.limits.of(kept.kind()).delay(kept.failures);
        (kept.last_at + delay).min(kept.forget_at)
    }

    /// Forgets counters, and returns how many. The trail says whose.
    pub async fn lift(&self, target: &Target, now: DateTime<Utc>) -> Result<u64, StoreError> {
        let filter = &self.filter(target).await?;
        let subject = Some(filter.subject.as_str()).filter(|subject| !subject.is_empty());
        let ip = if let Target::Address(ip) = target { Some(*ip) } else { None };
        let origin = Origin { ip, ..Origin::default() };
        let entry = &Entry { origin, ..Entry::done(Event::ThrottleLift, subject, now) };
        let lifted = self.database.transaction(|mut transaction| async move {
            let lifted = throttles::lift(&mut transaction, filter).await?;
            audit::append(&mut transaction, entry).await?;
            transaction.commit().await?;
            entry.tell();
            Ok(lifted)
        });
        lifted.await
    }

    async fn filter(&self, target: &Target) -> Result<Filter, StoreError> {
        let mut filter = Filter::default();
        match target {
            Target::Subject(subject) => filter.subject.clone_from(subject),
            Target::Identifier(name) => {
                match users::find_by_identifier(&self.database, name).await? {
                    Some(person) => filter.subject = person.subject,
                    None => filter.account = self.keys.account(name, None).to_vec(),
                }
            }
            Target::Address(ip) => filter.source = self.keys.source(*ip).to_vec(),
        }
        Ok(filter)
    }
}
