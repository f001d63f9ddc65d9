//! Who is it?

use super::{AskingApp, Hidden, Page, Wait};
use crate::starts::Step;
use serde::Serialize;

/// The page.
#[derive(Serialize)]
pub(crate) struct Login {
    pub(crate) hidden: Hidden,
    pub(crate) app: AskingApp,
    /// What stands in the first field.
    pub(crate) identifier: String,
    pub(crate) remember: bool,
    /// What went wrong last time, by its name in the locale files.
    pub(crate) problem: Option<&'static str>,
    /// How long until the next try, where that is known.
    pub(crate) wait: Option<Wait>,
}

impl Page for Login {
    fn template(&self) -> &'static str {
        "login.html"
    }

    fn again(&self) -> Option<String> {
        Some(self.hidden.again(Step::Login))
    }
}
