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
    let api = api();
    let calls = [
        ("get", "/admin/oauth2/auth/requests/login"),
        ("put", "/admin/oauth2/auth/requests/login/accept"),
        ("put", "/admin/oauth2/auth/requests/login/reject"),
        ("get", "/admin/oauth2/auth/requests/consent"),
        ("put", "/admin/oauth2/auth/requests/consent/accept"),
        ("put", "/admin/oauth2/auth/requests/consent/reject"),
        ("get", "/admin/oauth2/auth/requests/logout"),
        ("put", "/admin/oauth2/auth/requests/logout/accept"),
        ("put", "/admin/oauth2/auth/requests/logout/reject"),
        ("delete", "/admin/oauth2/auth/sessions/login"),
        ("get", "/admin/oauth2/auth/sessions/consent"),
        ("delete", "/admin/oauth2/auth/sessions/consent"),
        ("post", "/admin/clients"),
        ("get", "/admin/clients/{id}"),
        ("put", "/admin/clients/{id}"),
        ("get", "/health/ready"),
    ];
    for (method, path) in calls {
        assert!(api["paths"][path][method].is_object(), "{method} {path}");
    }
}

#[test]
fn every_field_is_in_the_api() {
    let api = api();
    let reject = crate::Reject { error: "", error_description: "" };
    let client = Client {
        client_secret: Some(String::new()),
        client_uri: "https://example.com".to_owned(),
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
