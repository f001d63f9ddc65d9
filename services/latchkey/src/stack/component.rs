//! The parts of a suite.

use std::fmt;

/// A program that runs as part of the suite.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Component {
    /// Collects traces.
    Jaeger,
    /// Ory Hydra.
    Hydra,
    /// Users and their passwords.
    Identity,
    /// Login, consent and logout pages.
    Consent,
    /// The app that people sign in to, and the registry of apps.
    Client,
}

impl Component {
    /// All of them, those that others need first.
    pub const ALL: [Self; 5] =
        [Self::Jaeger, Self::Hydra, Self::Identity, Self::Consent, Self::Client];

    /// Its name in logs, and for the last three the subcommand that runs it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Jaeger => "jaeger",
            Self::Hydra => "hydra",
            Self::Identity => "identity",
            Self::Consent => "consent",
            Self::Client => "client",
        }
    }
}

impl fmt::Display for Component {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
