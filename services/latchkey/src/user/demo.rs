//! `latchkey demo`: what a first sign-in needs, in a suite that runs elsewhere.

use super::{identity::Identity, import::why};
use crate::operator::{self, ClientService, Failure, within};
use futures_util::stream;
use latchkey_identity::demo::{PASSWORD_HASH, USERS};
use latchkey_proto::{
    client::v1::{GetAppRequest, client_app_service_client::ClientAppServiceClient},
    identity::v1::{
        Address, BatchGetUsersRequest, ImportUsersRequest, import_users_response::Result as Outcome,
    },
};
use std::{
    io::{Write as _, stdout},
    process::ExitCode,
    time::Duration,
};
use tokio::time::{Instant, sleep};
use tonic::Code;

/// How long the app may take to register itself.
const PATIENCE: Duration = Duration::from_mins(1);
const PAUSE: Duration = Duration::from_millis(200);

/// Options of `latchkey demo`.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "Run it again as often as you like: what is there stays as it is.")]
#[group(skip)]
pub(crate) struct Options {
    /// The app's client id. The client service registers it when it is started with --demo-client
    #[arg(long, env = "CLIENT_ID", default_value = "myclient", value_name = "ID")]
    client_id: String,

    #[command(flatten)]
    client: ClientService,

    #[command(flatten)]
    identity: Identity,
}

/// Creates what is missing and ends: exit code 0, or as `latchkey user` has them.
#[must_use]
pub(crate) fn main(options: &Options) -> ExitCode {
    operator::ended("demo", demo(options))
}

async fn demo(options: &Options) -> Result<(), Failure> {
    users(&options.identity).await?;
    app(options).await?;
    let (client, [one, two]) = (&options.client_id, USERS.map(|user| user.email));
    writeln!(
        stdout().lock(),
        "{one} and {two} sign in to {client} with the word `password`, which everybody knows"
    )?;
    Ok(())
}

/// Whoever was deleted is not created again: a subject is never given twice.
async fn users(identity: &Identity) -> Result<(), Failure> {
    let mut users = identity.connect().await?;
    let subjects = USERS.map(|user| user.subject.to_owned()).to_vec();
    let there = users.calls.batch_get_users(within(BatchGetUsersRequest { subjects })).await?;
    let there = there.into_inner().users;
    let missing = |subject: &str| there.iter().all(|user| user.subject != subject);
    let rows: Vec<_> = (1..)
        .zip(USERS)
        .filter(|(_, user)| missing(user.subject))
        .map(|(row, user)| ImportUsersRequest {
            row,
            subject: user.subject.to_owned(),
            email: user.email.to_owned(),
            display_name: user.display_name.to_owned(),
            password_hash: PASSWORD_HASH.to_owned(),
            phone_number: user.phone_number.to_owned(),
            address: Some(Address {
                formatted: user.formatted_address(),
                street_address: user.street_address.to_owned(),
                locality: user.locality.to_owned(),
                ..Address::default()
            }),
            ..ImportUsersRequest::default()
        })
        .collect();
    let mut results = users.calls.import_users(within(stream::iter(rows))).await?.into_inner();
    while let Some(result) = results.message().await? {
        if let Some(Outcome::Rejected(rejected)) = result.result {
            eprintln!("demo user {} is left out: {}", result.row, why(&rejected));
        }
    }
    Ok(())
}

async fn app(options: &Options) -> Result<(), Failure> {
    let channel = options.client.connect(&options.identity.credentials).await?;
    let mut apps = ClientAppServiceClient::new(channel);
    let end = Instant::now() + PATIENCE;
    loop {
        let client_id = options.client_id.clone();
        match apps.get_app(within(GetAppRequest { client_id })).await {
            Ok(_) => return Ok(()),
            Err(status) if may_come(status.code()) && Instant::now() < end => sleep(PAUSE).await,
            Err(status) if status.code() == Code::NotFound => {
                return Err(Failure::Refused(format!(
                    "the app {} does not register itself: is the client service started with \
                     --demo-client?",
                    options.client_id
                )));
            }
            Err(status) => return Err(status.into()),
        }
    }
}

/// Not registered yet, or Hydra is not there yet.
fn may_come(code: Code) -> bool {
    matches!(code, Code::NotFound | Code::Unavailable)
}
