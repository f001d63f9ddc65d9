//! Tools that are not on every machine, built into `target/tools` at the version named here.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::Result;

use crate::{
    step::run,
    workspace::{cargo, root},
};

const CARGO_DENY: &str = "0.20.2";

/// cargo-deny, built when it is not there at this version. Unoptimised: the build is minutes
/// shorter, and the check seconds longer.
pub(crate) fn cargo_deny() -> Result<PathBuf> {
    let binary = root().join("target/tools/bin/cargo-deny");
    if !says_version(&binary, CARGO_DENY) {
        let args = ["install", "cargo-deny", "--version", CARGO_DENY, "--locked", "--debug"];
        // --force: it may lie there at another version without cargo having put it there.
        run(cargo(args).args(["--force", "--root", "target/tools"]))?;
    }
    Ok(binary)
}

/// buf, at the version in `xtask/buf/go.mod`. Go itself knows when there is nothing to build.
pub(crate) fn buf() -> Result<PathBuf> {
    let binary = root().join("target/tools/bin/buf");
    let mut go = Command::new("go");
    go.args(["build", "-buildvcs=false", "-o"]).arg(&binary);
    run(go.arg("github.com/bufbuild/buf/cmd/buf").current_dir(root().join("xtask/buf")))?;
    Ok(binary)
}

/// kustomize, at the version in `xtask/kustomize/go.mod`.
pub(crate) fn kustomize() -> Result<PathBuf> {
    let binary = root().join("target/tools/bin/kustomize");
    let mut go = Command::new("go");
    go.args(["build", "-buildvcs=false", "-o"]).arg(&binary);
    go.arg("sigs.k8s.io/kustomize/kustomize/v5").current_dir(root().join("xtask/kustomize"));
    run(&mut go)?;
    Ok(binary)
}

/// kubernetes-validate, at the version that its `requirements.txt` tells: it brings the schemas of
/// many releases of Kubernetes with it, and asks nobody.
pub(crate) fn kubernetes_validate() -> Result<PathBuf> {
    let (wanted, folder) =
        (root().join("xtask/kubernetes-validate"), root().join("target/tools/kubernetes-validate"));
    let requirements = |folder: &Path| fs::read(folder.join("requirements.txt")).ok();
    let program = folder.join("bin/kubernetes-validate");
    if program.is_file() && requirements(&wanted) == requirements(&folder) {
        return Ok(program);
    }
    run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder))?;
    let install =
        ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"];
    let file = wanted.join("requirements.txt");
    run(Command::new(folder.join("bin/python3")).args(install).arg(&file))?;
    fs::copy(file, folder.join("requirements.txt"))?;
    Ok(program)
}

/// axe-core, at the version and with the content that `xtask/axe/package-lock.json` tells: what it
/// says about the pages is what the tests say.
pub(crate) fn axe() -> Result<()> {
    npm("axe", "axe-core/axe.min.js")
}

/// Ory's reference app, which consent is measured beside, as `xtask/reference/package-lock.json` tells.
pub(crate) fn reference() -> Result<()> {
    npm("reference", "hydra-login-consent-logout/lib/app.js")
}

fn npm(name: &str, program: &str) -> Result<()> {
    let (wanted, folder) =
        (root().join("xtask").join(name), root().join("target/tools").join(name));
    let lock = |folder: &Path| fs::read(folder.join("package-lock.json")).ok();
    let program = folder.join("node_modules").join(program);
    if program.is_file() && lock(&folder) == lock(&wanted) {
        return Ok(());
    }
    fs::create_dir_all(&folder)?;
    for file in ["package.json", "package-lock.json"] {
        fs::copy(wanted.join(file), folder.join(file))?;
    }
    let mut npm = Command::new("npm");
    npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]);
    run(npm.current_dir(&folder))
}

fn says_version(binary: &Path, version: &str) -> bool {
    let output = Command::new(binary).arg("--version").output();
    output.is_ok_and(|output| last_word(&output.stdout) == Some(version))
}

fn last_word(stdout: &[u8]) -> Option<&str> {
    str::from_utf8(stdout).ok()?.split_whitespace().last()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_the_last_word() {
        assert_eq!(last_word(b"cargo-deny 0.20.2\n"), Some("0.20.2"));
        assert_eq!(last_word(b""), None);
    }

    #[test]
    fn a_tool_that_is_not_there_has_no_version() {
        assert!(!says_version(Path::new("no-such-tool"), "1.0.0"));
    }
}
