//! From the contract's `App` to an app: all of its fields, or those that a mask names.

use crate::registry::{
    app::{App, Kind, Policy},
    rules::Violation,
};
use latchkey_proto::client::v1::{App as Message, AppKind, AppPolicy};
use prost_types::FieldMask;
use std::mem;
use uuid::Uuid;

/// All that callers may set.
const FIELDS: [&str; 25] = [
    "kind",
    "name",
    "redirect_uris",
    "post_logout_redirect_uris",
    "scopes",
    "audiences",
    "grant_types",
    "response_types",
    "token_endpoint_auth_method",
    ALGORITHM,
    "jwks",
    "jwks_uri",
    "backchannel_logout_uri",
    "frontchannel_logout_uri",
    "home_uri",
    "logo_uri",
    "policy_uri",
    "tos_uri",
    "first_party",
    "owner",
    "purpose",
    "environment",
    "source",
    "source_digest",
    "policy",
];

/// Follows from the keys, and is derived anew where they change.
const ALGORITHM: &str = "token_endpoint_auth_signing_alg";

/// An app to add.
pub(super) fn new_app(message: &Message) -> Result<App, Violation> {
    let mut app = App::default();
    app.client.client_id = match message.client_id.as_str() {
        "" => format!("app-{}", Uuid::new_v4().simple()),
        id => id.to_owned(),
    };
    FIELDS.iter().try_for_each(|field| set(field, message, &mut app))?;
    app.fill();
    Ok(app)
}

/// The fields that a mask names.
pub(super) fn fields(mask: &FieldMask) -> Result<Vec<&'static str>, Violation> {
    if mask.paths.is_empty() {
        return Err(violation("update_mask", "is required: name the fields to change"));
    }
    let known = |path: &String| {
        let field = FIELDS.into_iter().find(|field| field == path);
        let problem = || format!("names {path}: only these can be changed: {}", FIELDS.join(", "));
        field.ok_or_else(|| violation("update_mask", &problem()))
    };
    mask.paths.iter().map(known).collect()
}

/// What changes these fields.
pub(super) fn patch(
    message: Message,
    fields: Vec<&'static str>,
) -> impl FnOnce(&mut App) -> Result<(), Violation> + Send + 'static {
    move |app| {
        let before = app.ours.kind;
        fields.iter().try_for_each(|field| set(field, &message, app))?;
        let of_keys = ["token_endpoint_auth_method", "jwks", "jwks_uri"];
        if of_keys.iter().any(|field| fields.contains(field)) && !fields.contains(&ALGORITHM) {
            app.client.token_endpoint_auth_signing_alg.clear();
        }
        match before {
            Some(_) if before != app.ours.kind => {
                Err(violation("kind", "never changes: register another app"))
            }
            _ => Ok(()),
        }
    }
}

fn set(field: &str, message: &Message, app: &mut App) -> Result<(), Violation> {
    let App { client, ours, .. } = app;
    match field {
        "kind" => ours.kind = kind(message.kind)?,
        "name" => client.client_name.clone_from(&message.name),
        "redirect_uris" => client.redirect_uris.clone_from(&message.redirect_uris),
        "post_logout_redirect_uris" => {
            client.post_logout_redirect_uris.clone_from(&message.post_logout_redirect_uris);
        }
        "scopes" => client.scope = scopes(&message.scopes)?,
        "audiences" => client.audience.clone_from(&message.audiences),
        "grant_types" => client.grant_types.clone_from(&message.grant_types),
        "response_types" => client.response_types.clone_from(&message.response_types),
        "token_endpoint_auth_method" => {
            client.token_endpoint_auth_method.clone_from(&message.token_endpoint_auth_method);
        }
        ALGORITHM => client
            .token_endpoint_auth_signing_alg
            .clone_from(&message.token_endpoint_auth_signing_alg),
        "jwks" => client.jwks = jwks(&message.jwks)?,
        "jwks_uri" => client.jwks_uri.clone_from(&message.jwks_uri),
        "backchannel_logout_uri" => {
            client.backchannel_logout_uri.clone_from(&message.backchannel_logout_uri);
        }
        "frontchannel_logout_uri" => {
            client.frontchannel_logout_uri.clone_from(&message.frontchannel_logout_uri);
        }
        "home_uri" => client.client_uri.clone_from(&message.home_uri),
        "logo_uri" => client.logo_uri.clone_from(&message.logo_uri),
        "policy_uri" => client.policy_uri.clone_from(&message.policy_uri),
        "tos_uri" => client.tos_uri.clone_from(&message.tos_uri),
        // Who trusts it to ask for nothing trusts it to sign people out without a question, too.
        "first_party" => {
            (client.skip_consent, client.skip_logout_consent) =
                (message.first_party, message.first_party);
        }
        "owner" => client.owner.clone_from(&message.owner),
        "purpose" => ours.purpose.clone_from(&message.purpose),
        "environment" => ours.environment.clone_from(&message.environment),
        "source" => ours.source.clone_from(&message.source),
        "source_digest" => ours.source_digest.clone_from(&message.source_digest),
        "policy" => set_policy(message.policy.clone().unwrap_or_default(), &mut ours.policy)?,
        _ => {}
    }
    Ok(())
}

