//! Ends processes of the cluster's node without a word, as a fault does. Kubernetes itself does not: a pod that is
//! deleted by force is asked to stop, and has two seconds for it.

use super::{PATIENCE, Pod, kubectl};
use serde_json::json;

const NAME: &str = "killer";
/// The suite's namespace permits no pod that sees the node's processes.
const ELSEWHERE: &str = "--namespace=default";
/// It has a shell, and the cluster has it.
const IMAGE: &str = "postgres:17-alpine";

/// A pod that sees the node's processes, and may end them.
#[derive(Debug)]
pub struct Killer(());

impl Killer {
    /// Starts it.
    pub async fn start() -> Self {
        let pod = json!({ "spec": { "hostPID": true, "containers": [{
            "name": NAME,
            "image": IMAGE,
            "command": ["sleep", "infinity"],
            "securityContext": { "runAsUser": 0, "capabilities": { "add": ["SYS_PTRACE"] } },
        }] } });
        let (image, pod) = (format!("--image={IMAGE}"), format!("--overrides={pod}"));
        Self(()).stop().await;
        kubectl(&["run", NAME, ELSEWHERE, &image, "--restart=Never", &pod]).await;
        let ready = "--for=condition=Ready";
        kubectl(&["wait", &format!("pod/{NAME}"), ELSEWHERE, ready, PATIENCE]).await;
        Self(())
    }

    /// Ends a replica, and takes its pod away: the next one has another address.
    pub async fn kill(&self, pod: &Pod) {
        let processes =
            format!("grep -ls HOSTNAME={} /proc/[0-9]*/environ | cut -d/ -f3", pod.name);
        let kill = format!("kill -KILL $({processes})");
        kubectl(&["exec", NAME, ELSEWHERE, "--", "sh", "-c", &kill]).await;
        kubectl(&["delete", "pod", &pod.name, "--grace-period=0", "--force"]).await;
    }

    /// Takes it away, also one that a trial has left which failed.
    pub async fn stop(self) {
        let now = ["--ignore-not-found", "--grace-period=0", "--force"];
        kubectl(&[["delete", "pod", NAME, ELSEWHERE].as_slice(), &now].concat()).await;
    }
}
