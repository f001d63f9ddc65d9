//! Where to reach each component.

use super::Stack;

impl Stack {
    /// The client app, as a browser opens it.
    #[must_use]
    pub fn client_url(&self) -> String {
        format!("http://localhost:{}", self.settings().ports.client)
    }

    /// The consent app, as a browser is sent to it.
    #[must_use]
    pub fn consent_url(&self) -> String {
        format!("http://localhost:{}", self.settings().ports.consent)
    }

    /// Hydra's public endpoints, as a browser is sent to them.
    #[must_use]
    pub fn hydra_public_url(&self) -> String {
        format!("http://localhost:{}", self.settings().ports.hydra_public)
    }

    /// Hydra's admin API.
    #[must_use]
    pub fn hydra_admin_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.settings().ports.hydra_admin)
    }

    /// Identity's gRPC.
    #[must_use]
    pub fn identity_url(&self) -> String {
        format!("https://127.0.0.1:{}", self.settings().ports.identity)
    }

    /// The client's gRPC: the registry of apps and scopes.
    #[must_use]
    pub fn registry_url(&self) -> String {
        format!("https://127.0.0.1:{}", self.settings().ports.registry)
    }

    /// Jaeger's pages and API.
    #[must_use]
    pub fn jaeger_url(&self) -> String {
        format!("http://localhost:{}", self.settings().ports.jaeger_ui)
    }
}
