//! The program itself, a process of its own as the system sees it.

use std::{
    fs::{self, File},
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};
use tempfile::TempDir;

/// How often a start is looked after.
const LOOK: Duration = Duration::from_millis(1);
const PATIENCE: Duration = Duration::from_secs(30);

/// The running program.
pub(crate) struct Program {
    child: Child,
    _folder: TempDir,
    /// Where it serves gRPC.
    pub(crate) grpc: SocketAddr,
}

impl Program {
    /// Starts it on a database of its own, and returns when it is ready.
    pub(crate) fn start(database_url: &str, options: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("log");
        let child = Command::new(env!("CARGO_BIN_EXE_latchkey-identity"))
            .args(["--listen=127.0.0.1:0", "--internal-listen=127.0.0.1:0", "--database-url"])
            .arg(database_url)
            .args(options)
            .stdin(Stdio::null())
            .stderr(File::create(&log).unwrap())
            .spawn()
            .unwrap();
        let told = |what: &str| {
            let text = fs::read_to_string(&log).unwrap();
            let line = text.lines().find(|line| line.contains(&format!("listening: {what}")));
            let address = line.and_then(|line| line.split_once("address=")?.1.split(' ').next());
            address.and_then(|address| address.parse::<SocketAddr>().ok())
        };
        let internal = until(|| told("internal"));
        let grpc = until(|| told("gRPC"));
        until(|| is_ready(internal).then_some(()));
        Self { child, _folder: folder, grpc }
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Memory in MiB, by its name in `proc_pid_status(5)`: `VmRSS` now, `VmHWM` at most so far.
    pub(crate) fn memory(&self, name: &str) -> f64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with(name)).unwrap();
        let kib: f64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
        kib / 1024.0
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn is_ready(internal: SocketAddr) -> bool {
    let Ok(mut stream) = TcpStream::connect(internal) else { return false };
    let request = b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    let mut answer = String::new();
    stream.write_all(request).is_ok()
        && stream.read_to_string(&mut answer).is_ok()
        && answer.starts_with("HTTP/1.1 200")
}

fn until<T>(mut look: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(began.elapsed() < PATIENCE, "identity does not start");
        thread::sleep(LOOK);
    }
}
