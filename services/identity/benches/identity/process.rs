//! The processes that are measured, and what they compute, as the system sees it.

use std::{
    fs,
    io::Read as _,
    net::SocketAddr,
    process::{Child, Command, Stdio},
    time::Duration,
};

/// What `/proc` counts time in (`proc_pid_stat(5)`).
const TICKS_PER_SECOND: u32 = 100;

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

/// The time that a process has computed so far.
pub(crate) fn cpu_of(process: u32) -> Option<Duration> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The name comes first, in brackets, and may hold anything; user and system time are the 14th
    // and 15th field.
    let fields: Vec<_> = stat.rsplit_once(") ")?.1.split(' ').collect();
    let ticks: u32 = fields.get(11)?.parse::<u32>().ok()? + fields.get(12)?.parse::<u32>().ok()?;
    Some(Duration::from_secs(1) * ticks / TICKS_PER_SECOND)
}
