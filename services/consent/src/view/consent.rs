//! What may the app do?

use super::{AskingApp, Hidden, Page};
use crate::starts::Step;
use latchkey_proto::client::v1::Scope;
use serde::Serialize;

/// The page.
#[derive(Serialize)]
pub(crate) struct Consent {
    pub(crate) hidden: Hidden,
    pub(crate) app: AskingApp,
    /// Who is signed in.
    pub(crate) person: String,
    /// What the person can untick.
    pub(crate) scopes: Vec<Shown>,
    /// What every sign-in grants.
    pub(crate) always: Vec<Shown>,
}

/// A scope in words.
#[derive(Debug, Serialize)]
pub(crate) struct Shown {
    pub(super) name: String,
    pub(super) title: String,
    pub(super) description: String,
    /// The app was granted others last time, and not this one.
    pub(super) new: bool,
}

impl Shown {
    /// The scope, beside what the person granted to the app last time.
    pub(crate) fn beside(before: &[String], scope: Scope) -> Self {
        Self {
            new: !before.is_empty() && !before.contains(&scope.name),
            name: scope.name,
            title: scope.title,
            description: scope.description,
        }
    }
}

impl Page for Consent {
    fn template(&self) -> &'static str {
        "consent.html"
    }

    fn again(&self) -> Option<String> {
        Some(self.hidden.again(Step::Consent))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_is_new_beside_others_that_were_granted() {
        let is_new = |before: &[&str], name: &str| {
            let before: Vec<_> = before.iter().map(ToString::to_string).collect();
            Shown::beside(&before, Scope { name: name.to_owned(), ..Scope::default() }).new
        };
        assert!(!is_new(&[], "email"));
        assert!(!is_new(&["email"], "email"));
        assert!(is_new(&["openid"], "email"));
    }
}
