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
    pub(super) phone_number: String,
    pub(super) formatted_address: String,
    pub(super) street_address: String,
    pub(super) locality: String,
    pub(super) region: String,
    pub(super) postal_code: String,
    pub(super) country: String,
    pub(super) groups: Groups,
    pub(super) state: &'static str,
}

/// Names of groups.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(super) enum Groups {
    /// As JSON has them.
    Listed(Vec<String>),
    /// As a field of CSV has them, with a space between two.
    Joined(String),
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
        let address = user.address.unwrap_or_default();
        Self {
            subject: user.subject,
            email: user.email,
            username: user.username,
            display_name: user.display_name,
            phone_number: user.phone_number,
            formatted_address: address.formatted,
            street_address: address.street_address,
            locality: address.locality,
            region: address.region,
            postal_code: address.postal_code,
            country: address.country,
            groups: Groups::Listed(user.groups),
            state,
        }
    }
}

impl Person {
    /// As a row of CSV.
    pub(super) fn in_a_row(self) -> Self {
        Self { groups: Groups::Joined(self.groups.joined()), ..self }
    }

    /// The postal address in one line: as it is on a label, or else its parts.
    pub(super) fn address_line(&self) -> String {
        let parts =
            [&self.street_address, &self.locality, &self.region, &self.postal_code, &self.country];
        let whole = match self.formatted_address.as_str() {
            "" => parts.into_iter().filter(|part| !part.is_empty()).cloned().collect(),
            label => vec![label.to_owned()],
        };
        whole.join("\n").replace('\n', ", ")
    }
}

impl Groups {
    /// The names in one line.
    pub(super) fn joined(&self) -> String {
        match self {
            Self::Listed(names) => names.join(" "),
            Self::Joined(line) => line.clone(),
        }
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
