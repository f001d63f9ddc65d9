//! `cargo xtask prepare`: what the tests start, found on this machine or installed from Debian.

use std::{
    collections::BTreeSet,
    env,
    ffi::OsStr,
    fs,
    os::unix::fs::{MetadataExt, PermissionsExt},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context, Result, bail};

use crate::{
    step::{run, step},
    tools,
};

/// Python with what makes virtual environments: a module, and no program of its own.
const VENV: &str = "python3 -m venv";

/// Programs that Debian has, and their packages.
const PACKAGED: [(&str, &str); 7] = [
    ("chromium", "chromium"),
    ("chromedriver", "chromium-driver"),
    ("npm", "npm"),
    ("initdb", "postgresql"),
    ("postgres", "postgresql"),
    ("systemd-analyze", "systemd"),
    (VENV, "python3-venv"),
];

/// Programs that you bring, and why they are needed.
const BROUGHT: [(&str, &str); 2] = [
    ("go", "builds Hydra, Jaeger, buf and a caller; install Go 1.26 or newer: go.dev/doc/install"),
    ("cc", "links every program; install a C compiler (on Debian the packages gcc, libc6-dev)"),
];

/// Debian keeps PostgreSQL's server programs here, out of `PATH`.
const POSTGRESQL: &str = "/usr/lib/postgresql";

/// Read by PostgreSQL's installation; without it a server would be set up and started.
const NO_CLUSTER: &str = "/etc/postgresql-common/createcluster.d/latchkey.conf";

/// Installs what is missing; says so when nothing is.
pub(crate) fn prepare() -> Result<()> {
    step("prepare", || {
        let folders = search_folders();
        let packages = missing_packages(|program| is_there(&folders, program));
        if !packages.is_empty() {
            install(&packages)?;
        }
        missing_brought(|program| is_in(&folders, program))?;
        tools::axe()?;
        eprintln!("    nothing is missing");
        Ok(())
    })
}

fn install(packages: &BTreeSet<&str>) -> Result<()> {
    let script = install_script(packages);
    if !is_in(&search_folders(), "apt-get") {
        bail!("missing here, and there is no apt-get to install it: {}", joined(packages));
    }
    if !is_root()? {
        bail!("missing: {}; run this, then try again:\nsudo sh -c '{script}'", joined(packages));
    }
    run(Command::new("sh").args(["-c", &script]))?;
    let folders = search_folders();
    let left = missing_packages(|program| is_there(&folders, program));
    if !left.is_empty() {
        bail!("installed, but their programs are not to be found: {}", joined(&left));
    }
    Ok(())
}

/// One shell line, so that what root runs here and what `sudo` is asked to run are the same.
fn install_script(packages: &BTreeSet<&str>) -> String {
    let mut lines = vec!["set -e".to_owned()];
    if packages.contains("postgresql") {
        lines.push(format!("mkdir -p $(dirname {NO_CLUSTER})"));
        lines.push(format!("trap \"rm -f {NO_CLUSTER}\" EXIT"));
        lines.push(format!("echo create_main_cluster = false > {NO_CLUSTER}"));
    }
    lines.push("export DEBIAN_FRONTEND=noninteractive".to_owned());
    lines.push("apt-get update".to_owned());
    let packages = joined(packages);
    lines.push(format!("apt-get install -y --no-install-recommends {packages}"));
    lines.join("; ")
}

fn missing_packages(is_there: impl Fn(&str) -> bool) -> BTreeSet<&'static str> {
    let absent = PACKAGED.into_iter().filter(|(program, _)| !is_there(program));
    absent.map(|(_, package)| package).collect()
}

fn missing_brought(is_there: impl Fn(&str) -> bool) -> Result<()> {
    match BROUGHT.into_iter().find(|(program, _)| !is_there(program)) {
        Some((program, why)) => bail!("`{program}` is not on PATH: it {why}"),
        None => Ok(()),
    }
}

/// `PATH`, and the `bin` folder of each installed PostgreSQL.
fn search_folders() -> Vec<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let releases = fs::read_dir(POSTGRESQL).into_iter().flatten().flatten();
    folders(&path, releases.map(|release| release.path()))
}

fn folders(path: &OsStr, postgresql: impl Iterator<Item = PathBuf>) -> Vec<PathBuf> {
    env::split_paths(path).chain(postgresql.map(|release| release.join("bin"))).collect()
}

fn is_there(folders: &[PathBuf], program: &str) -> bool {
    if program != VENV {
        return is_in(folders, program);
    }
    let mut python = Command::new("python3");
    python.args(["-c", "import ensurepip, venv"]).stderr(Stdio::null());
    python.status().is_ok_and(|status| status.success())
}

fn is_in(folders: &[PathBuf], program: &str) -> bool {
    folders.iter().any(|folder| is_executable(&folder.join(program)))
}

fn is_executable(file: &Path) -> bool {
    fs::metadata(file).is_ok_and(|it| it.is_file() && it.permissions().mode() & 0o111 != 0)
}

fn is_root() -> Result<bool> {
    Ok(fs::metadata("/proc/self").context("cannot tell who runs this")?.uid() == 0)
}

fn joined(packages: &BTreeSet<&str>) -> String {
    packages.iter().copied().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_with_everything_needs_nothing() {
        assert!(missing_packages(|_| true).is_empty());
        assert!(missing_brought(|_| true).is_ok());
    }

    #[test]
    fn half_a_postgresql_is_a_missing_one() {
        assert_eq!(joined(&missing_packages(|program| program != "postgres")), "postgresql");
        let all = "chromium chromium-driver npm postgresql python3-venv systemd";
        assert_eq!(joined(&missing_packages(|_| false)), all);
    }

    #[test]
    fn a_missing_go_says_what_to_do() {
        let error = missing_brought(|program| program != "go").unwrap_err().to_string();
        assert!(error.contains("go.dev/doc/install"), "{error}");
    }

    #[test]
    fn postgresql_comes_without_a_cluster() {
        let script = install_script(&BTreeSet::from(["postgresql"]));
        let (before, after) = script.split_once("apt-get update").unwrap();
        assert!(before.contains("echo create_main_cluster = false > /etc/postgresql-common/"));
        assert_eq!(after, "; apt-get install -y --no-install-recommends postgresql");
        assert!(!script.contains('\''), "it is shown between single quotes: {script}");
    }

    #[test]
    fn other_packages_touch_no_settings() {
        let script = install_script(&BTreeSet::from(["chromium"]));
        assert!(!script.contains("/etc/"), "{script}");
    }

    #[test]
    fn server_programs_are_searched_beside_the_path() {
        let releases = [PathBuf::from("/usr/lib/postgresql/15")];
        let found = folders(OsStr::new("/usr/bin:/bin"), releases.into_iter());
        assert_eq!(found, ["/usr/bin", "/bin", "/usr/lib/postgresql/15/bin"].map(PathBuf::from));
    }
}
