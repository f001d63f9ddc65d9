//! `docker/compose.yaml` as people run it: built, started, looked at from outside, stopped.

use serde::Deserialize;
use std::{
    collections::BTreeMap,
    io::Write as _,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docker/compose.yaml");
/// Other names than people's: what is thrown away here was made here.
const PROJECT: &str = "latchkey-check";
const VERSION: &str = "check";
/// How long a container may take to be ready again.
const PATIENCE: Duration = Duration::from_mins(3);

/// A project of containers. Dropped, it is gone, with its volumes.
#[derive(Debug)]
pub struct Compose {
    profile: String,
}

/// A container, as `docker compose ps` tells it.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Container {
    /// Its name at Docker.
    pub name: String,
    /// The service that it runs.
    pub service: String,
    /// `running`, `exited`, ...
    pub state: String,
    /// The code that it ended with.
    pub exit_code: i32,
    /// Its ports, published or not.
    pub publishers: Option<Vec<Publisher>>,
}

/// A port of a container.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Publisher {
    /// The address that it is published on; empty where it is not.
    #[serde(rename = "URL")]
    pub address: String,
    /// The port on this machine, or 0.
    pub published_port: u16,
}

impl Compose {
    /// The project, with the images built by this profile of cargo's.
    #[must_use]
    pub fn new(profile: &str) -> Self {
        let this = Self { profile: profile.to_owned() };
        this.down();
        this
    }

    /// `docker compose` with the words of this line.
    fn command(&self, line: &str) -> Command {
        let mut command = Command::new("docker");
        command.args(["compose", "--project-name", PROJECT, "--file", FILE]);
        command.args(line.split_whitespace());
        command.env("LATCHKEY_PROFILE", &self.profile).env("LATCHKEY_VERSION", VERSION);
        command
    }

    /// Runs it to its end and shows what it says; fails where it fails, with the containers' last words.
    pub fn run(&self, line: &str) {
        let status = self.command(line).status().expect("`docker` can be started");
        if !status.success() {
            let _ = self.command("ps --all").status();
            let _ = self.command("logs --tail 20").status();
            panic!("`docker compose {line}` ended with {status}");
        }
    }

    /// What it prints, with `input` to read.
    #[must_use]
    pub fn output(&self, line: &str, input: &str) -> String {
        let mut command = self.command(line);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("`docker` can be started");
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "`docker compose {line}` failed");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Starts it and lets it run.
    #[must_use]
    pub fn spawn(&self, line: &str) -> Child {
        let mut command = self.command(line);
        command.stdin(Stdio::null()).stdout(Stdio::null()).spawn().unwrap()
    }

    /// Takes everything away, data included.
    fn down(&self) {
        let down = "--profile * down --volumes --timeout 20";
        let _ = self.command(down).stdout(Stdio::null()).stderr(Stdio::null()).status();
    }

    /// All containers by their services, also those that have ended.
    #[must_use]
    pub fn containers(&self) -> BTreeMap<String, Container> {
        let lines = self.output("ps --all --format json", "");
        let read = |line| serde_json::from_str::<Container>(line).expect(line);
        lines.lines().map(read).map(|it| (it.service.clone(), it)).collect()
    }

    /// Stops a container, starts it again, and says how long it took until its own health check found it
    /// ready.
    #[must_use]
    pub fn restart(&self, container: &Container) -> Duration {
        let name = container.name.as_str();
        let test = self.inspect(name, "{{json .Config.Healthcheck.Test}}");
        let test: Vec<String> = serde_json::from_str(&test).expect("a health check");
        docker(&["stop", "-t", "20", name]);
        let began = Instant::now();
        docker(&["start", name]);
        loop {
            let mut check = Command::new("docker");
            check.args(["exec", name]).args(test.iter().skip(1)).stdin(Stdio::null());
            if check.output().unwrap().status.success() {
                return began.elapsed();
            }
            assert!(began.elapsed() < PATIENCE, "{name} does not come back");
            thread::sleep(Duration::from_millis(100));
        }
    }

    /// What Docker says of a container or an image, by a Go template.
    #[must_use]
    pub fn inspect(&self, what: &str, template: &str) -> String {
        docker(&["inspect", "--format", template, what])
    }

    /// The memory that each container uses, by its name.
    #[must_use]
    pub fn memory(&self) -> BTreeMap<String, String> {
        let lines = docker(&["stats", "--no-stream", "--format", "{{.Name}} {{.MemUsage}}"]);
        let pair = |line: &str| {
            let mut words = line.split(' ');
            Some((words.next()?.to_owned(), words.next()?.to_owned()))
        };
        lines.lines().filter_map(pair).collect()
    }

    /// The address that this machine has on a network of the project's, where others would reach it.
    #[must_use]
    pub fn gateway(&self, network: &str) -> String {
        let template = "{{range .IPAM.Config}}{{.Gateway}}{{end}}";
        self.inspect(&format!("{PROJECT}_{network}"), template)
    }
}

impl Drop for Compose {
    fn drop(&mut self) {
        self.down();
    }
}

impl Container {
    /// The addresses that it is published at.
    pub fn published(&self) -> impl Iterator<Item = (String, u16)> {
        let all = self.publishers.iter().flatten().filter(|it| it.published_port != 0);
        all.map(|it| (it.address.clone(), it.published_port))
    }

    /// Whether it ran once and ended.
    #[must_use]
    pub fn is_one_shot(&self) -> bool {
        self.state == "exited"
    }
}

/// What `docker` prints; it has to succeed.
fn docker(arguments: &[&str]) -> String {
    let output = Command::new("docker").args(arguments).output().expect("`docker` can be started");
    let problem = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "`docker {}`: {problem}", arguments.join(" "));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}
