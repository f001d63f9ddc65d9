//! What Hydra could not do, and could not tell the app either (`urls.error`).

use crate::{App, browser::Browser, refusal::Refusal, view::Message};
use axum::{
    extract::{RawQuery, State},
    http::StatusCode,
    response::{IntoResponse as _, Response},
};

/// The page of an error that Hydra sends the browser here with.
pub(crate) async fn show(
    State(app): State<App>,
    browser: Browser,
    RawQuery(query): RawQuery,
) -> Result<Response, Refusal> {
    let code = code(query.as_deref().unwrap_or_default()).unwrap_or_default();
    told(&app, &browser, &code, None)
}

/// The error that the query of an address names (RFC 6749, section 4.1.2.1).
pub(super) fn code(query: &str) -> Option<String> {
    let mut pairs = url::form_urlencoded::parse(query.as_bytes());
    pairs.find(|(name, _)| name == "error").map(|(_, code)| code.into_owned())
}

/// The error in our own words: its description comes from the address line, where anybody can
/// write, so only the code is read. Without a way on there is an app, whose owner is told more.
pub(super) fn told(
    app: &App,
    browser: &Browser,
    code: &str,
    way_on: Option<(&'static str, String)>,
) -> Result<Response, Refusal> {
    let (status, words) = meaning(code).unwrap_or((StatusCode::BAD_REQUEST, "error-request"));
    tracing::info!(words, "Hydra ended a sign-in");
    let reader = app.view.reader(&browser.preference, &[]);
    let owner = way_on.is_none();
    let page = Message { way_on, owner, trace_id: telemetry::trace_id(), ..Message::said(words) };
    Ok((status, app.view.render(&reader, &page)?).into_response())
}

/// What each of Hydra's error codes means for a person, by the names of words in the locale files.
fn meaning(code: &str) -> Option<(StatusCode, &'static str)> {
    Some(match code {
        "access_denied" => (StatusCode::FORBIDDEN, "error-access-denied"),
        "request_forbidden" => (StatusCode::FORBIDDEN, "error-interrupted"),
        "request_unauthorized" | "token_expired" => (StatusCode::GONE, "error-late"),
        "invalid_client" | "unauthorized_client" => (StatusCode::BAD_REQUEST, "error-client"),
        "unsupported_response_type"
        | "unsupported_response_mode"
        | "unsupported_grant_type"
        | "invalid_scope"
        | "scope_not_granted"
        | "request_not_supported"
        | "request_uri_not_supported"
        | "registration_not_supported" => (StatusCode::BAD_REQUEST, "error-unsupported"),
        "invalid_state" | "insufficient_entropy" => (StatusCode::BAD_REQUEST, "error-weak"),
        "login_required"
        | "consent_required"
        | "interaction_required"
        | "account_selection_required" => (StatusCode::BAD_REQUEST, "error-login-required"),
        "invalid_request"
        | "invalid_request_uri"
        | "invalid_request_object"
        | "invalid_grant"
        | "invalid_token"
        | "token_signature_mismatch"
        | "token_claim"
        | "token_inactive"
        | "jti_known"
        | "not_found" => (StatusCode::BAD_REQUEST, "error-request"),
        "misconfiguration" => (StatusCode::INTERNAL_SERVER_ERROR, "error-setup"),
        "temporarily_unavailable" => (StatusCode::SERVICE_UNAVAILABLE, "error-server"),
        // The last is what Hydra says of an error that it cannot name, such as of its database.
        "server_error" | "error" => (StatusCode::BAD_GATEWAY, "error-server"),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{path::Path, process::Command};

    /// The codes stand in the source of the library that this version of Hydra is built with.
    #[test]
    fn every_code_of_hydra_s_has_its_words() {
        let list = Command::new("go")
            .args(["list", "-m", "-f", "{{.Dir}}", "github.com/ory/fosite"])
            .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docker/hydra"))
            .output()
            .unwrap();
        assert!(list.status.success(), "{}", String::from_utf8_lossy(&list.stderr));
        let folder = String::from_utf8(list.stdout).unwrap();
        let source = std::fs::read_to_string(Path::new(folder.trim()).join("errors.go")).unwrap();
        let codes: Vec<_> = source
            .lines()
            .map(str::trim)
            .filter(|line| line.starts_with("err") && !line.starts_with("err."))
            .filter_map(|line| line.split_once(" = \"")?.1.split('"').next())
            .collect();
        assert!(codes.len() > 25 && codes.contains(&"request_forbidden"), "{codes:?}");
        for code in codes {
            assert!(meaning(code).is_some(), "{code}");
        }
    }
}
