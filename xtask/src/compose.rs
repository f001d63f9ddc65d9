//! `cargo xtask compose`: the containers of `docker/`, really run.

use std::process::{Command, Stdio};

use anyhow::{Result, bail};
use clap::ValueEnum;

use crate::{
    step::{run, step},
    workspace::{cargo, root},
};

/// How the images are built.
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Profile {
    /// As they are shipped
    Release,
    /// In a third of the time, for tests
    Quick,
}

/// What compose.production.yaml does not start without; no value is read by more than `config`.
const PRODUCTION: [(&str, &str); 5] = [
    ("SSO_DOMAIN", "sso.example.com"),
    ("APP_DOMAIN", "app.example.com"),
    ("CLIENT_ID", "portal"),
    ("LATCHKEY_KEYS", "/etc/latchkey/keys"),
    ("TLS", "operator@example.com"),
];

/// Whether this machine can run it: a Docker that answers, with compose.
pub(crate) fn is_possible() -> bool {
    let answers = |arguments: &[&str]| {
        let mut docker = Command::new("docker");
        docker.args(arguments).stdout(Stdio::null()).stderr(Stdio::null());
        docker.status().is_ok_and(|status| status.success())
    };
    answers(&["compose", "version"]) && answers(&["info"])
}

/// Reads the files as Docker does, then runs the containers from their build to their end.
pub(crate) fn compose(profile: Profile) -> Result<()> {
    if !is_possible() {
        bail!("no Docker with compose answers here: see https://docs.docker.com/engine/install/");
    }
    step("compose config", || {
        run(&mut docker(&["--file", "docker/compose.yaml", "config", "--quiet"]))?;
        let files = ["--file", "docker/compose.yaml", "--file", "docker/compose.production.yaml"];
        run(docker(&files).args(["config", "--quiet"]).envs(PRODUCTION))
    })?;
    let profile = match profile {
        Profile::Release => "release",
        Profile::Quick => "quick",
    };
    let package =
        ["run", "--package", "latchkey-integration-tests", "--bin", "compose", "--locked"];
    step("compose", || run(cargo(package).args(["--", "--profile", profile])))
}

fn docker(arguments: &[&str]) -> Command {
    let mut command = Command::new("docker");
    command.arg("compose").args(arguments).current_dir(root());
    command
}
