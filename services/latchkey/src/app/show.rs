//! `latchkey app show` and `latchkey app list`.

use super::{
    description::{Kept, Kind, Policy},
    registry::Registry,
};
use crate::operator::Failure;
use latchkey_proto::client::v1::{App, AppFilter};
use std::io::{self, BufWriter, Write, stdout};

#[derive(Debug, Clone, clap::Args)]
pub(super) struct One {
    /// The client id
    id: String,

    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, clap::Args)]
pub(super) struct Many {
    /// Only those of this owner
    #[arg(long, default_value = "", hide_default_value = true)]
    owner: String,

    /// Only those that this file keeps, by its `source`
    #[arg(long, default_value = "", hide_default_value = true)]
    source: String,

    /// Print one JSON object a line
    #[arg(long)]
    json: bool,
}

/// Shows one app. What is empty is left out.
pub(super) async fn one(registry: Registry<'_>, options: &One) -> Result<(), Failure> {
    let app = registry.connect().await?.get(&options.id).await?;
    let mut out = stdout().lock();
    if options.json {
        return json(&mut out, app);
    }
    let kind = Kind::from(app.kind()).word();
    let time = |time: Option<prost_types::Timestamp>| time.map(|time| time.to_string());
    let policy = app.policy.map(Policy::from).unwrap_or_default();
    let lines = |all: &[String]| all.join("\n                 ");
    for (what, value) in [
        ("Client id", app.client_id),
        ("Kind", kind.to_owned()),
        ("Name", app.name),
        ("Redirect", lines(&app.redirect_uris)),
        ("After logout", lines(&app.post_logout_redirect_uris)),
        ("Scopes", app.scopes.join(" ")),
        ("Audiences", lines(&app.audiences)),
        ("Grants", app.grant_types.join(", ")),
        ("Proves itself", app.token_endpoint_auth_method),
        ("Keys at", app.jwks_uri),
        ("Told of logouts", lines(&told(app.backchannel_logout_uri, app.frontchannel_logout_uri))),
        ("Home page", app.home_uri),
        ("Logo", app.logo_uri),
        ("Privacy policy", app.policy_uri),
        ("Terms", app.tos_uri),
        ("First party", if app.first_party { "yes" } else { "" }.to_owned()),
        ("Owner", app.owner),
        ("Purpose", app.purpose),
        ("Environment", app.environment),
        ("Kept by", app.source),
        ("Least acr", policy.least_acr),
        ("Allowed groups", policy.allowed_groups.join(", ")),
        ("Longest session", policy.longest_session),
        ("Look", policy.look),
        ("Added", time(app.create_time).unwrap_or_default()),
        ("Changed", time(app.update_time).unwrap_or_default()),
        ("Secret since", time(app.secret_create_time).unwrap_or_default()),
    ] {
        if !value.is_empty() {
            writeln!(out, "{what:<16} {value}")?;
        }
    }
    Ok(())
}

fn told(back: String, front: String) -> Vec<String> {
    [back, front].into_iter().filter(|uri| !uri.is_empty()).collect()
}

/// Lists apps, as they come.
pub(super) async fn many(registry: Registry<'_>, options: &Many) -> Result<(), Failure> {
    let filter = AppFilter { owner: options.owner.clone(), source: options.source.clone() };
    let mut apps = registry.connect().await?;
    let mut out = BufWriter::new(stdout().lock());
    if !options.json {
        line(&mut out, ["CLIENT ID", "KIND", "OWNER", "KEPT BY", "NAME"])?;
    }
    apps.each(&filter, |app| {
        if options.json {
            return json(&mut out, app);
        }
        let kind = Kind::from(app.kind()).word();
        Ok(line(&mut out, [&app.client_id, kind, &app.owner, &app.source, &app.name])?)
    })
    .await?;
    Ok(out.flush()?)
}

fn line(out: &mut impl Write, [id, kind, owner, source, name]: [&str; 5]) -> io::Result<()> {
    let [owner, source] = [owner, source].map(|text| if text.is_empty() { "-" } else { text });
    writeln!(out, "{id:<36}  {kind:<7}  {owner:<24}  {source:<12}  {name}")
}

fn json(out: &mut impl Write, app: App) -> Result<(), Failure> {
    let text = serde_json::to_string(&Kept::from(app)).map_err(io::Error::from)?;
    Ok(writeln!(out, "{text}")?)
}
