//! Identity alone, as a process of its own that a test may kill.

use crate::programs::{latchkey, run};
use std::{
    fs::{self, File},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};
use tempfile::TempDir;

/// A running identity.
#[derive(Debug)]
pub struct Identity {
    /// Where its gRPC is served.
    pub address: SocketAddr,
    child: Child,
    options: Vec<String>,
    folder: TempDir,
}

impl Identity {
    /// Starts one on this database, with more options.
    #[must_use]
    pub fn start(database_url: &str, options: &[&str]) -> Self {
        Self::start_as(Command::new(latchkey()), database_url, options)
    }

    fn start_as(program: Command, database_url: &str, options: &[&str]) -> Self {
        let mut all = vec![
            format!("--database-url={database_url}"),
            "--internal-listen=127.0.0.1:0".to_owned(),
            "--log-format=json".to_owned(),
        ];
        all.extend(options.iter().map(|&option| option.to_owned()));
        let folder = tempfile::tempdir().unwrap();
        let (child, address) = start(program, &all, "127.0.0.1:0", &folder.path().join("log"));
        Self { address, child, options: all, folder }
    }

    /// Starts one that can write no file longer than this, until [`Identity::allow_any_file`].
    #[must_use]
    pub fn start_with_files_of(database_url: &str, kib: u32, options: &[&str]) -> Self {
        Self::start_as(with_files_of(kib), database_url, options)
    }

    /// Lifts the limit of [`Identity::start_with_files_of`].
    pub fn allow_any_file(&self) {
        allow_any_file(&self.child);
    }

    /// Starts it again where it listened, also after [`Identity::kill`].
    pub fn start_again(&mut self) {
        let (child, _) =
            start(Command::new(latchkey()), &self.options, &self.address.to_string(), &self.log());
        self.child = child;
    }

    /// Ends it in the middle of everything.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// What it has logged since it was last started: a JSON object a line.
    #[must_use]
    pub fn logged(&self) -> String {
        fs::read_to_string(self.log()).unwrap()
    }

    fn log(&self) -> PathBuf {
        self.folder.path().join("log")
    }
}

impl Drop for Identity {
    fn drop(&mut self) {
        let _gone_already = self.child.kill();
        let _reaped = self.child.wait();
    }
}

/// The program of all services, which can write no file longer than this: to SQLite a full disk.
pub(crate) fn with_files_of(kib: u32) -> Command {
    // The limit is the shell's own, and soft; without the trap the signal would end the process.
    let script = format!("trap '' XFSZ; ulimit -S -f {}; exec \"$@\"", kib * 2);
    let mut shell = Command::new("sh");
    shell.args(["-c", &script, "sh"]).arg(latchkey());
    shell
}

/// Lifts the limit of [`with_files_of`].
pub(crate) fn allow_any_file(child: &Child) {
    let pid = child.id().to_string();
    run(Command::new("prlimit").args(["--fsize=unlimited", "--pid", &pid]));
}

fn start(
    mut program: Command,
    options: &[String],
    listen: &str,
    log: &Path,
) -> (Child, SocketAddr) {
    launch(program.arg("identity").args(options).arg(format!("--listen={listen}")), log)
}

/// Starts a service that logs JSON, and waits until it says where it serves gRPC.
pub(crate) fn launch(program: &mut Command, log: &Path) -> (Child, SocketAddr) {
    let mut child =
        program.stdout(Stdio::null()).stderr(File::create(log).unwrap()).spawn().unwrap();
    let began = Instant::now();
    loop {
        let text = fs::read_to_string(log).unwrap();
        let line = text.lines().find(|line| line.contains("listening: gRPC"));
        if let Some(line) = line.and_then(|it| serde_json::from_str::<serde_json::Value>(it).ok()) {
            return (child, line["address"].as_str().unwrap().parse().unwrap());
        }
        let ended = child.try_wait().unwrap();
        let patience = began.elapsed() < Duration::from_mins(1);
        assert!(ended.is_none() && patience, "{program:?} does not start: {ended:?} {text}");
        thread::sleep(Duration::from_millis(20));
    }
}
