//! A program copied out of a container image that this machine has.

use super::Program;
use anyhow::{Context as _, Result, bail};
use std::{ffi::OsStr, path::Path};
use tokio::process::Command;

/// Copies the program from the image to `file`. Nothing is pulled: an image is fetched by people.
pub(super) async fn copy(docker: &Path, program: &Program, file: &Path) -> Result<()> {
    let (image, inside) = program.image;
    run(docker, ["image", "inspect", "--format", "{{.Id}}", image]).await?;
    let container = run(docker, ["create", image]).await?;
    let copied =
        run(docker, [OsStr::new("cp"), format!("{container}:{inside}").as_ref(), file.as_os_str()])
            .await;
    run(docker, ["rm", &container]).await?;
    copied?;
    eprintln!("{} {}: taken from the image {image}", program.title, program.version);
    Ok(())
}

/// What Docker prints; its last line of complaint where it fails.
async fn run(
    docker: &Path,
    arguments: impl IntoIterator<Item = impl AsRef<OsStr>>,
) -> Result<String> {
    let output = Command::new(docker).args(arguments).kill_on_drop(true).output().await;
    let output = output.context("docker does not run")?;
    if !output.status.success() {
        let complaint = String::from_utf8_lossy(&output.stderr);
        bail!("{}", complaint.trim().lines().last().unwrap_or("it fails without a word"));
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
