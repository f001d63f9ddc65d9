//! The ways to a program, in their order.

use super::{Program, docker, go};
use crate::data::make_private;
use anyhow::{Context as _, Result, bail};
use std::{
    env,
    fs::{self, File, TryLockError},
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};
use tokio::process::Command;

/// Between two looks at whether another build has ended.
const PAUSE: Duration = Duration::from_millis(200);

/// Where to look for a program. What is built is kept in the data folder.
#[derive(Debug, Clone)]
pub struct Search {
    /// The file that the user names.
    pub given: Option<PathBuf>,
    /// The folders of `PATH`.
    pub path: Vec<PathBuf>,
    /// The data folder.
    pub data: PathBuf,
}

impl Search {
    /// The usual places on this machine.
    #[must_use]
    pub fn new(given: Option<PathBuf>, data: &Path) -> Self {
        let path = env::var_os("PATH").unwrap_or_default();
        Self { given, path: env::split_paths(&path).collect(), data: data.to_owned() }
    }

    /// The program's file: given, on `PATH`, kept, built with Go, or taken from an image; in this
    /// order. What is tried in vain is told on standard error.
    pub async fn find(&self, program: &Program) -> Result<PathBuf> {
        if let Some(given) = &self.given {
            return self.take_given(program, given).await;
        }
        if let Some(found) = self.on_path(program.file) {
            match version(program, &found).await {
                Ok(Some(version)) if version == program.version => return Ok(found),
                Ok(Some(version)) => pass_over(&found, &format!("it is {version}"), program),
                Ok(None) => pass_over(&found, "it tells no version", program),
                Err(error) => pass_over(&found, &format!("{error:#}"), program),
            }
        }
        self.build(program).await
    }

    /// The program's file in the data folder, which is built or copied there where it is missing.
    pub async fn build(&self, program: &Program) -> Result<PathBuf> {
        let kept = program.kept(&self.data);
        if kept.is_file() {
            return Ok(kept);
        }
        let folder = self.data.join("bin");
        make_private(&self.data)
            .and_then(|()| make_private(&folder))
            .with_context(|| format!("--data {}", self.data.display()))?;
        let _turn = take_turns(&folder, program).await?;
        if kept.is_file() {
            return Ok(kept);
        }
        let fresh = kept.with_added_extension("new");
        self.make(program, &fresh).await?;
        let made = version(program, &fresh).await;
        let made = made.with_context(|| format!("the {} that was made", program.title))?;
        let made = made.as_deref().unwrap_or("without a version");
        if made != program.version {
            bail!("the {} that was made is {made}, not {}", program.title, program.version);
        }
        fs::rename(&fresh, &kept)?;
        Ok(kept)
    }

    async fn make(&self, program: &Program, file: &Path) -> Result<()> {
        match self.on_path("go") {
            Some(go) => match go::build(&go, program, file).await {
                Ok(()) => return Ok(()),
                Err(error) => eprintln!("{} was not built: {error:#}", program.title),
            },
            None => eprintln!("Go: `go` is not on PATH"),
        }
        let docker = match self.on_path("docker") {
            Some(docker) => docker::copy(&docker, program, file).await,
            None => Err(anyhow::anyhow!("`docker` is not on PATH")),
        };
        if let Err(error) = docker {
            eprintln!("Docker: {error:#}");
            bail!(self.ways(program));
        }
        Ok(())
    }

    async fn take_given(&self, program: &Program, given: &Path) -> Result<PathBuf> {
        let option = program.option;
        let file =
            given.canonicalize().with_context(|| format!("--{option} {}", given.display()))?;
        let told = version(program, &file).await;
        let told = told.with_context(|| format!("--{option} {}", given.display()))?;
        if told.as_deref() != Some(program.version) {
            let told = told.as_deref().unwrap_or("without a version");
            let (title, tested) = (program.title, program.version);
            eprintln!("--{option}: it is {title} {told}; the suite is tested with {tested}");
        }
        Ok(file)
    }

    fn on_path(&self, name: &str) -> Option<PathBuf> {
        let mut files = self.path.iter().map(|folder| folder.join(name));
        let found = files.find(|file| is_executable(file))?;
        std::path::absolute(found).ok()
    }

    fn ways(&self, program: &Program) -> String {
        let Program { title, version, file, option, environment, image, .. } = program;
        format!(
            "{title} {version} was not found. Any of these helps:\n  \
             --{option} FILE, or {environment}=FILE in the environment\n  \
             `{file}` {version} on PATH\n  \
             {kept} from an earlier build\n  \
             Go 1.26 or newer on PATH (go.dev/doc/install) and a C compiler: it is built once\n  \
             Docker, with the image: docker pull {image}",
            kept = program.kept(&self.data).display(),
            image = image.0,
        )
    }
}

/// The version that a program tells, if it tells one.
async fn version(program: &Program, file: &Path) -> Result<Option<String>> {
    let mut command = Command::new(file);
    command.arg("version").stdin(Stdio::null()).kill_on_drop(true);
    let told = command.output().await.context("it does not run")?;
    if !told.status.success() {
        bail!("it is no {}: {}", program.title, told.status);
    }
    let told = [told.stdout, told.stderr].concat();
    let told = String::from_utf8_lossy(&told);
    let mut words = told.split(|it: char| it.is_whitespace() || matches!(it, '"' | ','));
    Ok(words.find(|word| is_version(word)).map(str::to_owned))
}

fn is_version(word: &str) -> bool {
    let mut parts = word.strip_prefix('v').unwrap_or_default().split('.');
    parts.next().is_some_and(|major| major.parse::<u16>().is_ok()) && parts.count() == 2
}

fn pass_over(found: &Path, why: &str, program: &Program) {
    eprintln!("{} is passed over: {why}, and {} is needed", found.display(), program.version);
}

fn is_executable(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    fs::metadata(file).is_ok_and(|it| it.is_file() && it.permissions().mode() & 0o111 != 0)
}

/// Two at once would build the same twice: the second waits, and finds what the first has built.
async fn take_turns(folder: &Path, program: &Program) -> Result<File> {
    let lock = File::create(folder.join("lock"))?;
    let mut told = false;
    loop {
        match lock.try_lock() {
            Ok(()) => return Ok(lock),
            Err(TryLockError::Error(error)) => return Err(error.into()),
            Err(TryLockError::WouldBlock) if told => tokio::time::sleep(PAUSE).await,
            Err(TryLockError::WouldBlock) => {
                eprintln!("{}: waiting for another build", program.title);
                told = true;
            }
        }
    }
}

#[cfg(test)]
mod tests;
