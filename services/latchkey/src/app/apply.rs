//! `latchkey app apply`: makes Hydra match a file. What fails does not stop the rest, and another run
//! goes on where this one ended.

use super::{
    plan::{Action, Source, Step},
    registry::{Apps, Registry},
    settings::{Issuer, Settings, keep},
};
use crate::{
    data::make_private,
    operator::{Failure, meant},
};
use std::{io::Write as _, io::stdout, path::PathBuf};

const EXAMPLES: &str = "\
Examples:
  latchkey app apply -f apps.yaml
  latchkey app apply -f apps.yaml --prune --yes --secrets-dir /run/secrets/apps

docs/apps.md has a whole file. Exit codes: as `latchkey app`; 1 also where not all of it was done.";

#[derive(Debug, Clone, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Options {
    #[command(flatten)]
    source: Source,

    /// Do not ask whether it is meant
    #[arg(long)]
    yes: bool,

    /// Folder for the secrets of apps that are added, each in a file of the app's name that only its
    /// owner can read; without it, they are printed
    #[arg(long, value_name = "DIR")]
    secrets_dir: Option<PathBuf>,

    #[command(flatten)]
    issuer: Issuer,
}

/// Shows what is to be done, asks, and does it.
pub(super) async fn apply(registry: Registry<'_>, options: &Options) -> Result<(), Failure> {
    let (plan, mut apps) = options.source.plan(registry).await?;
    plan.print(&mut stdout().lock())?;
    if plan.steps.is_empty() {
        return Ok(());
    }
    if !options.yes && !meant("Do it?")? {
        return Err(Failure::Refused("nothing was done".to_owned()));
    }
    if let Some(folder) = &options.secrets_dir {
        let broken =
            |error| Failure::trouble(format!("--secrets-dir {}: {error}", folder.display()));
        make_private(folder).map_err(broken)?;
    }
    let mut left_out = false;
    for step in plan.steps {
        let id = step.client_id.clone();
        if let Err(failure) = take(&mut apps, step, options).await {
            eprintln!("{id}: {}", failure.text().unwrap_or_default());
            left_out = true;
        }
    }
    if left_out { Err(Failure::LeftOut) } else { Ok(()) }
}

async fn take(apps: &mut Apps, step: Step, options: &Options) -> Result<(), Failure> {
    match step.action {
        Action::Change => apps.update(step.app, step.fields, false).await.map(drop)?,
        Action::Remove => apps.delete(step.app).await?,
        Action::Add => {
            let created = apps.create(step.app, false).await?;
            let (id, secret) = (step.client_id, created.client_secret);
            let app = created.app.unwrap_or_default();
            let file = options.secrets_dir.as_ref().map(|folder| folder.join(&id));
            let file = file.filter(|_| !secret.is_empty());
            let mut settings = Settings { app, secret, issuer: &options.issuer.issuer };
            if let Some(file) = &file {
                keep(file, &id, &std::mem::take(&mut settings.secret))?;
            }
            let mut out = stdout().lock();
            writeln!(out).map_err(|error| settings.unprinted(error))?;
            settings.print(&mut out, file.as_deref())?;
        }
    }
    Ok(())
}
