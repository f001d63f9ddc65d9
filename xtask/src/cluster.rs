//! `cargo xtask cluster`: the suite in a Kubernetes cluster, and people in front of it.

use std::process::Command;

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::{
    step::{run, step},
    workspace::{cargo, root},
};

/// Targets of `docker/Dockerfile`; their images are `latchkey/<target>:local`, as with compose.
const TARGETS: [&str; 3] = ["identity", "consent", "client"];

/// Images of others that `k8s/overlays/local` names.
const OTHERS: [&str; 2] = ["oryd/hydra:v2.3.0", "postgres:17-alpine"];

/// How the cluster is used.
#[derive(Args)]
pub(crate) struct Options {
    /// Make k8s/overlays/local/secrets, keys and certificates, and nothing else
    #[arg(long, exclusive = true)]
    secrets: bool,
    /// The command that hands images to the cluster; their names are added at its end. Without it the
    /// cluster has to see what Docker has here [example: "kind load docker-image"]
    #[arg(long, env = "LATCHKEY_CLUSTER_LOAD", value_name = "COMMAND")]
    load: Option<String>,
    /// How the images are built: `release` as they are shipped, `quick` in a third of the time
    #[arg(long, default_value = "release", value_name = "PROFILE")]
    profile: String,
    /// Leave the suite in the cluster
    #[arg(long)]
    keep: bool,
}

/// Builds images, hands them over, and runs the trials.
pub(crate) fn cluster(options: &Options) -> Result<()> {
    if options.secrets {
        return step("secrets", || run(trials().arg("--secrets")));
    }
    step("kubectl", || {
        let found = Command::new("kubectl").args(["get", "nodes"]).status();
        let found = found.context("`kubectl` is not on PATH: kubernetes.io/docs/tasks/tools")?;
        if !found.success() {
            bail!("kubectl reaches no cluster: name one in KUBECONFIG");
        }
        Ok(())
    })?;
    step("images", || images(&options.profile))?;
    if let Some(load) = &options.load {
        let ours = TARGETS.map(|target| format!("latchkey/{target}:local"));
        let names = ours.iter().map(String::as_str).chain(OTHERS).collect::<Vec<_>>().join(" ");
        step("load", || run(Command::new("sh").args(["-c", &format!("{load} {names}")])))?;
    }
    step("cluster", || run(trials().args(options.keep.then_some("--keep"))))
}

fn images(profile: &str) -> Result<()> {
    for target in TARGETS {
        let mut build = Command::new("docker");
        build.args(["build", "--file=docker/Dockerfile", "--target", target]);
        build.arg(format!("--build-arg=PROFILE={profile}"));
        build.arg(format!("--tag=latchkey/{target}:local")).arg(".").current_dir(root());
        run(&mut build)?;
    }
    for image in OTHERS {
        let there =
            Command::new("docker").args(["image", "inspect", "--format=there", image]).output();
        if !there.is_ok_and(|it| it.status.success()) {
            run(Command::new("docker").args(["pull", image]))?;
        }
    }
    Ok(())
}

fn trials() -> Command {
    let package = ["run", "--quiet", "--package", "latchkey-integration-tests"];
    let mut command = cargo(package);
    command.args(["--bin", "cluster", "--locked", "--"]);
    command
}
