//! The suite in a Kubernetes cluster, as `k8s/overlays/local` describes it.

mod crowd;
mod killer;
mod kubectl;
mod secrets;

pub use crowd::{Crowd, Tally, attempt};
pub use killer::Killer;
pub use kubectl::{Pod, kubectl, memory};
pub use secrets::{make as make_secrets, random};

use crate::proxy::Proxy;
use std::{
    collections::BTreeMap,
    net::{IpAddr, SocketAddr},
    path::Path,
    time::{Duration, Instant},
};
use url::Url;

/// The overlay that is applied.
pub const OVERLAY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../k8s/overlays/local");
/// What it calls its parts.
pub const PARTS: [&str; 4] = ["hydra", "identity", "client", "consent"];

/// Ports of the node that browsers know: the app, the login pages, Hydra.
const PORTS: [u16; 3] = [30123, 30800, 30444];
/// How long a change may take on a small machine.
const PATIENCE: &str = "--timeout=300s";

/// A cluster that the suite runs in.
#[derive(Debug)]
pub struct Cluster {
    /// The app's first page.
    pub app: Url,
    _edges: [Proxy; 3],
}

impl Cluster {
    /// Applies the overlay to whatever cluster `kubectl` reaches, waits until all of it is ready, and
    /// puts the node's ports on this machine's loopback, where the suite's addresses point to.
    pub async fn apply() -> Self {
        make_secrets(Path::new(OVERLAY));
        kubectl(&["apply", "--kustomize", OVERLAY]).await;
        kubectl(&["rollout", "status", "statefulset/postgres", PATIENCE]).await;
        for job in ["hydra-migrate", "identity-migrate", "client-migrate"] {
            kubectl(&["wait", "--for=condition=Complete", &format!("job/{job}"), PATIENCE]).await;
        }
        for part in PARTS {
            Self::settled(part).await;
        }
        let path = "jsonpath={.items[0].status.addresses[?(@.type=='InternalIP')].address}";
        let node = kubectl(&["get", "nodes", "--output", path]).await;
        let node: IpAddr = node.parse().expect("the address of a node");
        let edges = PORTS.map(|port| Proxy::before_replicas(port, SocketAddr::new(node, port)));
        let [app, ..] = PORTS;
        Self { app: Url::parse(&format!("http://localhost:{app}/")).unwrap(), _edges: edges }
    }

    /// Takes everything away again.
    pub async fn delete(self) {
        kubectl(&["delete", "namespace", "latchkey", PATIENCE]).await;
    }

    /// Waits until a part is as it was asked to be, and those that had to go are gone.
    pub async fn settled(part: &str) {
        kubectl(&["rollout", "status", &format!("deployment/{part}"), PATIENCE]).await;
        while Pod::all(part).await.iter().any(|pod| pod.leaves) {
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    }

    /// Replaces every process of a part, one after the other, and says how long it took.
    pub async fn restart(part: &str) -> Duration {
        let began = Instant::now();
        kubectl(&["rollout", "restart", &format!("deployment/{part}")]).await;
        Self::settled(part).await;
        began.elapsed()
    }

    /// Has so many replicas of each part.
    pub async fn scale(replicas: usize) {
        for part in PARTS {
            let count = format!("--replicas={replicas}");
            kubectl(&["scale", &format!("deployment/{part}"), &count]).await;
        }
        for part in PARTS {
            Self::settled(part).await;
            assert_eq!(Pod::all(part).await.len(), replicas);
        }
    }

    /// How many calls of a method each replica of identity has answered since it started.
    pub async fn calls(method: &str) -> BTreeMap<String, u64> {
        let mut calls = BTreeMap::new();
        for pod in Pod::all("identity").await {
            let metrics = pod.get(9101, "metrics").await;
            let lines = metrics.lines().filter(|line| {
                line.starts_with("rpc_server_duration_seconds_count{") && line.contains(method)
            });
            let counts = lines.filter_map(|line| line.rsplit(' ').next()?.parse::<u64>().ok());
            calls.insert(pod.name, counts.sum());
        }
        calls
    }
}

#[cfg(test)]
mod tests {
    use clap::{Command, CommandFactory as _};
    use std::fs;

    const K8S: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../k8s");

    fn services() -> [(&'static str, Command); 3] {
        [
            ("identity", latchkey_identity::Config::command()),
            ("consent", latchkey_consent::Config::command()),
            ("client", latchkey_client::Config::command()),
        ]
    }

    fn knows(command: &Command, name: &str) -> bool {
        command.get_arguments().any(|it| it.get_env().is_some_and(|env| env == name))
    }

    #[test]
    fn settings_are_options_that_the_service_has() {
        for (part, command) in services() {
            let text = fs::read_to_string(format!("{K8S}/base/{part}/options.env")).unwrap();
            let names: Vec<_> = text.lines().filter_map(|line| line.split_once('=')).collect();
            assert!(names.len() > 8, "{part}");
            for (name, _) in names {
                assert!(knows(&command, name), "{part} has no option {name}");
            }
        }
    }

    #[test]
    fn secrets_that_settings_name_are_made_locally_and_told_to_whoever_makes_them() {
        const FOLDER: &str = "=/etc/latchkey/secrets/";
        let overlay = format!("{K8S}/overlays/local/kustomization.yaml");
        let overlay = fs::read_to_string(overlay).unwrap();
        let docs = fs::read_to_string(format!("{K8S}/../docs/kubernetes.md")).unwrap();
        for (part, _) in services() {
            let text = fs::read_to_string(format!("{K8S}/base/{part}/options.env")).unwrap();
            let names: Vec<_> = text.lines().filter_map(|it| it.split_once(FOLDER)).collect();
            assert!(!names.is_empty(), "{part}");
            let row = docs.lines().find(|line| line.starts_with(&format!("| `{part}` |"))).unwrap();
            let secrets = overlay.split_once("secretGenerator:").unwrap().1;
            let secret = secrets.split("- name: ").find(|it| it.starts_with(&format!("{part}\n")));
            for (option, name) in names {
                assert!(secret.unwrap().contains(&format!("- {name}=")), "{part}: {option}");
                assert!(row.contains(&format!("`{name}`")), "{part}: {option}");
            }
        }
    }

    #[test]
    fn settings_of_overlays_are_options_that_a_service_has() {
        for overlay in ["local", "production"] {
            let file = format!("{K8S}/overlays/{overlay}/kustomization.yaml");
            let text = fs::read_to_string(file).unwrap();
            let lines = text.lines().filter_map(|line| line.trim().strip_prefix("- "));
            let names: Vec<_> = lines
                .filter_map(|line| Some(line.split_once('=')?.0))
                .filter(|name| name.starts_with("LATCHKEY_") || name.starts_with("CLIENT_"))
                .collect();
            assert!(names.len() >= 4, "{overlay}");
            for name in names {
                let known = services().iter().any(|(_, command)| knows(command, name));
                assert!(known, "{overlay}: no service has the option {name}");
            }
        }
    }
}
