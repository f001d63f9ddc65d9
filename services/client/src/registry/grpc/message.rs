//! An app in the contract.

use crate::registry::app::{self, App, Kind};
use chrono::{DateTime, Utc};
use latchkey_proto::client::v1::{App as Message, AppKind, AppPolicy};
use prost_types::{Duration, Timestamp};

pub(super) fn message(app: App) -> Message {
    let etag = app.etag();
    let scopes = app.scopes().map(str::to_owned).collect();
    let App { client, ours, .. } = app;
    Message {
        client_id: client.client_id,
        kind: kind(ours.kind).into(),
        name: client.client_name,
        redirect_uris: client.redirect_uris,
        post_logout_redirect_uris: client.post_logout_redirect_uris,
        scopes,
        audiences: client.audience,
        grant_types: client.grant_types,
        response_types: client.response_types,
        token_endpoint_auth_method: client.token_endpoint_auth_method,
        token_endpoint_auth_signing_alg: client.token_endpoint_auth_signing_alg,
        jwks: client.jwks.map(|jwks| jwks.to_string()).unwrap_or_default(),
        jwks_uri: client.jwks_uri,
        backchannel_logout_uri: client.backchannel_logout_uri,
        frontchannel_logout_uri: client.frontchannel_logout_uri,
        home_uri: client.client_uri,
        logo_uri: client.logo_uri,
        policy_uri: client.policy_uri,
        tos_uri: client.tos_uri,
        first_party: client.skip_consent,
        owner: client.owner,
        purpose: ours.purpose,
        environment: ours.environment,
        source: ours.source,
        source_digest: ours.source_digest,
        policy: policy(ours.policy),
        etag,
        create_time: client.created_at.and_then(|time| time.parse().ok()),
        update_time: client.updated_at.and_then(|time| time.parse().ok()),
        secret_create_time: ours.secret_created_at.map(timestamp),
    }
}

fn kind(kind: Option<Kind>) -> AppKind {
    match kind {
        None => AppKind::Unspecified,
        Some(Kind::Web) => AppKind::Web,
        Some(Kind::Spa) => AppKind::Spa,
        Some(Kind::Native) => AppKind::Native,
        Some(Kind::Machine) => AppKind::Machine,
    }
}

fn policy(policy: app::Policy) -> Option<AppPolicy> {
    let app::Policy { least_acr, allowed_groups, longest_session, look, .. } = policy;
    let longest_session = longest_session.map(|seconds| Duration { seconds, nanos: 0 });
    let message = AppPolicy { least_acr, allowed_groups, longest_session, look };
    (message != AppPolicy::default()).then_some(message)
}

pub(super) fn timestamp(time: DateTime<Utc>) -> Timestamp {
    let nanos = time.timestamp_subsec_nanos().try_into().unwrap_or_default();
    Timestamp { seconds: time.timestamp(), nanos }
}
