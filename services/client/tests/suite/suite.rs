//! A running client service with a database of its own.

use crate::{browser::Browser, issuer::Issuer};
use chassis::process::Running;
use clap::Parser as _;
use database::{
    Database,
    scratch::{Engine, postgres_url},
};
use latchkey_client::{Client, Config};
use std::time::Duration;
use tempfile::TempDir;

pub(crate) const SESSION_KEY: &str = "canary-session-key-of-32-bytes-or-more";

/// A running service, or several on one database.
pub(crate) struct Suite {
    pub(crate) issuer: Issuer,
    /// Every replica, on one database.
    pub(crate) replicas: Vec<Running>,
    database_url: String,
    _folder: TempDir,
}

impl Suite {
    pub(crate) async fn start(engine: Engine) -> Self {
        Self::start_with(engine, &[]).await
    }

    /// With more options.
    pub(crate) async fn start_with(engine: Engine, options: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let database_url = match engine {
            Engine::Sqlite => format!("sqlite:{}", folder.path().join("client.sqlite").display()),
            Engine::Postgres => postgres_url("client").await,
        };
        let issuer = Issuer::start().await;
        let mut suite = Self { issuer, replicas: vec![], database_url, _folder: folder };
        suite.add_replica(options).await;
        suite
    }

    /// Starts one more replica on the same database.
    pub(crate) async fn add_replica(&mut self, options: &[&str]) {
        let url = self.issuer.url();
        let mut arguments = vec!["latchkey-client"];
        arguments.extend(["--listen", "127.0.0.1:0", "--grpc-listen", "127.0.0.1:0"]);
        arguments.extend(["--internal-listen", "127.0.0.1:0", "--client-id", "myclient"]);
        arguments.extend(["--issuer", &url]);
        if !options.contains(&"--client-key-file") {
            arguments.extend(["--client-secret", "canary-secret"]);
        }
        arguments.extend(["--database-url", &self.database_url]);
        if !options.contains(&"--session-key") {
            arguments.extend(["--session-key", SESSION_KEY]);
        }
        arguments.extend(["--identity-url", "http://127.0.0.1:1"]);
        arguments.extend(options);
        let config = Config::try_parse_from(arguments).unwrap();
        self.replicas.push(Client::start(config).await.unwrap());
    }

    /// A new browser on the first replica.
    pub(crate) fn browser(&self) -> Browser {
        self.browser_at(0)
    }

    pub(crate) fn browser_at(&self, replica: usize) -> Browser {
        Browser::new(self.replicas[replica].address("http").unwrap())
    }

    /// Takes the tables away, as a database does that is not what it should be.
    pub(crate) async fn break_database(&self) {
        let statements = ["DROP TABLE sessions", "DROP TABLE sign_ins", "DROP TABLE app_events"];
        self.change_database(&statements).await;
    }

    /// Executes these statements.
    pub(crate) async fn change_database(&self, statements: &[&'static str]) {
        let migrations = sqlx::migrate!();
        let database = Database::open(&self.database_url, &migrations).await.unwrap();
        for &statement in statements {
            database::sql!(database.write().await.unwrap().on(), c =>
                sqlx::query(statement).execute(c).await.map(drop))
            .unwrap();
        }
    }

    pub(crate) async fn stop(self) {
        for running in self.replicas.iter().chain([&self.issuer.running]) {
            running.stop(Duration::from_secs(5)).await;
        }
    }
}
