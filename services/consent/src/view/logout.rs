//! Does the person mean it?

use super::{AskingApp, Hidden, Page};
use crate::starts::Step;
use serde::Serialize;

/// The page.
#[derive(Serialize)]
pub(crate) struct Logout {
    pub(crate) hidden: Hidden,
    /// The app that began it, if one did.
    pub(crate) app: Option<AskingApp>,
}

impl Page for Logout {
    fn template(&self) -> &'static str {
        "logout.html"
    }

    fn again(&self) -> Option<String> {
        Some(self.hidden.again(Step::Logout))
    }
}
