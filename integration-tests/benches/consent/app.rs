//! The two apps, each a process of its own, as the system sees them.

use latchkey::{ports::Ports, stack::Component};
use latchkey_integration_tests::{Suite, replica::Replica};
use std::{fs, path::Path, process::Command, sync::Arc, time::Duration};
use url::Url;

/// What `/proc` counts time in (`proc_pid_stat(5)`).
const TICKS_PER_SECOND: u32 = 100;

/// Pages in front of Hydra.
#[derive(Clone)]
pub(crate) struct App {
    base: Url,
    process: Arc<Replica>,
    /// Whom it lets in, where it knows one person alone.
    pub(crate) only: Option<[&'static str; 2]>,
}

impl App {
    /// Consent, where the suite's own was.
    pub(crate) async fn ours(suite: &Suite) -> Self {
        let at = suite.addresses();
        let process = suite.container(Component::Consent, at.internal[1].port().unwrap());
        process.is_ready().await;
        let base = at.consent.join("authentication/").unwrap();
        Self { base, process: Arc::new(process), only: None }
    }

    /// Ory's reference app, as `cargo xtask bench` installs it.
    pub(crate) async fn reference(suite: &Suite, root: &Path) -> Self {
        let port = Ports::free().unwrap().consent;
        let folder = root.join("target/tools/reference/node_modules/hydra-login-consent-logout");
        let mut node = Command::new("node");
        node.arg(folder.join("lib/app.js"))
            .env("PORT", port.to_string())
            .env("HYDRA_ADMIN_URL", suite.addresses().hydra_admin.as_str().trim_end_matches('/'))
            // Its templates are compiled once, and not for each page.
            .env("NODE_ENV", "production");
        let base = Url::parse(&format!("http://localhost:{port}/")).unwrap();
        let process = Replica::run(node, base.clone());
        process.is_ready().await;
        Self { base, process: Arc::new(process), only: Some(["foo@bar.com", "foobar"]) }
    }

    /// The page of this app that stands for the one Hydra sends browsers to.
    pub(crate) fn page(&self, address: &Url) -> Url {
        let name = address.path().rsplit('/').next().unwrap();
        let mut page = self.base.join(name).unwrap();
        page.set_query(address.query());
        page
    }

    pub(crate) fn login_page(&self, challenge: &str) -> Url {
        let mut page = self.base.join("login").unwrap();
        page.query_pairs_mut().append_pair("login_challenge", challenge);
        page
    }

    /// Resident memory in MiB.
    pub(crate) fn memory(&self) -> f64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
        let kib: f64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
        kib / 1024.0
    }

    /// The time that it has computed so far.
    pub(crate) fn cpu(&self) -> Duration {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.process.id())).unwrap();
        // The name comes first, in brackets, and may hold anything; user and system time are the 14th
        // and 15th field.
        let fields: Vec<_> = stat.rsplit_once(") ").unwrap().1.split(' ').collect();
        let ticks = fields[11].parse::<u32>().unwrap() + fields[12].parse::<u32>().unwrap();
        Duration::from_secs(1) * ticks / TICKS_PER_SECOND
    }
}
