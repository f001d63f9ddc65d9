//! One of several processes of a service.

use crate::programs::run;
use std::{
    process::{Child, Command, ExitStatus, Stdio},
    time::Duration,
};
use url::Url;

/// It is killed when this is dropped, and when the thread ends that started it.
#[derive(Debug)]
pub struct Replica {
    command: Command,
    child: Child,
    readyz: Url,
}

impl Replica {
    pub(crate) fn start(command: Command, internal: u16) -> Self {
        Self::run(command, Url::parse(&format!("http://127.0.0.1:{internal}/readyz")).unwrap())
    }

    /// Runs any program, which is ready as soon as it answers well at this address.
    #[must_use]
    pub fn run(mut command: Command, readyz: Url) -> Self {
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let child = command.spawn().unwrap();
        Self { command, child, readyz }
    }

    /// Where it says whether it is ready.
    #[must_use]
    pub fn readyz(&self) -> Url {
        self.readyz.clone()
    }

    /// The number of its process.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits until it is ready.
    pub async fn is_ready(&self) {
        for _ in 0..1200 {
            if reqwest::get(self.readyz()).await.is_ok_and(|answer| answer.status().is_success()) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("{:?} does not become ready", self.command);
    }

    /// Stops it as an orchestrator does, and starts a new one in its place, which becomes ready.
    pub async fn restart(&mut self) {
        run(Command::new("kill").args(["-TERM", &self.child.id().to_string()]));
        let ended = self.end().await;
        assert!(ended.success(), "{:?}: {ended}", self.command);
        self.child = self.command.spawn().unwrap();
        self.is_ready().await;
    }

    /// A counter or a sum of its `/metrics`: of all lines that begin so, together.
    pub async fn metric(&self, begin: &str) -> f64 {
        let metrics = reqwest::get(self.readyz.join("metrics").unwrap()).await.unwrap();
        let text = metrics.text().await.unwrap();
        let values = text.lines().filter(|line| line.starts_with(begin));
        values.filter_map(|line| line.rsplit_once(' ')?.1.parse::<f64>().ok()).sum()
    }

    async fn end(&mut self) -> ExitStatus {
        loop {
            if let Some(ended) = self.child.try_wait().unwrap() {
                return ended;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

impl Drop for Replica {
    fn drop(&mut self) {
        let _gone_already = self.child.kill();
        let _reaped = self.child.wait();
    }
}
