//! The ports of one suite, and who holds those that are taken.

mod taken;

pub use taken::Taken;

use std::sync::atomic::{AtomicU16, Ordering};
use taken::Wanted;

/// Every port that the suite listens on, all of them on loopback.
#[derive(Debug, Clone, PartialEq, Eq, clap::Args)]
#[command(next_help_heading = "Ports")]
pub struct Ports {
    /// The client app, which people open
    #[arg(long = "client-port", env = "LATCHKEY_CLIENT_PORT", value_name = "PORT",
          default_value_t = USUAL.client, value_parser = clap::value_parser!(u16).range(1..))]
    pub client: u16,

    /// Login, consent and logout pages
    #[arg(long = "consent-port", env = "LATCHKEY_CONSENT_PORT", value_name = "PORT",
          default_value_t = USUAL.consent, value_parser = clap::value_parser!(u16).range(1..))]
    pub consent: u16,

    /// Identity's gRPC
    #[arg(long = "identity-port", env = "LATCHKEY_IDENTITY_PORT", value_name = "PORT",
          default_value_t = USUAL.identity, value_parser = clap::value_parser!(u16).range(1..))]
    pub identity: u16,

    /// The client's gRPC: the registry of apps and scopes
    #[arg(long = "registry-port", env = "LATCHKEY_REGISTRY_PORT", value_name = "PORT",
          default_value_t = USUAL.registry, value_parser = clap::value_parser!(u16).range(1..))]
    pub registry: u16,

    /// Hydra's OAuth 2.0 and OpenID Connect endpoints
    #[arg(long = "hydra-public-port", env = "LATCHKEY_HYDRA_PUBLIC_PORT", value_name = "PORT",
          default_value_t = USUAL.hydra_public, value_parser = clap::value_parser!(u16).range(1..))]
    pub hydra_public: u16,

    /// Hydra's admin API
    #[arg(long = "hydra-admin-port", env = "LATCHKEY_HYDRA_ADMIN_PORT", value_name = "PORT",
          default_value_t = USUAL.hydra_admin, value_parser = clap::value_parser!(u16).range(1..))]
    pub hydra_admin: u16,

    /// Jaeger's pages and API
    #[arg(long = "jaeger-port", env = "LATCHKEY_JAEGER_PORT", value_name = "PORT",
          default_value_t = USUAL.jaeger_ui, value_parser = clap::value_parser!(u16).range(1..))]
    pub jaeger_ui: u16,

    /// Where Jaeger takes traces over OTLP gRPC
    #[arg(long = "otlp-port", env = "LATCHKEY_OTLP_PORT", value_name = "PORT",
          default_value_t = USUAL.otlp_grpc, value_parser = clap::value_parser!(u16).range(1..))]
    pub otlp_grpc: u16,

    /// Where Jaeger takes traces over OTLP HTTP, the only way that Hydra sends them
    #[arg(long = "otlp-http-port", env = "LATCHKEY_OTLP_HTTP_PORT", value_name = "PORT",
          default_value_t = USUAL.otlp_http, value_parser = clap::value_parser!(u16).range(1..))]
    pub otlp_http: u16,

    /// Identity's health
    #[arg(long = "identity-internal-port", env = "LATCHKEY_IDENTITY_INTERNAL_PORT",
          value_name = "PORT", default_value_t = USUAL.identity_internal,
          value_parser = clap::value_parser!(u16).range(1..))]
    pub identity_internal: u16,

    /// Consent's health
    #[arg(long = "consent-internal-port", env = "LATCHKEY_CONSENT_INTERNAL_PORT",
          value_name = "PORT", default_value_t = USUAL.consent_internal,
          value_parser = clap::value_parser!(u16).range(1..))]
    pub consent_internal: u16,

    /// The client's health
    #[arg(long = "client-internal-port", env = "LATCHKEY_CLIENT_INTERNAL_PORT",
          value_name = "PORT", default_value_t = USUAL.client_internal,
          value_parser = clap::value_parser!(u16).range(1..))]
    pub client_internal: u16,
}

/// The ports of the design, which every document names.
const USUAL: Ports = Ports {
    client: 1234,
    consent: 8000,
    identity: 50051,
    registry: 50052,
    hydra_public: 4444,
    hydra_admin: 4445,
    jaeger_ui: 16686,
    otlp_grpc: 4317,
    otlp_http: 4318,
    identity_internal: 9101,
    consent_internal: 9102,
    client_internal: 9103,
};

/// The ports for tests: blocks of consecutive ones.
const FIRST: u16 = 10_000;
const BLOCKS: u16 = 1_800;
const SIZE: u16 = 12;

impl Default for Ports {
    fn default() -> Self {
        USUAL
    }
}

impl Ports {
    /// Ports that nobody listens on right now, for tests. Each call in one process gives others, and
    /// all lie below those that the system gives to outgoing connections.
    #[must_use]
    pub fn free() -> Option<Self> {
        static CALLS: AtomicU16 = AtomicU16::new(0);
        let begin = u16::try_from(std::process::id() % 100).unwrap_or_default() * 17;
        (0..BLOCKS)
            .map(|_| begin.wrapping_add(CALLS.fetch_add(1, Ordering::Relaxed)) % BLOCKS)
            .map(|block| Self::from(FIRST + block * SIZE))
            .find(|ports| ports.check(true).is_ok())
    }

    /// One after the other.
    fn from(first: u16) -> Self {
        Self {
            client: first,
            consent: first + 1,
            identity: first + 2,
            registry: first + 3,
            hydra_public: first + 4,
            hydra_admin: first + 5,
            jaeger_ui: first + 6,
            otlp_grpc: first + 7,
            otlp_http: first + 8,
            identity_internal: first + 9,
            consent_internal: first + 10,
            client_internal: first + 11,
        }
    }

    /// Finds out whether all ports can be had; Jaeger's only where `jaeger` is to be started.
    /// Nothing listens on them afterwards.
    pub fn check(&self, jaeger: bool) -> Result<(), Taken> {
        taken::check(self.wanted(jaeger))
    }

    fn wanted(&self, jaeger: bool) -> Vec<Wanted> {
        let mut wanted = vec![
            ("client-port", self.client),
            ("consent-port", self.consent),
            ("identity-port", self.identity),
            ("registry-port", self.registry),
            ("hydra-public-port", self.hydra_public),
            ("hydra-admin-port", self.hydra_admin),
            ("identity-internal-port", self.identity_internal),
            ("consent-internal-port", self.consent_internal),
            ("client-internal-port", self.client_internal),
        ];
        if jaeger {
            wanted.extend([
                ("jaeger-port", self.jaeger_ui),
                ("otlp-port", self.otlp_grpc),
                ("otlp-http-port", self.otlp_http),
            ]);
        }
        wanted
    }
}
