//! What `create` and `update` can say of an app, and how a refusal names it.

use super::description::{Description, Policy, time};
use crate::operator::{Failure, violations};
use std::fs;
use tonic::Status;

/// All options. One with an empty value takes away what is there.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct Fields {
    /// The name that people see
    #[arg(long)]
    name: Option<String>,

    /// Where people come back to after a sign-in; may be given several times
    #[arg(long, value_name = "URL")]
    redirect: Vec<String>,

    /// Where people may go after a logout; may be given several times
    #[arg(long, value_name = "URL")]
    post_logout_redirect: Vec<String>,

    /// A scope that it may ask for; may be given several times. `latchkey app scopes` lists them
    #[arg(long)]
    scope: Vec<String>,

    /// An audience that it may ask for; may be given several times
    #[arg(long)]
    audience: Vec<String>,

    /// Who answers for it
    #[arg(long, help_heading = "About the app")]
    owner: Option<String>,

    /// What it is for
    #[arg(long, help_heading = "About the app")]
    purpose: Option<String>,

    /// Where it runs, such as staging or production
    #[arg(long, value_name = "NAME", help_heading = "About the app")]
    environment: Option<String>,

    /// An app of our own: people are asked neither for consent nor whether to sign out
    #[arg(long, value_name = "YES", num_args = 0..=1, require_equals = true,
          default_missing_value = "true", help_heading = "About the app")]
    first_party: Option<bool>,

    /// Its home page
    #[arg(long, value_name = "URL", help_heading = "About the app")]
    home: Option<String>,

    /// Its picture
    #[arg(long, value_name = "URL", help_heading = "About the app")]
    logo: Option<String>,

    /// Its privacy policy
    #[arg(long, value_name = "URL", help_heading = "About the app")]
    privacy_policy: Option<String>,

    /// Its terms of service
    #[arg(long, value_name = "URL", help_heading = "About the app")]
    terms: Option<String>,

    /// How it proves itself: `client_secret_basic`, `client_secret_post` or `private_key_jwt`
    #[arg(long, value_name = "METHOD", help_heading = "How it proves itself")]
    auth_method: Option<String>,

    /// The algorithm that it signs its requests with; without it, that of its first key
    #[arg(long, value_name = "ALG", help_heading = "How it proves itself")]
    signing_alg: Option<String>,

    /// JSON file with its public keys (a JWK Set)
    #[arg(long, value_name = "FILE", help_heading = "How it proves itself")]
    jwks: Option<String>,

    /// Where its public keys are read from
    #[arg(long, value_name = "URL", help_heading = "How it proves itself")]
    jwks_uri: Option<String>,

    /// Where it is told of a logout by a call
    #[arg(long, value_name = "URL", help_heading = "Logout")]
    back_channel_logout: Option<String>,

    /// Where it is told of a logout in a frame
    #[arg(long, value_name = "URL", help_heading = "Logout")]
    front_channel_logout: Option<String>,

    /// The least `acr` that people have to sign in with
    #[arg(long, value_name = "ACR", help_heading = "What the login pages ask")]
    least_acr: Option<String>,

    /// A group of people who may use it; may be given several times. Without any, everybody may
    #[arg(long = "allowed-group", value_name = "NAME", help_heading = "What the login pages ask")]
    allowed_groups: Vec<String>,

    /// After how long people sign in again, such as 8h
    #[arg(long, value_name = "TIME", value_parser = time, help_heading = "What the login pages ask")]
    longest_session: Option<String>,

    /// The look of the pages for it: a folder in looks/ of the theme, see docs/branding.md
    #[arg(long, value_name = "NAME", help_heading = "What the login pages ask")]
    look: Option<String>,
}

/// The contract's fields, by the options that set them.
const OPTIONS: [(&str, &str); 25] = [
    ("client_id", "--id"),
    ("kind", "the kind"),
    ("name", "--name"),
    ("redirect_uris", "--redirect"),
    ("post_logout_redirect_uris", "--post-logout-redirect"),
    ("scopes", "--scope"),
    ("audiences", "--audience"),
    ("token_endpoint_auth_method", "--auth-method"),
    ("token_endpoint_auth_signing_alg", "--signing-alg"),
    ("jwks", "--jwks"),
    ("jwks_uri", "--jwks-uri"),
    ("backchannel_logout_uri", "--back-channel-logout"),
    ("frontchannel_logout_uri", "--front-channel-logout"),
    ("home_uri", "--home"),
    ("logo_uri", "--logo"),
    ("policy_uri", "--privacy-policy"),
    ("tos_uri", "--terms"),
    ("first_party", "--first-party"),
    ("owner", "--owner"),
    ("purpose", "--purpose"),
    ("environment", "--environment"),
    ("policy.least_acr", "--least-acr"),
    ("policy.allowed_groups", "--allowed-group"),
    ("policy.longest_session", "--longest-session"),
    ("policy.look", "--look"),
];

