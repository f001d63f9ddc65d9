//! A new person, once for each request id.

use crate::domain::{
    Violation, digest,
    hashing::{Compared, Hashing},
    password::Password,
    time_ordered,
    user::{Addition, Details, Profile, User, UserError},
};
use crate::store::{StoreError, audit, requests, requests::Request, users};
use chassis::Clock;
use chrono::TimeDelta;
use database::Database;
use tokio::time::Instant;

const MAX_REQUEST_ID_BYTES: usize = 64;
/// A request id is remembered this long.
const REQUEST_MEMORY: TimeDelta = TimeDelta::hours(24);

/// What is asked for when a person is added.
#[derive(Debug)]
pub struct NewUser {
    profile: Profile,
    password: Password,
    request_id: Option<String>,
}

impl NewUser {
    /// Checks everything and tells everything that is wrong. Empty `request_id`: none.
    pub async fn parse(
        details: &Details,
        password: &str,
        request_id: &str,
        password_min_length: u16,
    ) -> Result<Self, Vec<Violation>> {
        let own = details.known_by();
        let profile = Profile::parse_new(details);
        let password = Password::parse_new("password", password, password_min_length, &own).await;
        let request = Violation::unless_bytes("request_id", request_id, 0..=MAX_REQUEST_ID_BYTES);
        let request = request.and_then(|()| {
            if request_id.contains(char::is_control) {
                return Err(Violation::new("request_id", "has a control character"));
            }
            Ok(Some(request_id.to_owned()).filter(|id| !id.is_empty()))
        });
        match (profile, password, request) {
            (Ok(profile), Ok(password), Ok(request_id)) => {
                Ok(Self { profile, password, request_id })
            }
            (profile, password, request) => {
                let profile = profile.err().unwrap_or_default().into_iter();
                Err(profile.chain(password.err()).chain(request.err()).collect())
            }
        }
    }

    /// Adds the person, or finds the one whom the same request has added. Who asks for a taken name
    /// at the same time gets [`UserError::Taken`].
    pub async fn create(
        self,
        database: &Database,
        hashing: &Hashing,
        clock: &Clock,
        deadline: Option<Instant>,
    ) -> Result<User, UserError> {
        if let Some(user) = self.created_before(database, hashing, deadline).await? {
            return Ok(user);
        }
        let hash = hashing.hash(&self.password, deadline).await?;
        let now = clock.now();
        let addition = Addition {
            user: User::new(time_ordered::id(now), self.profile.clone(), now),
            identifiers: self.profile.identifiers.clone(),
            password_hash: Some(hash),
        };
        let request = self.request_id.as_ref().map(|id| Request {
            id: id.clone(),
            content: self.content(),
            expires_at: now + REQUEST_MEMORY,
        });
        if add(database, &addition, request.as_ref()).await? {
            return Ok(addition.user);
        }
        // The same request may have come twice at once: the slower one learns of the other.
        match self.created_before(database, hashing, deadline).await? {
            Some(user) => Ok(user),
            None => Err(UserError::Taken),
        }
    }

    /// Whom this request has added. The password is compared as at a sign-in, so that no hash of it
    /// is kept beside the person's.
    async fn created_before(
        &self,
        database: &Database,
        hashing: &Hashing,
        deadline: Option<Instant>,
    ) -> Result<Option<User>, UserError> {
        let Some(id) = &self.request_id else { return Ok(None) };
        let Some(earlier) = requests::find(database, id).await? else { return Ok(None) };
        if earlier.content != Some(self.content()) {
            return Err(UserError::RequestReused);
        }
        let stored = users::password_hash(database, &earlier.subject).await?;
        match hashing.turn(deadline)?.compare(&self.password, stored.as_deref()).await? {
            Compared::Right { .. } => Ok(users::find(database, &earlier.subject).await?),
            Compared::Wrong => Err(UserError::RequestReused),
        }
    }

    /// Tells requests apart: SHA-256 over everything but the password, each part with its length.
    fn content(&self) -> Vec<u8> {
        let Profile { email, username, display_name, phone_number, address, groups, .. } =
            &self.profile;
        let mut parts = vec![email, username.as_deref().unwrap_or_default(), display_name];
        // An earlier release knew the names alone, and its requests may come again.
        let contact = [phone_number.as_str()].into_iter().chain(address.parts());
        let more: Vec<_> = contact.chain(groups.iter().map(String::as_str)).collect();
        if more.iter().any(|part| !part.is_empty()) {
            parts.extend(more);
        }
        digest::of(&parts.into_iter().map(str::as_bytes).collect::<Vec<_>>()).to_vec()
    }
}

/// Adds a person under all their identifiers. False: something is taken, and nothing is added.
pub(crate) async fn add(
    database: &Database,
    addition: &Addition,
    request: Option<&Request>,
) -> Result<bool, StoreError> {
    let added = database.transaction(|mut transaction| async move {
        if let Some(request) = request
            && !requests::insert(&mut transaction, request, &addition.user.subject).await?
        {
            return Ok(false);
        }
        if users::add(&mut transaction, addition).await?.is_some() {
            return Ok(false);
        }
        let entry = addition.entry();
        audit::append(&mut transaction, &entry).await?;
        transaction.commit().await?;
        entry.tell();
        Ok(true)
    });
    added.await
}
