//! House rules that neither cargo nor clippy knows: one file a rule, all faults shown at once.

mod arrows;
mod links;
mod manifests;
mod probes;
mod reasons;
mod spine;

use std::fs;

use anyhow::{Context, Result, bail};
use cargo_metadata::{Metadata, MetadataCommand};

use crate::workspace::root;

/// Runs every rule; fails with the list of what breaks one.
pub(crate) fn check() -> Result<()> {
    let metadata = MetadataCommand::new().current_dir(root()).no_deps().exec()?;
    let mut faults = arrows::faults(&arrows::members(&metadata));
    faults.extend(lint_tables(&metadata)?);
    faults.extend(links::faults(&root())?);
    faults.extend(probes::faults(&root())?);
    faults.extend(reasons::faults(&root())?);
    let lock = fs::read_to_string(root().join("Cargo.lock")).context("cannot read Cargo.lock")?;
    faults.extend(spine::faults(&lock)?);
    if !faults.is_empty() {
        bail!("{} house rule(s) broken:\n  {}", faults.len(), faults.join("\n  "));
    }
    Ok(())
}

fn lint_tables(metadata: &Metadata) -> Result<Vec<String>> {
    let mut faults = Vec::new();
    for package in metadata.workspace_packages() {
        let manifest = fs::read_to_string(&package.manifest_path)?;
        faults.extend(manifests::fault(&package.name, &manifest)?);
    }
    Ok(faults)
}