impl Fields {
    /// Says what is given, and leaves the rest.
    pub(super) fn set(&self, app: &mut Description) -> Result<(), Failure> {
        let Policy { least_acr, allowed_groups, longest_session, look } = &mut app.policy;
        for (given, field) in [
            (&self.name, &mut app.name),
            (&self.owner, &mut app.owner),
            (&self.purpose, &mut app.purpose),
            (&self.environment, &mut app.environment),
            (&self.home, &mut app.home_uri),
            (&self.logo, &mut app.logo_uri),
            (&self.privacy_policy, &mut app.policy_uri),
            (&self.terms, &mut app.tos_uri),
            (&self.auth_method, &mut app.token_endpoint_auth_method),
            (&self.signing_alg, &mut app.token_endpoint_auth_signing_alg),
            (&self.jwks_uri, &mut app.jwks_uri),
            (&self.back_channel_logout, &mut app.backchannel_logout_uri),
            (&self.front_channel_logout, &mut app.frontchannel_logout_uri),
            (&self.least_acr, least_acr),
            (&self.longest_session, longest_session),
            (&self.look, look),
        ] {
            if let Some(given) = given {
                field.clone_from(given);
            }
        }
        for (given, field) in [
            (&self.redirect, &mut app.redirect_uris),
            (&self.post_logout_redirect, &mut app.post_logout_redirect_uris),
            (&self.scope, &mut app.scopes),
            (&self.audience, &mut app.audiences),
            (&self.allowed_groups, allowed_groups),
        ] {
            if !given.is_empty() {
                *field = given.iter().filter(|value| !value.is_empty()).cloned().collect();
            }
        }
        app.first_party = self.first_party.unwrap_or(app.first_party);
        match self.jwks.as_deref() {
            None => {}
            Some("") => app.jwks = None,
            Some(file) => app.jwks = Some(keys(file)?),
        }
        Ok(())
    }
}

fn keys(file: &str) -> Result<serde_json::Value, Failure> {
    let broken = |why: String| Failure::trouble(format!("--jwks {file}: {why}"));
    let text = fs::read_to_string(file).map_err(|error| broken(error.to_string()))?;
    serde_json::from_str(&text).map_err(|error| broken(error.to_string()))
}

/// What the registry says against a field.
#[derive(Debug)]
pub(super) struct Complaint {
    /// The field, as the contract names it.
    pub(super) path: String,
    /// What it is, where that is a text.
    pub(super) value: Option<String>,
    pub(super) problem: String,
}

/// All that the registry says against an app.
pub(super) fn complaints(status: &Status, app: &Description) -> Vec<Complaint> {
    let values = serde_json::to_value(app).unwrap_or_default();
    let complaint = |(field, problem): (String, String)| {
        let path = field.strip_prefix("app.").unwrap_or(&field).to_owned();
        let pointer = format!("/{}", path.replace(['.', '['], "/").replace(']', ""));
        let value = values.pointer(&pointer).and_then(serde_json::Value::as_str);
        Complaint { value: value.map(str::to_owned), path, problem }
    };
    violations(status).into_iter().map(complaint).collect()
}

/// A refusal in the words of the command line: each field by its option and its value.
pub(super) fn refusal(status: Status, app: &Description) -> Failure {
    let complaints = complaints(&status, app);
    if complaints.is_empty() {
        return Failure::from(status);
    }
    let lines = complaints.into_iter().map(|Complaint { path, value, problem }| {
        let name = path.split('[').next().unwrap_or(&path);
        let option = OPTIONS.iter().find(|(field, _)| *field == name);
        let option = option.map_or(name, |(_, option)| option);
        match value {
            Some(value) => format!("\n  {option} {value}: it {problem}"),
            None => format!("\n  {option}: it {problem}"),
        }
    });
    Failure::Refused(std::iter::once(status.message().to_owned()).chain(lines).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::{Args as _, Command};

    #[test]
    fn every_field_has_its_option() {
        let options = Fields::augment_args(Command::new("app"));
        let mut known: Vec<_> =
            OPTIONS.iter().filter_map(|(_, option)| option.strip_prefix("--")).collect();
        known.retain(|option| *option != "id");
        let mut all: Vec<_> = options.get_arguments().filter_map(clap::Arg::get_long).collect();
        known.sort_unstable();
        all.sort_unstable();
        assert_eq!(all, known);
    }
}
