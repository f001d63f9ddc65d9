//! A program built from the Go module in `docker/hydra`.

use super::{Program, progress::Progress};
use anyhow::{Context as _, Result, bail};
use rustix::process::{Pid, Signal, kill_process_group};
use std::{collections::VecDeque, fs, path::Path, process::Stdio};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::{Child, Command},
};

/// Lines of Go's output that an error shows.
const SHOWN: usize = 15;

/// The module. It is part of this program, which may be installed where its source is not.
const MODULE: [(&str, &str); 2] = [
    ("go.mod", include_str!("../../../../docker/hydra/go.mod")),
    ("go.sum", include_str!("../../../../docker/hydra/go.sum")),
];

/// Runs `go build`, and shows how far it is. The program is written to `file`, and the module to a folder
/// beside it.
pub(super) async fn build(go: &Path, program: &Program, file: &Path) -> Result<()> {
    let module = file.with_file_name("module");
    fs::create_dir_all(&module)?;
    for (name, content) in MODULE {
        fs::write(module.join(name), content)?;
    }
    let (title, version) = (program.title, program.version);
    let mut progress = Progress::begin(format!("Building {title} {version} with Go, once"));
    let mut build = Build(command(go, program, &module, file).spawn().context("go does not run")?);
    let output = build.0.stderr.take().context("go has no output")?;

    let mut last = VecDeque::new();
    let mut lines = BufReader::new(output).lines();
    while let Some(line) = lines.next_line().await? {
        progress.step(&line);
        if last.len() == SHOWN {
            last.pop_front();
        }
        last.push_back(line);
    }
    let status = build.0.wait().await?;
    if !status.success() {
        progress.end(None);
        bail!("go build: {status}\n{}", Vec::from(last).join("\n"));
    }
    progress.end(Some(&format!("Built {title} {version}")));
    Ok(())
}

fn command(go: &Path, program: &Program, module: &Path, file: &Path) -> Command {
    let mut command = Command::new(go);
    command
        .args(["build", "-v", "-trimpath", "-mod=readonly", "-tags", program.tags])
        .arg(format!("-ldflags=-s -w -X {}={}", program.version_variable, program.version))
        .arg("-o")
        .arg(file)
        .arg(program.package)
        .current_dir(module)
        .env("CGO_ENABLED", if program.cgo { "1" } else { "0" })
        // Flags and workspaces of the user's own projects have no say here.
        .env("GOFLAGS", "")
        .env("GOWORK", "off")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .process_group(0);
    command
}

/// A build that ends, with its compilers, when it is no longer waited for.
struct Build(Child);

impl Drop for Build {
    fn drop(&mut self) {
        // Once it has been waited for it has no id any more.
        if let Some(group) = self.0.id().and_then(|id| Pid::from_raw(id.try_into().ok()?)) {
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
}
