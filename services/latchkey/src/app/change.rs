//! `latchkey app update`, `rotate-secret` and `delete`. What was found is what is changed: the etag
//! says so.

use super::{
    description::{Description, Kind},
    difference::Difference,
    fields::{Fields, refusal},
    registry::Registry,
    settings::Secret,
};
use crate::operator::{Failure, meant, within};
use latchkey_proto::client::v1::{App, RotateAppSecretRequest};
use std::io::{self, stdout};

const EXAMPLES: &str = "\
Examples:
  latchkey app update my-shop --owner shop@example.com --dry-run
  latchkey app update my-shop --scope openid --scope email
  latchkey app update my-shop --purpose ''        # takes it away";

#[derive(Debug, Clone, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Update {
    /// The client id
    id: String,

    /// Take in an app that was registered at Hydra in another way, as one of this kind
    #[arg(long)]
    kind: Option<Kind>,

    #[command(flatten)]
    fields: Fields,

    /// Print what would change, and change nothing
    #[arg(long)]
    dry_run: bool,
}

#[derive(Debug, Clone, clap::Args)]
pub(super) struct Rotate {
    /// The client id
    id: String,

    #[command(flatten)]
    secret: Secret,
}

#[derive(Debug, Clone, clap::Args)]
pub(super) struct Delete {
    /// The client id
    id: String,

    /// Do not ask whether it is meant
    #[arg(long)]
    yes: bool,
}

/// Changes what is given, and prints the difference.
pub(super) async fn update(registry: Registry<'_>, options: &Update) -> Result<(), Failure> {
    let mut apps = registry.connect().await?;
    let app = apps.get(&options.id).await?;
    let before = Description::from(app.clone());
    let mut wanted = before.clone();
    wanted.kind = options.kind.unwrap_or(wanted.kind);
    options.fields.set(&mut wanted)?;
    let named = difference(&before, &wanted)?.fields();
    if named.is_empty() {
        eprintln!("Nothing to change: {} is so already.", options.id);
        return Ok(());
    }
    let App { client_id, etag, .. } = app;
    let app = App { client_id, etag, ..wanted.clone().into() };
    let after = apps.update(app, named, options.dry_run).await;
    let after = after.map_err(|status| refusal(status, &wanted))?;
    difference(&before, &after.into())?.print(&mut stdout().lock())?;
    if options.dry_run {
        eprintln!("Nothing was changed.");
    }
    Ok(())
}

fn difference(from: &Description, to: &Description) -> Result<Difference, Failure> {
    Ok(Difference::between(from, to).map_err(io::Error::from)?)
}

/// Gives an app a new secret, and prints it.
pub(super) async fn rotate(registry: Registry<'_>, options: &Rotate) -> Result<(), Failure> {
    let mut apps = registry.connect().await?;
    let app = apps.get(&options.id).await?;
    let request = RotateAppSecretRequest { client_id: app.client_id, etag: app.etag };
    let rotated = apps.calls.rotate_app_secret(within(request)).await?.into_inner();
    options.secret.tell(&options.id, &rotated.client_secret)?;
    eprintln!("The old secret has ended. The new one is told this once.");
    Ok(())
}

/// Removes an app, when that is meant.
pub(super) async fn delete(registry: Registry<'_>, options: &Delete) -> Result<(), Failure> {
    let mut apps = registry.connect().await?;
    let app = apps.get(&options.id).await?;
    let question = format!("Delete {} ({}), and all that was granted to it?", app.name, options.id);
    if !options.yes && !meant(&question)? {
        return Err(Failure::Refused("no app was deleted".to_owned()));
    }
    Ok(apps.delete(app).await?)
}
