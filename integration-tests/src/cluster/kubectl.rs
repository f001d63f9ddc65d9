//! `kubectl`, with whatever cluster it is configured for.

use serde_json::Value;
use std::process::Stdio;
use tokio::process::Command;

/// Runs it in the suite's namespace, and gives back what it prints. It has to succeed.
pub async fn kubectl(arguments: &[&str]) -> String {
    let mut command = Command::new("kubectl");
    command.args(["--namespace", "latchkey"]).args(arguments).stdin(Stdio::null());
    let output = command.output().await.expect("kubectl on the PATH");
    let (told, problem) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "kubectl {}: {told}{problem}", arguments.join(" "));
    told.into_owned()
}

/// A replica of a part.
#[derive(Debug, Clone)]
pub struct Pod {
    /// Its name.
    pub name: String,
    /// Seconds from its creation until it was ready.
    pub ready_after: i64,
    /// It has been told to end.
    pub leaves: bool,
}

impl Pod {
    /// The replicas of a part.
    pub async fn all(part: &str) -> Vec<Self> {
        let label = format!("--selector=app.kubernetes.io/name={part}");
        let list = kubectl(&["get", "pods", &label, "--output=json"]).await;
        let list: Value = serde_json::from_str(&list).unwrap();
        let pods = list["items"].as_array().unwrap().iter();
        pods.map(Self::of).collect()
    }

    fn of(pod: &Value) -> Self {
        let conditions = pod["status"]["conditions"].as_array().cloned().unwrap_or_default();
        let ready = conditions.iter().find(|it| it["type"] == "Ready" && it["status"] == "True");
        let second = |time: &Value| {
            let time = time.as_str().unwrap_or_default();
            seconds(time)
        };
        let created = second(&pod["metadata"]["creationTimestamp"]);
        let ready_after = ready.map_or(-1, |it| second(&it["lastTransitionTime"]) - created);
        Self {
            name: pod["metadata"]["name"].as_str().unwrap().to_owned(),
            ready_after,
            leaves: !pod["metadata"]["deletionTimestamp"].is_null(),
        }
    }

    /// What it answers at a path of one of its ports, through the cluster's API.
    pub async fn get(&self, port: u16, path: &str) -> String {
        let name = &self.name;
        let path = format!("/api/v1/namespaces/latchkey/pods/{name}:{port}/proxy/{path}");
        kubectl(&["get", "--raw", &path]).await
    }
}

/// Seconds of a time as Kubernetes writes it, on the same day.
fn seconds(time: &str) -> i64 {
    let clock = time.split_once('T').map_or("", |(_, clock)| clock).trim_end_matches('Z');
    clock.split(':').filter_map(|part| part.parse::<i64>().ok()).fold(0, |sum, it| sum * 60 + it)
}

/// Working memory of each container in the suite's namespace, in bytes, as its node measures it.
pub async fn memory() -> Vec<(String, u64)> {
    let nodes = kubectl(&["get", "nodes", "--output=jsonpath={.items[*].metadata.name}"]).await;
    let mut found = Vec::new();
    for node in nodes.split_whitespace() {
        let path = format!("/api/v1/nodes/{node}/proxy/stats/summary");
        let summary: Value =
            serde_json::from_str(&kubectl(&["get", "--raw", &path]).await).unwrap();
        for pod in summary["pods"].as_array().into_iter().flatten() {
            let bytes = pod["memory"]["workingSetBytes"].as_u64();
            if let (true, Some(bytes)) = (pod["podRef"]["namespace"] == "latchkey", bytes) {
                found.push((pod["podRef"]["name"].as_str().unwrap().to_owned(), bytes));
            }
        }
    }
    found.sort();
    found
}