fn kind(kind: i32) -> Result<Option<Kind>, Violation> {
    match AppKind::try_from(kind) {
        Ok(AppKind::Unspecified) => Ok(None),
        Ok(AppKind::Web) => Ok(Some(Kind::Web)),
        Ok(AppKind::Spa) => Ok(Some(Kind::Spa)),
        Ok(AppKind::Native) => Ok(Some(Kind::Native)),
        Ok(AppKind::Machine) => Ok(Some(Kind::Machine)),
        Err(_) => Err(violation("kind", "is no kind: say web, spa, native or machine")),
    }
}

/// Hydra keeps them in one text: white space in a scope would make two of it.
fn scopes(scopes: &[String]) -> Result<String, Violation> {
    let broken = |scope: &&String| scope.is_empty() || scope.contains(char::is_whitespace);
    match scopes.iter().position(|scope| broken(&scope)) {
        Some(at) => Err(violation(&format!("scopes[{at}]"), "is empty or has white space in it")),
        None => Ok(scopes.join(" ")),
    }
}

fn jwks(text: &str) -> Result<Option<serde_json::Value>, Violation> {
    if text.is_empty() {
        return Ok(None);
    }
    serde_json::from_str(text).map(Some).map_err(|_| violation("jwks", "is no JSON"))
}

fn set_policy(wish: AppPolicy, policy: &mut Policy) -> Result<(), Violation> {
    let AppPolicy { least_acr, allowed_groups, longest_session, look } = wish;
    if longest_session.is_some_and(|time| time.nanos != 0) {
        return Err(violation("policy.longest_session", "is not in whole seconds"));
    }
    let longest_session = longest_session.map(|time| time.seconds);
    let others = mem::take(&mut policy.others);
    *policy = Policy { least_acr, allowed_groups, longest_session, look, others };
    Ok(())
}

fn violation(field: &str, problem: &str) -> Violation {
    Violation { field: field.to_owned(), problem: problem.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use prost::Message as _;
    use prost_types::{FieldDescriptorProto, FileDescriptorSet};

    /// A field that is added to the contract has to be decided about here.
    #[test]
    fn every_field_of_the_contract_can_be_set_or_is_the_services() {
        let set = FileDescriptorSet::decode(latchkey_proto::FILE_DESCRIPTOR_SET).unwrap();
        let messages = set.file.iter().flat_map(|file| &file.message_type);
        let app = messages.into_iter().find(|message| message.name() == "App").unwrap();
        let services = ["client_id", "etag", "create_time", "update_time", "secret_create_time"];
        let mut known: Vec<_> = FIELDS.iter().chain(&services).copied().collect();
        let mut fields: Vec<_> = app.field.iter().map(FieldDescriptorProto::name).collect();
        known.sort_unstable();
        fields.sort_unstable();
        assert_eq!(fields, known);
    }
}
