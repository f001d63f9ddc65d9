//! Waiting until a component can do its work.

use super::{Component, Failure, Stack};
use std::time::Duration;
use tokio::time::Instant;

/// How long a component may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// Between two questions.
const PAUSE: Duration = Duration::from_millis(50);

impl Stack {
    /// Waits until a component says that it is ready, for at most 30 s.
    pub async fn wait_ready(&self, component: Component) -> Result<(), Failure> {
        let end = Instant::now() + PATIENCE;
        loop {
            let running = self.child(component);
            let what = match running.as_ref().map(|child| child.status()) {
                None => "is not running".to_owned(),
                Some(Some(status)) => format!("ended before it was ready: {status}"),
                Some(None) if self.is_ready(component).await => match component {
                    Component::Hydra if !self.makes_keys().await => "makes no keys".to_owned(),
                    _ => return Ok(()),
                },
                Some(None) if Instant::now() < end => {
                    tokio::time::sleep(PAUSE).await;
                    continue;
                }
                Some(None) => format!("is not ready after {PATIENCE:?}"),
            };
            return Err(Failure::new(component, what, self.log(component)));
        }
    }

    /// Hydra makes its keys when it is first asked for them, which takes seconds, and on SQLite
    /// nothing else is written meanwhile. So it is asked before anybody signs in.
    async fn makes_keys(&self) -> bool {
        const KEYS: &str = "/.well-known/jwks.json";
        let public = self.settings().ports.hydra_public;
        let request = self.http.get(format!("http://127.0.0.1:{public}{KEYS}")).timeout(PATIENCE);
        let answer = telemetry::http_client::send(request, KEYS).await;
        answer.is_ok_and(|it| it.status().is_success())
    }

    /// Whether a component says that it is ready, now.
    pub async fn is_ready(&self, component: Component) -> bool {
        let ports = &self.settings().ports;
        let (port, path) = match component {
            Component::Jaeger => (ports.jaeger_ui, "/api/services"),
            Component::Hydra => (ports.hydra_admin, "/health/ready"),
            Component::Identity => (ports.identity_internal, "/readyz"),
            Component::Consent => (ports.consent_internal, "/readyz"),
            Component::Client => (ports.client_internal, "/readyz"),
        };
        let request = self.http.get(format!("http://127.0.0.1:{port}{path}"));
        let answer = telemetry::http_client::send(request, path).await;
        answer.is_ok_and(|it| it.status().is_success())
    }
}
