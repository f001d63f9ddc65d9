//! Every path, method and field that this crate uses stands in the API file of the Hydra that the
//! suite builds: another version is found out here, not in production.

use crate::{
    AcceptConsent, AcceptLogin, Client, ConsentRequest, ConsentSession, LoginRequest, LogoutRequest,
};
use serde::Serialize;
use serde_json::Value;
use std::{path::Path, process::Command};

fn api() -> Value {
    let module = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docker/hydra");
    let list = Command::new("go")
        .args(["list", "-m", "-f", "{{.Dir}}", "github.com/ory/hydra/v2"])
        .current_dir(module)
        .output()
        .unwrap();
    assert!(list.status.success(), "{}", String::from_utf8_lossy(&list.stderr));
    let folder = String::from_utf8(list.stdout).unwrap();
    let file = Path::new(folder.trim()).join("spec/api.json");
    serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap()
}

#[test]
fn every_call_is_in_the_api() {
    const LOGIN: &str = "/admin/oauth2/auth/requests/login";
    const CONSENT: &str = "/admin/oauth2/auth/requests/consent";
    const LOGOUT: &str = "/admin/oauth2/auth/requests/logout";
    let api = api();
    let both = |request: &str| [format!("{request}/accept"), format!("{request}/reject")];
    let mut calls: Vec<(&str, String, &[&str])> = vec![
        ("get", LOGIN.into(), &["login_challenge"]),
        ("get", CONSENT.into(), &["consent_challenge"]),
        ("get", LOGOUT.into(), &["logout_challenge"]),
        ("delete", "/admin/oauth2/auth/sessions/login".into(), &["subject", "sid"]),
        (
            "get",
            "/admin/oauth2/auth/sessions/consent".into(),
            &["subject", "login_session_id", "page_size"],
        ),
        ("delete", "/admin/oauth2/auth/sessions/consent".into(), &["subject", "all"]),
        ("get", "/admin/clients".into(), &["owner", "page_size", "page_token"]),
        ("post", "/admin/clients".into(), &[]),
        ("get", "/admin/clients/{id}".into(), &["id"]),
        ("put", "/admin/clients/{id}".into(), &["id"]),
        ("delete", "/admin/clients/{id}".into(), &["id"]),
        ("get", "/health/ready".into(), &[]),
    ];
    calls.extend(both(LOGIN).map(|path| ("put", path, &["login_challenge"] as &[&str])));
    calls.extend(both(CONSENT).map(|path| ("put", path, &["consent_challenge"] as &[&str])));
    calls.extend(both(LOGOUT).map(|path| ("put", path, &["logout_challenge"] as &[&str])));
    for (method, path, parameters) in calls {
        let call = &api["paths"][&path][method];
        assert!(call.is_object(), "{method} {path}");
        for parameter in parameters {
            let known = call["parameters"].as_array().into_iter().flatten();
            let found = known.clone().any(|known| known["name"] == **parameter);
            assert!(found, "{method} {path} has no parameter {parameter}");
        }
    }
}

#[test]
fn every_field_is_in_the_api() {
    let api = api();
    let reject = crate::Reject { error: "", error_description: "" };
    let client = Client {
        client_secret: Some("secret".to_owned()),
        client_uri: "https://example.com".to_owned(),
        logo_uri: "https://example.com".to_owned(),
        policy_uri: "https://example.com".to_owned(),
        tos_uri: "https://example.com".to_owned(),
        subject_type: "public".to_owned(),
        frontchannel_logout_uri: "https://example.com".to_owned(),
        backchannel_logout_uri: "https://example.com".to_owned(),
        jwks: Some(Value::Null),
        jwks_uri: "https://example.com".to_owned(),
        metadata: [("key".to_owned(), Value::Null)].into_iter().collect(),
        created_at: Some("2026-01-01T00:00:00Z".to_owned()),
        updated_at: Some("2026-01-01T00:00:00Z".to_owned()),
        ..Client::default()
    };
    holds(&api, "acceptOAuth2LoginRequest", AcceptLogin::default());
    holds(&api, "acceptOAuth2ConsentRequest", AcceptConsent::default());
    holds(&api, "acceptOAuth2ConsentRequestSession", crate::Session::default());
    holds(&api, "rejectOAuth2Request", reject);
    holds(&api, "oAuth2Client", client);
    holds(&api, "oAuth2LoginRequest", LoginRequest::default());
    holds(&api, "oAuth2ConsentRequest", ConsentRequest::default());
    holds(&api, "oAuth2ConsentSession", ConsentSession::default());
    holds(&api, "oAuth2ConsentRequestOpenIDConnectContext", crate::OidcContext::default());
    holds(&api, "oAuth2LogoutRequest", LogoutRequest::default());
}

fn holds(api: &Value, schema: &str, ours: impl Serialize) {
    let known = &api["components"]["schemas"][schema]["properties"];
    for (field, _) in serde_json::to_value(ours).unwrap().as_object().unwrap() {
        assert!(known[field].is_object(), "{schema} has no field {field}");
    }
}
