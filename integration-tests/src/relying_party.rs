//! One more client service beside a suite, as a process of its own that a test may kill.

use crate::{
    Addresses,
    identity::{allow_any_file, launch, with_files_of},
    programs::{latchkey, service},
};
use latchkey::{ports::Ports, stack::Component};
use std::{
    fs,
    path::Path,
    process::{Child, Command},
    time::Duration,
};
use tempfile::TempDir;
use url::Url;

/// What seals the sessions.
pub const SESSION_KEY: &str = "a-session-key-of-the-tests-of-32-bytes";

/// A running client service that shares Hydra and identity with a suite.
#[derive(Debug)]
pub struct RelyingParty {
    /// The suite, with this client for its own.
    pub at: Addresses,
    child: Child,
    options: Vec<String>,
    folder: TempDir,
}

impl RelyingParty {
    /// Where codes are sent, and a port for it. Hydra and the login pages are on `localhost`, and so on
    /// another site.
    #[must_use]
    pub fn redirect_url() -> Url {
        let port = Ports::free().expect("free ports").client;
        Url::parse(&format!("http://127.0.0.1:{port}/callbacks")).unwrap()
    }

    /// Starts one as this app on this database, with more options.
    #[must_use]
    pub fn start(at: &Addresses, redirect_url: &Url, database_url: &str, more: &[&str]) -> Self {
        Self::start_as(program(), at, redirect_url, database_url, more)
    }

    /// Starts one as containers have it: its own program, and not a subcommand.
    #[must_use]
    pub fn container(
        at: &Addresses,
        redirect_url: &Url,
        database_url: &str,
        more: &[&str],
    ) -> Self {
        let program = Command::new(service(Component::Client));
        Self::start_as(program, at, redirect_url, database_url, more)
    }

    /// Starts one that registers itself, on this database, with more options.
    pub async fn demo(at: &Addresses, id: &str, database_url: &str, more: &[&str]) -> Self {
        Self::demo_as(program(), at, id, database_url, more).await
    }

    /// Starts one that registers itself and can write no file longer than this, until
    /// [`RelyingParty::allow_any_file`].
    pub async fn demo_with_files_of(
        at: &Addresses,
        id: &str,
        database_url: &str,
        kib: u32,
    ) -> Self {
        Self::demo_as(as_client(with_files_of(kib)), at, id, database_url, &[]).await
    }

    /// Lifts the limit of [`RelyingParty::demo_with_files_of`].
    pub fn allow_any_file(&self) {
        allow_any_file(&self.child);
    }

    async fn demo_as(
        program: Command,
        at: &Addresses,
        id: &str,
        database_url: &str,
        more: &[&str],
    ) -> Self {
        let id_option = format!("--client-id={id}");
        let mut options =
            vec![&*id_option, "--client-secret=a-secret-of-the-test", "--demo-client"];
        options.extend(more);
        let redirect_url = Self::redirect_url();
        let app = Self::start_as(program, at, &redirect_url, database_url, &options);
        app.at.wait_for_app(id).await;
        app
    }

    fn start_as(
        program: Command,
        at: &Addresses,
        redirect_url: &Url,
        database_url: &str,
        more: &[&str],
    ) -> Self {
        let options: Vec<_> = [
            format!("--listen=127.0.0.1:{}", redirect_url.port().unwrap()),
            format!("--redirect-url={redirect_url}"),
            format!("--issuer={}", at.hydra),
            format!("--hydra-admin-url={}", at.hydra_admin),
            format!("--identity-url={}", at.identity),
            format!("--tls-ca-file={}", at.certificates.ca().display()),
            format!("--database-url={database_url}"),
            format!("--session-key={SESSION_KEY}"),
            "--internal-listen=127.0.0.1:0".to_owned(),
            "--log-format=json".to_owned(),
        ]
        .into_iter()
        .chain(more.iter().map(|&option| option.to_owned()))
        .collect();
        let folder = tempfile::tempdir().unwrap();
        let at = Addresses { client: redirect_url.join("/").unwrap(), ..at.clone() };
        let child = start(program, &options, &folder.path().join("log"));
        Self { at, child, options, folder }
    }

    /// Ends it in the middle of everything, and starts it again with this option instead of the one
    /// with its name.
    pub fn start_again_with(&mut self, option: &str) {
        self.kill();
        let name = option.split('=').next().unwrap();
        self.options.retain(|old| old.split('=').next() != Some(name));
        self.options.push(option.to_owned());
        let log = self.folder.path().join("log");
        self.child = start(program(), &self.options, &log);
    }

    /// Waits until its log has these words.
    pub async fn logs(&self, words: &str) {
        for _ in 0..1200 {
            if fs::read_to_string(self.folder.path().join("log")).unwrap().contains(words) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("{words:?} is not in the log");
    }

    /// Its resident memory in MiB.
    #[must_use]
    pub fn memory(&self) -> f64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() / 1024.0
    }

    fn kill(&mut self) {
        let _gone_already = self.child.kill();
        let _reaped = self.child.wait();
    }
}

impl Drop for RelyingParty {
    fn drop(&mut self) {
        self.kill();
    }
}

fn program() -> Command {
    as_client(Command::new(latchkey()))
}

fn as_client(mut latchkey: Command) -> Command {
    latchkey.arg("client");
    latchkey
}

fn start(mut program: Command, options: &[String], log: &Path) -> Child {
    launch(program.args(options).arg("--grpc-listen=127.0.0.1:0"), log).0
}
