//! `latchkey app`: the apps that are registered at Hydra, through the client service.

mod apply;
mod change;
mod create;
mod description;
mod difference;
mod events;
mod fields;
mod file;
mod plan;
mod registry;
mod scopes;
mod settings;
mod show;

use crate::operator::{self, ClientService, Credentials, Failure};
use clap::{Args, Subcommand};
use registry::Registry;
use std::process::ExitCode;

const EXAMPLES: &str = "\
Examples:
  latchkey app create web --name 'My shop' --redirect https://shop.example.com/callback
  latchkey app create machine --name Reports --scope identity.audit
  latchkey app list
  latchkey app update my-shop --owner shop@example.com --dry-run
  latchkey app rotate-secret my-shop
  latchkey app events my-shop --since 7days
  latchkey app plan -f apps.yaml

Exit codes:
  0  done
  1  the registry refused it
  2  it could not be tried: the command line is wrong, a file cannot be read or written, or the
     registry cannot be reached";

/// Options of `latchkey app`.
#[derive(Debug, Clone, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Options {
    #[command(flatten)]
    client: ClientService,

    #[command(flatten)]
    credentials: Credentials,

    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Clone, Subcommand)]
enum Command {
    /// Register an app, and print its id, its secret and its settings; the secret is told this once
    Create(Box<create::Options>),
    /// Show one app
    Show(show::One),
    /// List apps
    List(show::Many),
    /// Change an app, and print what changes
    Update(Box<change::Update>),
    /// Give an app a new secret, which is printed this once; the old one ends at once
    RotateSecret(change::Rotate),
    /// Remove an app, and every consent and token that was given to it
    Delete(change::Delete),
    /// List what was done to apps, and by whom, the newest first
    Events(events::Options),
    /// Show what would make Hydra match a file of apps
    Plan(plan::Options),
    /// Make Hydra match a file of apps
    Apply(apply::Options),
    /// List the scopes that apps can be registered for
    Scopes(scopes::Options),
}

/// Does one thing and ends; the exit codes stand in `--help`.
#[must_use]
pub(crate) fn main(options: &Options) -> ExitCode {
    operator::ended("app", run(options))
}

async fn run(options: &Options) -> Result<(), Failure> {
    let registry = Registry { client: &options.client, credentials: &options.credentials };
    match &options.command {
        Command::Create(options) => create::create(registry, options).await,
        Command::Show(options) => show::one(registry, options).await,
        Command::List(options) => show::many(registry, options).await,
        Command::Update(options) => change::update(registry, options).await,
        Command::RotateSecret(options) => change::rotate(registry, options).await,
        Command::Delete(options) => change::delete(registry, options).await,
        Command::Events(options) => events::list(registry, options).await,
        Command::Plan(options) => plan::plan(registry, options).await,
        Command::Apply(options) => apply::apply(registry, options).await,
        Command::Scopes(options) => scopes::list(registry, options).await,
    }
}
