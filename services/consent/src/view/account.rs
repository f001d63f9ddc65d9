//! Which apps have access, and where is the person signed in?

use super::{Ago, Device, Hidden, Page, Shown};
use serde::Serialize;

/// The page.
#[derive(Serialize)]
pub(crate) struct Apps {
    pub(crate) hidden: Hidden,
    /// Who is signed in.
    pub(crate) person: String,
    pub(crate) granted: Vec<Granted>,
    pub(crate) sessions: Vec<SignedIn>,
}

/// An app that has access.
#[derive(Serialize)]
pub(crate) struct Granted {
    pub(crate) id: String,
    pub(crate) name: String,
    /// What it may do.
    pub(crate) scopes: Vec<Shown>,
}

/// A browser that is signed in.
#[derive(Serialize)]
pub(crate) struct SignedIn {
    pub(crate) id: String,
    /// Whether it is the one that asks.
    pub(crate) this: bool,
    pub(crate) device: Device,
    /// The network address at the sign-in.
    pub(crate) place: String,
    pub(crate) began: Ago,
    pub(crate) used: Ago,
}

impl Page for Apps {
    fn template(&self) -> &'static str {
        "apps.html"
    }

    /// The address says it all.
    fn again(&self) -> Option<String> {
        Some(String::new())
    }
}
