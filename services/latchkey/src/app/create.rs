//! `latchkey app create`.

use super::{
    description::{Description, Kind},
    fields::{Fields, refusal},
    registry::Registry,
    settings::{Issuer, Secret, Settings},
};
use crate::operator::Failure;
use latchkey_proto::client::v1::App;

const EXAMPLES: &str = "\
Examples:
  latchkey app create web --name 'My shop' --redirect https://shop.example.com/callback
  latchkey app create spa --name Board --redirect http://localhost:3000/callback --id board
  latchkey app create native --name Notes --redirect http://127.0.0.1/callback
  latchkey app create machine --name Reports --scope identity.audit --secret-file reports.secret";

#[derive(Debug, Clone, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Options {
    /// What runs the app
    kind: Kind,

    /// The client id; without it, one is made
    #[arg(long, default_value = "", hide_default_value = true)]
    id: String,

    #[command(flatten)]
    fields: Fields,

    /// Check everything and change nothing
    #[arg(long)]
    dry_run: bool,

    #[command(flatten)]
    issuer: Issuer,

    #[command(flatten)]
    secret: Secret,

    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Registers an app and prints what it has to be told.
pub(super) async fn create(registry: Registry<'_>, options: &Options) -> Result<(), Failure> {
    let mut described = Description { kind: options.kind, ..Description::default() };
    options.fields.set(&mut described)?;
    let app = App { client_id: options.id.clone(), ..described.clone().into() };
    let mut apps = registry.connect().await?;
    let created = apps.create(app, options.dry_run).await;
    let created = created.map_err(|status| refusal(status, &described))?;
    let app = created.app.unwrap_or_default();
    let there = created.client_secret.is_empty() && app.secret_create_time.is_some();
    let id = app.client_id.clone();
    let settings = Settings { app, secret: created.client_secret, issuer: &options.issuer.issuer };
    settings.tell(&options.secret, options.json)?;
    if options.dry_run {
        eprintln!("Nothing was changed.");
    } else if there {
        eprintln!(
            "The app was there already, just so. Its secret is not told again: `latchkey app \
             rotate-secret {id}` makes a new one."
        );
    }
    Ok(())
}
