//! The Kubernetes overlays: kustomize builds them, and the schemas of Kubernetes know what comes out.

use std::{fs, path::Path, process::Command};

use anyhow::{Context, Result, bail};

use crate::{step::run, tools, workspace::root};

const OVERLAYS: [&str; 2] = ["local", "production"];

/// The oldest release of Kubernetes that we promise to run on. It has to have schemas in
/// `kubernetes-validate`.
const KUBERNETES: &str = "1.34.0";

/// Kinds that operators bring, and no schema of Kubernetes knows.
const BROUGHT: [&str; 3] = ["Certificate", "Issuer", "ServiceMonitor"];

/// Fails with what is wrong in an overlay.
pub(crate) fn check() -> Result<()> {
    let (kustomize, validate) = (tools::kustomize()?, tools::kubernetes_validate()?);
    let place = tempfile::tempdir()?;
    run(Command::new("cp").arg("--recursive").arg(root().join("k8s")).arg(place.path()))?;
    let k8s = place.path().join("k8s");
    make_secrets(&k8s.join("overlays/local"))?;
    for overlay in OVERLAYS {
        let built = place.path().join(format!("{overlay}.yaml"));
        let folder = k8s.join("overlays").join(overlay);
        run(Command::new(&kustomize).arg("build").arg(folder).arg("--output").arg(&built))?;
        let mut schemas = Command::new(&validate);
        schemas.args(["--strict", "--kubernetes-version", KUBERNETES]).arg(&built);
        let output = schemas.output().context("cannot start kubernetes-validate")?;
        let said =
            String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
        let (passed, faults) = faults(&said);
        if !output.status.success() || !faults.is_empty() || passed == 0 {
            bail!(
                "k8s/overlays/{overlay}:\n{}",
                if faults.is_empty() { said.into() } else { faults }
            );
        }
        eprintln!("    {overlay}: {passed} resources of Kubernetes {KUBERNETES}");
    }
    Ok(())
}

/// Each file that the overlay wants to have in `secrets`, which is not in the repository.
fn make_secrets(overlay: &Path) -> Result<()> {
    let wanted = fs::read_to_string(overlay.join("kustomization.yaml"))?;
    let names = wanted.split(|it: char| it.is_whitespace() || "[],".contains(it));
    for name in names.filter_map(|it| it.split_once("=secrets/")).map(|(_, name)| name) {
        let file = overlay.join("secrets").join(name);
        fs::create_dir_all(file.parent().unwrap_or(overlay))?;
        fs::write(file, "not a secret")?;
    }
    Ok(())
}

/// How many resources passed, and the lines that tell of a fault.
fn faults(said: &str) -> (usize, String) {
    let passed = said.lines().filter(|line| line.contains(" passed for resource ")).count();
    let known = |line: &str| {
        line.contains(" passed for resource ")
            || BROUGHT.iter().any(|kind| line.contains(&format!("schema for kind {kind} ")))
    };
    let faults: Vec<_> = said.lines().filter(|line| !line.is_empty() && !known(line)).collect();
    (passed, faults.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_of_operators_are_known_and_others_are_faults() {
        let said = "INFO a.yaml passed for resource service/a against version 1.34\n\
                    WARN a.yaml Couldn't find schema for kind Issuer with api version b\n\
                    WARN a.yaml Couldn't find schema for kind Deploymnet with api version apps/v1";
        let (passed, faults) = faults(said);
        assert_eq!(passed, 1);
        assert!(faults.contains("Deploymnet") && !faults.contains("Issuer"), "{faults}");
    }
}
