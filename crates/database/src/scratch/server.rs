//! PostgreSQL servers: one for the whole test binary, and others for tests that kill theirs.

use std::{
    fs, io,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::OnceLock,
    thread,
    time::{Duration, Instant},
};
use tempfile::TempDir;

/// What the folders of servers are called.
const PREFIX: &str = "latchkey-postgres-";

/// The file in such a folder that its tests keep locked.
const ALIVE: &str = "alive";

/// The URL of a new, empty database on the test server, named `prefix_...`.
///
/// # Panics
/// Where PostgreSQL is not installed or does not start.
#[expect(clippy::expect_used, reason = "only tests call it")]
pub async fn postgres_url(prefix: &str) -> String {
    static SERVER: OnceLock<Server> = OnceLock::new();
    let name = format!("{prefix}_{}", uuid::Uuid::now_v7().simple());
    tokio::task::spawn_blocking(move || SERVER.get_or_init(Server::start).database(&name))
        .await
        .expect("a test database")
}

/// A running server.
#[derive(Debug)]
pub struct Server {
    programs: PathBuf,
    port: u16,
    folder: TempDir,
    /// Locked for as long as the tests live.
    _alive: fs::File,
}

#[expect(clippy::expect_used, reason = "only tests call it")]
impl Server {
    /// A new one, with nothing in it.
    ///
    /// # Panics
    /// Where PostgreSQL is not installed or does not start.
    #[must_use]
    pub fn start() -> Self {
        remove_abandoned();
        let folder = tempfile::Builder::new().prefix(PREFIX).tempdir().expect("a temporary folder");
        let alive = keep_locked(folder.path()).expect("a locked file in it");
        let socket = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = socket.local_addr().expect("its address").port();
        let server = Self { programs: programs(), port, folder, _alive: alive };
        let home = server.folder.path();
        give_to_postgres(home);
        let data = home.join("data");

        let made = server
            .program("initdb")
            .args(["--auth=trust", "--username=postgres", "--no-sync", "--encoding=UTF8"])
            .arg("--pgdata")
            .arg(&data)
            .stdout(Stdio::null())
            .status()
            .expect("initdb runs");
        assert!(made.success(), "initdb: {made}");
        drop(socket);
        server.launch();
        server
    }

    /// The URL of a new database.
    fn database(&self, name: &str) -> String {
        let made = self.command("createdb").arg(name).status().expect("createdb runs");
        assert!(made.success(), "createdb {name}: {made}");
        format!("postgres://postgres@127.0.0.1:{}/{name}?sslmode=disable", self.port)
    }

    /// The URL of its own database, which is there from the beginning.
    #[must_use]
    pub fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres?sslmode=disable", self.port)
    }

    /// Ends it in the middle of everything, as `kill -9` does.
    ///
    /// # Panics
    /// Where it does not run.
    pub fn kill(&self) {
        let file = self.folder.path().join("data/postmaster.pid");
        let file = fs::read_to_string(file).expect("a running server");
        let pid = file.lines().next().expect("its process id");
        let killed = Command::new("kill").args(["-9", pid]).status().expect("kill runs");
        assert!(killed.success(), "kill -9 {pid}: {killed}");
    }

    /// Starts it, also after [`Server::kill`], and waits until it answers.
    ///
    /// # Panics
    /// Where it does not.
    pub fn launch(&self) {
        let home = self.folder.path();
        let mut postgres = self.program("postgres");
        postgres
            .arg("-D")
            .arg(home.join("data"))
            .arg("-k")
            .arg(home)
            .args(["-h", "127.0.0.1", "-p", &self.port.to_string()])
            .args(["-c", "fsync=off", "-c", "max_connections=400"])
            .stdout(Stdio::null())
            .stderr(fs::File::create(home.join("log")).expect("a log file"));
        // The server dies with the thread that began it, so this thread lives as long as the tests.
        // After a kill it does not start (1) before the children of the earlier one are gone.
        thread::spawn(move || {
            while postgres.status().is_ok_and(|ended| ended.code() == Some(1)) {
                thread::sleep(Duration::from_millis(100));
            }
        });

        let began = Instant::now();
        while !self.command("pg_isready").stdout(Stdio::null()).status().is_ok_and(|s| s.success())
        {
            assert!(
                began.elapsed() < Duration::from_secs(30),
                "PostgreSQL does not start: {}",
                fs::read_to_string(home.join("log")).unwrap_or_default()
            );
            thread::sleep(Duration::from_millis(50));
        }
    }

    /// A server program: never as root, and never longer than the tests.
    fn program(&self, name: &str) -> Command {
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "INT"]);
        if is_root() {
            command.args(["--reuid=postgres", "--regid=postgres", "--init-groups"]);
        }
        command.arg("--").arg(self.programs.join(name)).current_dir("/");
        command
    }

    /// A client program that talks to this server.
    fn command(&self, name: &str) -> Command {
        let mut command = Command::new(self.programs.join(name));
        command.args(["-h", "127.0.0.1", "-U", "postgres", "-p", &self.port.to_string()]);
        command
    }
}

/// Locked before it has its name: nobody finds it and takes its tests for ended.
fn keep_locked(folder: &Path) -> io::Result<fs::File> {
    let unnamed = folder.join("unnamed");
    let file = fs::File::create(&unnamed)?;
    file.lock()?;
    fs::rename(unnamed, folder.join(ALIVE))?;
    Ok(file)
}

/// Removes the folders of tests that have ended: nothing drops the server of a whole test binary, and
/// the data of a few runs fills a disk. Whoever else removes one meanwhile has done it.
fn remove_abandoned() {
    for entry in fs::read_dir(std::env::temp_dir()).into_iter().flatten().flatten() {
        let named = entry.file_name().to_string_lossy().starts_with(PREFIX);
        let alive = || fs::File::open(entry.path().join(ALIVE));
        if named && alive().is_ok_and(|file| file.try_lock().is_ok()) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

/// The newest PostgreSQL that Debian has installed.
#[expect(clippy::panic, reason = "only tests call it")]
fn programs() -> PathBuf {
    let mut found: Vec<_> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path().join("bin")))
        .filter(|bin| bin.join("initdb").exists())
        .collect();
    found.sort();
    let Some(newest) = found.pop() else {
        panic!("PostgreSQL is not installed: run `cargo xtask prepare`")
    };
    newest
}

fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|me| std::os::unix::fs::MetadataExt::uid(&me) == 0)
}

#[expect(clippy::expect_used, reason = "only tests call it")]
fn give_to_postgres(folder: &Path) {
    if is_root() {
        let given =
            Command::new("chown").arg("postgres:").arg(folder).status().expect("chown runs");
        assert!(given.success(), "chown: {given}");
    }
}
