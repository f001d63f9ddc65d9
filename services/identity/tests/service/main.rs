//! The identity service as its callers see it: over gRPC, on both databases.

#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on has failed"
)]

mod attack;
mod audit;
mod authority;
mod callers;
mod changes;
mod clock;
mod conflicts;
mod connections;
mod contacts;
mod credentials;
mod expiry;
mod faults;
mod groups;
mod hashing;
mod http2;
mod import;
mod lifting;
mod lists;
mod malformed;
mod meanwhile;
mod memory;
mod overload;
mod passwords;
mod program;
mod requests;
mod rotation;
mod server;
mod sessions;
mod throttle_keys;
mod throttling;
mod upgrade;
mod users;

use chassis::Clock;
use clap::Parser as _;
use database::scratch::{Engine, Scratch};
use latchkey_identity::{Config, Identity, store::MIGRATIONS};
use latchkey_proto::identity::v1::{
    AttemptContext, CreateUserRequest, RejectionReason, User, Verified, VerifyCredentialsRequest,
    audit_service_client::AuditServiceClient, credential_service_client::CredentialServiceClient,
    session_service_client::SessionServiceClient, throttle_service_client::ThrottleServiceClient,
    user_service_client::UserServiceClient, verify_credentials_response::Outcome,
};
use std::{
    fs::File,
    os::unix::fs::FileExt as _,
    sync::{Arc, LazyLock},
    time::Duration,
};
use tonic::{Status, transport::Channel};

/// What everybody's password is here.
const PASSWORD: &str = "correct horse battery staple";

/// A running identity service with a database of its own.
struct Service {
    identity: Identity,
    channel: Channel,
    scratch: Scratch,
}

impl Service {
    async fn on(engine: Engine) -> Self {
        Self::with(engine, &[]).await
    }

    /// With more options.
    async fn with(engine: Engine, options: &[&str]) -> Self {
        Self::over(Scratch::new(engine, &MIGRATIONS).await, options).await
    }

    /// On a database that is there.
    async fn over(scratch: Scratch, options: &[&str]) -> Self {
        Self::at(scratch, options, Clock::System).await
    }

    /// At a time of its own.
    async fn at(scratch: Scratch, options: &[&str], clock: Clock) -> Self {
        LazyLock::force(&LOG);
        let config = config(&scratch.url, options);
        let identity = Identity::build(config, clock).await.unwrap();
        let address = identity.running.address("gRPC").unwrap();
        let channel =
            Channel::from_shared(format!("http://{address}")).unwrap().connect().await.unwrap();
        Self { identity, channel, scratch }
    }

    fn credentials(&self) -> CredentialServiceClient<Channel> {
        CredentialServiceClient::new(self.channel.clone())
    }

    fn users(&self) -> UserServiceClient<Channel> {
        UserServiceClient::new(self.channel.clone())
    }

    fn audit(&self) -> AuditServiceClient<Channel> {
        AuditServiceClient::new(self.channel.clone())
    }

    fn sessions(&self) -> SessionServiceClient<Channel> {
        SessionServiceClient::new(self.channel.clone())
    }

    fn throttles(&self) -> ThrottleServiceClient<Channel> {
        ThrottleServiceClient::new(self.channel.clone())
    }

    /// Adds a person whose password is [`PASSWORD`].
    async fn add(&self, email: &str, username: &str) -> Result<User, Status> {
        let request = CreateUserRequest {
            email: email.to_owned(),
            username: username.to_owned(),
            display_name: "Ada Lovelace".to_owned(),
            password: PASSWORD.to_owned(),
            ..Default::default()
        };
        Ok(self.users().create_user(request).await?.into_inner().user.unwrap())
    }

    async fn verify(&self, identifier: &str, password: &str) -> Result<Answer, Status> {
        self.verify_in(identifier, password, &[]).await
    }

    /// In the sign-in of this challenge.
    async fn verify_in(
        &self,
        identifier: &str,
        password: &str,
        challenge: &[u8],
    ) -> Result<Answer, Status> {
        let request = attempt(identifier, password, challenge);
        self.answer(request).await
    }

    async fn answer(&self, request: VerifyCredentialsRequest) -> Result<Answer, Status> {
        let answer = self.credentials().verify_credentials(request).await?.into_inner();
        Ok(match answer.outcome.unwrap() {
            Outcome::Verified(verified) => Answer::Verified(verified.subject),
            Outcome::Rejected(rejected) => Answer::Rejected(rejected.reason()),
        })
    }

    /// Signs in and gets all that a browser gets.
    async fn sign_in(&self, request: VerifyCredentialsRequest) -> Verified {
        let answer = self.credentials().verify_credentials(request).await.unwrap().into_inner();
        let Some(Outcome::Verified(verified)) = answer.outcome else { panic!("{answer:?}") };
        verified
    }

    /// Runs a statement beside the service, as an operator would.
    async fn sql(&self, statement: &'static str) {
        let database = &self.scratch.database;
        database::sql!(database.write().await.unwrap().on(), c => {
            sqlx::query(statement).execute(c).await.unwrap();
        });
    }

    /// Stops, and leaves the database to another.
    async fn end(self) -> Scratch {
        self.identity.running.stop(Duration::from_secs(10)).await;
        self.scratch
    }

    async fn stop(self) {
        self.identity.running.stop(Duration::from_secs(10)).await;
    }
}

/// What a caller learns.
#[derive(Debug, PartialEq, Eq)]
enum Answer {
    Verified(String),
    Rejected(RejectionReason),
}

const WRONG: Answer = Answer::Rejected(RejectionReason::WrongCredentials);

fn attempt(identifier: &str, password: &str, challenge: &[u8]) -> VerifyCredentialsRequest {
    VerifyCredentialsRequest {
        identifier: identifier.to_owned(),
        password: password.to_owned(),
        context: Some(AttemptContext {
            client_id: "myclient".to_owned(),
            ip: "192.0.2.1".to_owned(),
            user_agent: "test".to_owned(),
            login_challenge_sha256: challenge.to_vec(),
            device_token: String::new(),
            session_id: String::new(),
        }),
    }
}

/// From another address.
fn attempt_from(ip: &str, identifier: &str, password: &str) -> VerifyCredentialsRequest {
    let mut request = attempt(identifier, password, &[]);
    ip.clone_into(&mut request.context.as_mut().unwrap().ip);
    request
}

/// What all services of this process log, our own crates down to the last detail.
static LOG: LazyLock<Arc<File>> = LazyLock::new(|| {
    let file = Arc::new(tempfile::tempfile().unwrap());
    tracing_subscriber::fmt()
        .with_env_filter("info,latchkey_database=debug,latchkey_identity=trace")
        .with_writer(file.clone())
        .with_ansi(false)
        .init();
    file
});

/// The log so far.
fn logged() -> String {
    let mut text = vec![0; LOG.metadata().unwrap().len().try_into().unwrap()];
    LOG.read_exact_at(&mut text, 0).unwrap();
    String::from_utf8(text).unwrap()
}

fn config(url: &str, options: &[&str]) -> Config {
    let url = format!("--database-url={url}");
    let mut arguments = vec!["latchkey-identity", "--internal-listen=127.0.0.1:0", &url];
    if !options.iter().any(|option| option.starts_with("--listen")) {
        arguments.push("--listen=127.0.0.1:0");
    }
    Config::parse_from(arguments.iter().chain(options))
}
