//! What an app's owner asks of the app's people. The registry keeps it in the client's metadata, which
//! Hydra tells with every request.

use crate::refusal::Refusal;
use hydra_admin::Client;
use serde::Deserialize;

/// The authentication assurance levels that identity tells as `acr`, the least first.
const LEVELS: [&str; 4] = ["0", "aal1", "aal2", "aal3"];

/// What is asked. What is absent asks for nothing.
#[derive(Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(crate) struct Policy {
    least_acr: String,
    /// Empty: people of all groups, and of none.
    allowed_groups: Vec<String>,
    /// In seconds.
    pub(crate) longest_session: Option<u64>,
}

/// A policy that cannot be read asks for nobody knows what: nobody gets in.
#[derive(Debug, thiserror::Error)]
#[error("the policy of the app {0} cannot be read")]
pub(crate) struct Unreadable(String);

impl From<Unreadable> for Refusal {
    fn from(error: Unreadable) -> Self {
        Self::Broken(error.to_string())
    }
}

impl Policy {
    /// What this app asks.
    pub(crate) fn of(client: &Client) -> Result<Self, Unreadable> {
        match client.metadata.get("latchkey").and_then(|ours| ours.get("policy")) {
            None => Ok(Self::default()),
            Some(policy) => {
                Self::deserialize(policy).map_err(|_| Unreadable(client.client_id.clone()))
            }
        }
    }

    /// Whether people who were authenticated so well may go on.
    pub(crate) fn is_met_by(&self, acr: &str) -> bool {
        let level = |acr: &str| LEVELS.iter().position(|level| *level == acr);
        let least = self.least_acr.as_str();
        let enough = level(acr).zip(level(least)).is_some_and(|(acr, least)| acr >= least);
        least.is_empty() || acr == least || enough
    }

    /// Whether people who are in these groups may use the app.
    pub(crate) fn admits(&self, groups: &[String]) -> bool {
        let allowed = &self.allowed_groups;
        allowed.is_empty() || groups.iter().any(|group| allowed.contains(group))
    }

    /// Whether somebody who signed in then may go on now; in seconds since the Unix epoch.
    pub(crate) fn lasts(&self, signed_in: i64, now: i64) -> bool {
        let longest =
            self.longest_session.map(|longest| i64::try_from(longest).unwrap_or(i64::MAX));
        longest.is_none_or(|longest| now < signed_in.saturating_add(longest))
    }
}

/// The look that the pages have for this app, where it is not the main one. What cannot be read is
/// none: pages are shown all the same.
pub(crate) fn look(client: &Client) -> Option<&str> {
    let look = client.metadata.get("latchkey")?.get("policy")?.get("look")?.as_str()?;
    Some(look).filter(|look| !look.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn policy(ours: serde_json::Value) -> Result<Policy, Unreadable> {
        let metadata = [("latchkey".to_owned(), ours)].into_iter().collect();
        Policy::of(&Client { metadata, ..Client::default() })
    }

    #[test]
    fn a_level_is_met_by_itself_and_by_those_above() {
        let asks = |least: &str| policy(json!({ "policy": { "least_acr": least } })).unwrap();
        for (least, met, unmet) in [
            ("aal2", &["aal2", "aal3"][..], &["aal1", "0", "", "urn:two"][..]),
            ("aal1", &["aal1", "aal2"], &["0", ""]),
            ("urn:two", &["urn:two"], &["aal3", "urn:three", ""]),
            ("", &["", "0", "aal1"], &[]),
        ] {
            assert!(met.iter().all(|acr| asks(least).is_met_by(acr)), "{least}");
            assert!(!unmet.iter().any(|acr| asks(least).is_met_by(acr)), "{least}");
        }
    }

    #[test]
    fn a_session_lasts_as_long_as_the_app_allows() {
        let asks = policy(json!({ "policy": { "longest_session": 60 } })).unwrap();
        assert!(asks.lasts(1000, 1059) && !asks.lasts(1000, 1060));
        assert!(Policy::default().lasts(0, i64::MAX));
    }

    #[test]
    fn one_allowed_group_is_enough_and_none_is_not() {
        let in_groups = |names: &[&str]| names.iter().map(ToString::to_string).collect::<Vec<_>>();
        let asks = policy(json!({ "policy": { "allowed_groups": ["staff", "board"] } })).unwrap();
        assert!(
            asks.admits(&in_groups(&["sales", "staff"])) && asks.admits(&in_groups(&["board"]))
        );
        for none in [&[][..], &["sales"], &["Staff"], &["staff "], &["sta", ""]] {
            assert!(!asks.admits(&in_groups(none)), "{none:?}");
        }
        assert!(Policy::default().admits(&[]));
    }

    #[test]
    fn a_look_that_cannot_be_read_is_none_and_keeps_nobody_out() {
        for (look, read) in [(json!("shop"), Some("shop")), (json!(""), None), (json!(7), None)] {
            let ours = json!({ "policy": { "look": look } });
            let metadata = [("latchkey".to_owned(), ours.clone())].into_iter().collect();
            assert_eq!(super::look(&Client { metadata, ..Client::default() }), read);
            assert_eq!(policy(ours).unwrap(), Policy::default());
        }
    }

    #[test]
    fn what_cannot_be_read_lets_nobody_in() {
        assert_eq!(policy(json!({ "kind": "web" })).unwrap(), Policy::default());
        for broken in [
            json!("none"),
            json!({ "longest_session": -1 }),
            json!({ "least_acr": 2 }),
            json!({ "allowed_groups": "staff" }),
            json!({ "allowed_groups": null }),
        ] {
            assert!(policy(json!({ "policy": broken })).is_err(), "{broken}");
        }
    }
}
