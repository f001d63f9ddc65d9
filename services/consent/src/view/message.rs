//! Something to read, and perhaps one way on.

use super::Page;
use serde::Serialize;

/// The page.
#[derive(Debug, Serialize)]
pub(crate) struct Message {
    /// The name of its words in the locale files: `message-NAME-title`, `message-NAME-text`.
    pub(crate) words: &'static str,
    /// The name of a link's words, and where it leads.
    pub(crate) way_on: Option<(&'static str, String)>,
    /// The query that shows the same message again, if anything does.
    pub(crate) again: Option<String>,
    /// For whoever is asked to help.
    pub(crate) trace_id: Option<String>,
    /// Whether there are words for the app's owner: `message-NAME-owner`.
    pub(crate) owner: bool,
}

impl Message {
    /// Words, and nothing else.
    pub(crate) fn said(words: &'static str) -> Self {
        Self { words, way_on: None, again: None, trace_id: None, owner: false }
    }
}

impl Page for Message {
    fn template(&self) -> &'static str {
        "message.html"
    }

    fn again(&self) -> Option<String> {
        self.again.clone()
    }
}
