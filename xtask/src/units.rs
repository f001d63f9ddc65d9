//! The systemd units: systemd itself reads them without a word, and finds them hardened.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};

use crate::{step::run, workspace::root};

const FOLDER: &str = "services/latchkey/systemd";

/// Where Debian keeps the units that ours name.
const SYSTEM: &str = "/usr/lib/systemd/system";

/// The most that `systemd-analyze security` may say, in tenths of its scale from 0 to 10; without
/// any hardening it says 9.6.
const EXPOSURE: u32 = 12;

/// Fails with what systemd says about a unit.
pub(crate) fn check() -> Result<()> {
    let units = files(&root().join(FOLDER))?;
    verify(&units)?;
    let threshold = format!("--threshold={EXPOSURE}");
    for unit in units.iter().filter(|unit| is_service(unit)) {
        let mut security = Command::new("systemd-analyze");
        security.args(["security", "--offline=true", "--no-pager", &threshold]).arg(unit);
        let output = security.output().context("cannot start systemd-analyze")?;
        let table = String::from_utf8_lossy(&output.stdout);
        if !output.status.success() {
            bail!("{} is exposed by more than {EXPOSURE} tenths:\n{table}", unit.display());
        }
        let verdict = table.lines().rfind(|line| line.contains("exposure level"));
        eprintln!("    {}", verdict.unwrap_or_default().trim_start_matches(['→', ' ']));
    }
    Ok(())
}

/// In a root of its own, where the programs that units start are installed.
fn verify(units: &[PathBuf]) -> Result<()> {
    let place = tempfile::tempdir()?;
    let (etc, bin) = (place.path().join("etc/systemd/system"), place.path().join("usr/bin"));
    let system = place.path().join(SYSTEM.trim_start_matches('/'));
    for folder in [&etc, &bin, &system] {
        fs::create_dir_all(folder)?;
    }
    for entry in fs::read_dir(SYSTEM).context("systemd is not installed: cargo xtask prepare")? {
        let entry = entry?;
        if entry.path().is_file() {
            fs::copy(entry.path(), system.join(entry.file_name()))?;
        }
    }
    let mut verify = Command::new("systemd-analyze");
    verify.arg(format!("--root={}", place.path().display()));
    verify.args(["verify", "--man=no", "--recursive-errors=no"]);
    for unit in units {
        let name = unit.file_name().context("a unit without a name")?;
        fs::copy(unit, etc.join(name))?;
        if is_service(unit) {
            let program = bin.join(unit.file_stem().unwrap_or_default());
            fs::write(&program, "#!/bin/sh\n")?;
            fs::set_permissions(&program, fs::Permissions::from_mode(0o755))?;
        }
        verify.arg(name);
    }
    run(&mut verify)
}

fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut units = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let path = entry?.path();
        if is_service(&path) || path.extension().is_some_and(|it| it == "target") {
            units.push(path);
        }
    }
    units.sort();
    Ok(units)
}

fn is_service(unit: &Path) -> bool {
    unit.extension().is_some_and(|it| it == "service")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_option_that_systemd_does_not_know_is_a_fault() {
        let folder = tempfile::tempdir().unwrap();
        let unit = folder.path().join("a.service");
        fs::write(&unit, "[Service]\nExecStart=/usr/bin/a\n").unwrap();
        verify(std::slice::from_ref(&unit)).unwrap();
        fs::write(&unit, "[Service]\nExecStart=/usr/bin/a\nNoNewPrivilege=yes\n").unwrap();
        assert!(verify(&[unit]).is_err());
    }
}
