//! A person outside of the contract: in files and on the screen.

use latchkey_proto::identity::v1::{User, UserState};
use serde::Serialize;

/// What an import takes back.
#[derive(Debug, Serialize)]
pub(super) struct Person {
    pub(super) subject: String,
    pub(super) email: String,
    pub(super) username: String,
    pub(super) display_name: String,
    pub(super) state: &'static str,
}

/// A person, and since when.
#[derive(Debug, Serialize)]
pub(super) struct Detailed {
    #[serde(flatten)]
    pub(super) person: Person,
    pub(super) etag: String,
    pub(super) create_time: String,
    pub(super) update_time: String,
}

impl From<User> for Person {
    fn from(user: User) -> Self {
        let state = match user.state() {
            UserState::Disabled => "disabled",
            UserState::Active | UserState::Unspecified => "active",
        };
        let User { subject, email, username, display_name, .. } = user;
        Self { subject, email, username, display_name, state }
    }
}

impl From<User> for Detailed {
    fn from(user: User) -> Self {
        let time = |time: Option<prost_types::Timestamp>| {
            time.map(|time| time.to_string()).unwrap_or_default()
        };
        Self {
            etag: user.etag.clone(),
            create_time: time(user.create_time),
            update_time: time(user.update_time),
            person: user.into(),
        }
    }
}
