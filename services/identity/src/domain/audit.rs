//! The audit trail: who, what, from where, with which outcome. Never what was typed.

use crate::domain::time_ordered;
use chassis::caller::{self, Caller};
use chrono::{DateTime, Utc};
use std::net::IpAddr;

/// Where log events of the audit trail go. It is logged also where other lines below `warn` are not.
pub const TARGET: &str = telemetry::AUDIT_TARGET;

const MAX_CLIENT_ID: usize = 256;
const MAX_USER_AGENT: usize = 256;

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// Somebody tried to sign in.
    CredentialsVerify,
    /// A browser is known from now on.
    DeviceAdd,
    /// A person was added.
    UserCreate,
    /// Something that is known of somebody was changed, beside the groups.
    UserUpdate,
    /// Somebody is in other groups from now on.
    UserGroups,
    /// Somebody's password was set.
    UserPassword,
    /// Somebody may not sign in any more.
    UserDisable,
    /// Somebody may sign in again.
    UserEnable,
    /// Somebody's personal data was removed.
    UserDelete,
    /// A session has ended.
    SessionEnd,
    /// Somebody is to be signed out everywhere.
    SessionSignOut,
    /// An operator forgave failed attempts.
    ThrottleLift,
}

/// Where a call comes from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origin {
    /// The OAuth 2.0 client that the person signs in to. May be empty.
    pub client_id: String,
    /// The person's network address.
    pub ip: Option<IpAddr>,
    /// The browser. May be empty.
    pub user_agent: String,
}

/// An event to be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// In the order of time.
    pub id: String,
    /// When.
    pub at: DateTime<Utc>,
    /// What.
    pub event: Event,
    /// How it ended.
    pub outcome: &'static str,
    /// The person that it is about.
    pub subject: Option<String>,
    /// Whose call it was.
    pub actor: Option<Caller>,
    /// From where.
    pub origin: Origin,
    /// In which trace.
    pub trace_id: Option<String>,
}

impl Event {
    /// Its name in the contract.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::CredentialsVerify => "credentials.verify",
            Self::DeviceAdd => "device.add",
            Self::UserCreate => "user.create",
            Self::UserUpdate => "user.update",
            Self::UserGroups => "user.groups",
            Self::UserPassword => "user.password",
            Self::UserDisable => "user.disable",
            Self::UserEnable => "user.enable",
            Self::UserDelete => "user.delete",
            Self::SessionEnd => "session.end",
            Self::SessionSignOut => "session.sign_out",
            Self::ThrottleLift => "throttle.lift",
        }
    }
}

impl Origin {
    /// Cuts and cleans what others wrote: not every database takes every character.
    #[must_use]
    pub fn new(client_id: &str, ip: Option<IpAddr>, user_agent: &str) -> Self {
        let clean = |text: &str, most| -> String {
            let visible = |c: char| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c };
            text.chars().take(most).map(visible).collect()
        };
        Self {
            client_id: clean(client_id, MAX_CLIENT_ID),
            ip,
            user_agent: clean(user_agent, MAX_USER_AGENT),
        }
    }
}

impl Entry {
    /// An event that ended as it should, in the call that this is done for.
    #[must_use]
    pub fn done(event: Event, subject: Option<&str>, at: DateTime<Utc>) -> Self {
        Self {
            id: time_ordered::id(at),
            at,
            event,
            outcome: "done",
            subject: subject.map(str::to_owned),
            actor: caller::current(),
            origin: Origin::default(),
            trace_id: telemetry::trace_id(),
        }
    }

    /// Tells it in the log too, once it is kept.
    pub(crate) fn tell(&self) {
        tracing::info!(
            target: TARGET,
            event = self.event.name(),
            outcome = self.outcome,
            subject = self.subject.as_deref(),
            actor = self.actor.as_ref().map(Caller::name),
            ip = self.origin.ip.map(|ip| ip.to_string()),
            client.id = self.origin.client_id.as_str(),
            trace.id = self.trace_id.as_deref(),
            audit.id = self.id.as_str(),
            "audit"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_wrote_is_one_short_line() {
        assert_eq!(Origin::new(&"a".repeat(1025), None, "").client_id.len(), 256);
        let origin = Origin::new("a\0", None, &format!("b\n{{}}{}", "\u{e9}".repeat(300)));
        assert_eq!(origin.client_id, "a\u{fffd}");
        assert!(origin.user_agent.starts_with("b\u{fffd}{}"), "{origin:?}");
        assert_eq!(origin.user_agent.chars().count(), 256);
    }
}
