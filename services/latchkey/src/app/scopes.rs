//! `latchkey app scopes`: the catalogue.

use super::registry::Registry;
use crate::operator::{Failure, within};
use latchkey_proto::client::v1::{
    ListScopesRequest, scope_catalog_service_client::ScopeCatalogServiceClient,
};
use serde::Serialize;
use std::io::{self, Write as _, stdout};

#[derive(Debug, Clone, clap::Args)]
pub(super) struct Options {
    /// Language of the words, such as de
    #[arg(long, default_value = "en", value_name = "TAG")]
    language: String,

    /// Print one JSON object a line
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Line {
    name: String,
    title: String,
    description: String,
    sensitivity: String,
    owner: String,
    always_granted: bool,
    first_party: bool,
}

/// Lists all scopes.
pub(super) async fn list(registry: Registry<'_>, options: &Options) -> Result<(), Failure> {
    let channel = registry.client.connect(registry.credentials).await?;
    let request = ListScopesRequest { languages: vec![options.language.clone()] };
    let mut calls = ScopeCatalogServiceClient::new(channel);
    let scopes = calls.list_scopes(within(request)).await?.into_inner().scopes;
    let mut out = stdout().lock();
    if !options.json {
        writeln!(out, "{:<20}  {:<11}  {:<16}  TITLE", "SCOPE", "SENSITIVITY", "OWNER")?;
    }
    for scope in scopes {
        let sensitivity = scope.sensitivity().as_str_name();
        let sensitivity = sensitivity.trim_start_matches("SCOPE_SENSITIVITY_").to_lowercase();
        if options.json {
            let line = Line {
                name: scope.name,
                title: scope.title,
                description: scope.description,
                sensitivity,
                owner: scope.owner,
                always_granted: scope.always_granted,
                first_party: scope.first_party,
            };
            writeln!(out, "{}", serde_json::to_string(&line).map_err(io::Error::from)?)?;
        } else {
            let (name, owner, title) = (scope.name, scope.owner, scope.title);
            writeln!(out, "{name:<20}  {sensitivity:<11}  {owner:<16}  {title}")?;
        }
    }
    Ok(())
}
