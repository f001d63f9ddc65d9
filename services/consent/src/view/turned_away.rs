//! The app is kept to groups that the person is in none of.

use super::{AskingApp, Hidden, Page};
use crate::starts::Step;
use serde::Serialize;

/// The page.
#[derive(Serialize)]
pub(crate) struct TurnedAway {
    pub(crate) hidden: Hidden,
    pub(crate) app: AskingApp,
    /// Who is signed in.
    pub(crate) person: String,
}

impl Page for TurnedAway {
    fn template(&self) -> &'static str {
        "turned-away.html"
    }

    fn again(&self) -> Option<String> {
        Some(self.hidden.again(Step::Consent))
    }
}
