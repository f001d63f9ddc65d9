//! The programs that are measured, each a process of its own, as the system sees them.

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
/// What `/proc` counts time in (`proc_pid_stat(5)`).
const TICKS_PER_SECOND: u32 = 100;

/// The real program, on a database of its own.
pub(crate) struct Identity {
    child: Child,
    _folder: TempDir,
    /// Where it serves gRPC.
    pub(crate) grpc: SocketAddr,
    /// From its start to a good `/readyz`.
    pub(crate) ready_after: Duration,
}

impl Identity {
    pub(crate) fn start(database_url: &str, more: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("log");
        let began = Instant::now();
        let child = Command::new(env!("CARGO_BIN_EXE_latchkey-identity"))
            .args(["--listen=127.0.0.1:0", "--internal-listen=127.0.0.1:0", "--database-url"])
            .arg(database_url)
            .args(more)
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
        Self { child, _folder: folder, grpc, ready_after: began.elapsed() }
    }

    /// Resident memory in MiB.
    pub(crate) fn memory(&self) -> f64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
        let kib: f64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
        kib / 1024.0
    }
}

impl Drop for Identity {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// This program again, as a peer that tells its address.
pub(crate) struct Peer {
    child: Child,
    pub(crate) grpc: SocketAddr,
}

impl Peer {
    pub(crate) fn start(role: &str) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .arg(role)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut text = String::new();
        let mut stdout = child.stdout.take().unwrap();
        let mut byte = [0];
        while stdout.read_exact(&mut byte).is_ok() && byte != *b"\n" {
            text.push(char::from(byte[0]));
        }
        Self { child, grpc: text.parse().unwrap() }
    }
}

impl Drop for Peer {
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

/// The time that this program has computed so far.
pub(crate) fn own_cpu() -> Duration {
    cpu_of(std::process::id()).unwrap()
}

/// The time that all of PostgreSQL's processes have computed so far.
pub(crate) fn postgres_cpu() -> Duration {
    let all = fs::read_dir("/proc").unwrap().flatten();
    let ids = all.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let postgres = |id: &u32| {
        fs::read_to_string(format!("/proc/{id}/comm")).is_ok_and(|it| it.trim() == "postgres")
    };
    ids.filter(postgres).filter_map(cpu_of).sum()
}

fn cpu_of(process: u32) -> Option<Duration> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The name comes first, in brackets, and may hold anything; user and system time are the 14th
    // and 15th field.
    let fields: Vec<_> = stat.rsplit_once(") ")?.1.split(' ').collect();
    let ticks: u32 = fields.get(11)?.parse::<u32>().ok()? + fields.get(12)?.parse::<u32>().ok()?;
    Some(Duration::from_secs(1) * ticks / TICKS_PER_SECOND)
}
