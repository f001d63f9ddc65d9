//! Hydra's settings for one machine, in the file that Hydra reads.

use super::settings::Collector;
use crate::{ports::Ports, program::HYDRA};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};

/// Hydra's whole configuration but its database and its own secrets, which go through the
/// environment. The key of the hooks has no way but this.
pub(super) fn settings(
    ports: &Ports,
    hook_key: &SecretString,
    collector: Option<&Collector>,
    overrides: &Value,
) -> Value {
    let hooks = format!("http://127.0.0.1:{}/hooks", ports.consent_internal);
    let key = format!("Bearer {}", hook_key.expose_secret());
    let public = format!("http://localhost:{}/", ports.hydra_public);
    let page = |name: &str| format!("http://localhost:{}/authentication/{name}", ports.consent);
    let mut settings = json!({
        "version": HYDRA.version,
        "serve": {
            "public": {
                "host": "127.0.0.1",
                "port": ports.hydra_public,
                "request_log": { "disable_for_health": true },
            },
            "admin": {
                "host": "127.0.0.1",
                "port": ports.hydra_admin,
                "request_log": { "disable_for_health": true },
            },
            // Plain http on loopback: Hydra has to be started with --dev, and a Secure cookie
            // would not come back in every browser.
            "cookies": { "same_site_mode": "Lax", "secure": false },
        },
        "urls": {
            "self": { "issuer": public, "public": public },
            "login": page("login"),
            "consent": page("consent"),
            "logout": page("logout"),
            "error": page("error"),
            // It is told when a login ends.
            "identity_provider": { "url": hooks, "headers": { "Authorization": key } },
            "post_logout_redirect": format!("http://localhost:{}/signed-out", ports.client),
        },
        "strategies": { "scope": "exact", "access_token": "opaque" },
        "oauth2": {
            "expose_internal_errors": false,
            // It is asked before any token is given.
            "token_hook": {
                "url": format!("{hooks}/token"),
                "auth": {
                    "type": "api_key",
                    "config": { "in": "header", "name": "Authorization", "value": key },
                },
            },
            "pkce": { "enforced": true, "enforced_for_public_clients": true },
            // Two tabs that refresh at the same moment do not end the session.
            "grant": { "refresh_token": { "rotation_grace_period": "5s" } },
        },
        "oidc": { "subject_identifiers": { "supported_types": ["public"] } },
        "ttl": { "auth_code": "1m", "login_consent_request": "10m" },
        "log": { "level": "info", "format": "json", "leak_sensitive_values": false },
        "sqa": { "opt_out": true },
    });
    if let Some(address) = collector.and_then(|it| it.http.as_deref()) {
        merge(&mut settings, &tracing(address));
    }
    merge(&mut settings, overrides);
    settings
}

/// Hydra's `otel` provider speaks OTLP over HTTP only.
fn tracing(address: &str) -> Value {
    json!({
        "tracing": {
            "provider": "otel",
            "service_name": "hydra",
            "providers": {
                "otlp": {
                    "server_url": address,
                    "insecure": true,
                    "sampling": { "sampling_ratio": 1 },
                },
            },
        },
    })
}

/// Puts `over` on top of `base`: objects key by key, anything else as a whole; null changes nothing.
fn merge(base: &mut Value, over: &Value) {
    match (base, over) {
        (_, Value::Null) => {}
        (Value::Object(base), Value::Object(over)) => {
            for (key, value) in over {
                merge(base.entry(key.clone()).or_insert(Value::Null), value);
            }
        }
        (base, over) => *base = over.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(collector: Option<&Collector>, overrides: &Value) -> Value {
        super::settings(&Ports::default(), &"hook-key".into(), collector, overrides)
    }

    fn at<'a>(settings: &'a Value, path: &str) -> &'a Value {
        settings.pointer(path).unwrap_or_else(|| panic!("{path} in {settings:#}"))
    }

    #[test]
    fn they_say_what_the_suite_relies_on() {
        let settings = settings(None, &Value::Null);
        for (path, value) in [
            ("/urls/self/issuer", json!("http://localhost:4444/")),
            ("/urls/login", json!("http://localhost:8000/authentication/login")),
            ("/urls/post_logout_redirect", json!("http://localhost:1234/signed-out")),
            ("/serve/admin/host", json!("127.0.0.1")),
            ("/serve/cookies/same_site_mode", json!("Lax")),
            ("/oauth2/pkce/enforced", json!(true)),
            ("/oauth2/grant/refresh_token/rotation_grace_period", json!("5s")),
            ("/strategies/scope", json!("exact")),
            ("/oauth2/token_hook/url", json!("http://127.0.0.1:9102/hooks/token")),
            ("/oauth2/token_hook/auth/config/value", json!("Bearer hook-key")),
            ("/urls/identity_provider/url", json!("http://127.0.0.1:9102/hooks")),
            ("/urls/identity_provider/headers/Authorization", json!("Bearer hook-key")),
            ("/ttl/auth_code", json!("1m")),
            ("/ttl/login_consent_request", json!("10m")),
            ("/log/leak_sensitive_values", json!(false)),
        ] {
            assert_eq!(at(&settings, path), &value, "{path}");
        }
        assert_eq!(settings.get("secrets"), None);
        assert_eq!(settings.get("dsn"), None);
        assert_eq!(settings.get("tracing"), None);
    }

    #[test]
    fn traces_go_to_the_collectors_http_port() {
        let ports = Ports::default();
        let collector = Collector::on(&ports).unwrap();
        let settings = settings(Some(&collector), &Value::Null);
        assert_eq!(at(&settings, "/tracing/providers/otlp/server_url"), "127.0.0.1:4318");
    }

    #[test]
    fn a_test_can_change_one_value_and_keep_the_rest() {
        let short = json!({ "ttl": { "access_token": "2s" } });
        let settings = settings(None, &short);
        assert_eq!(at(&settings, "/ttl/access_token"), "2s");
        assert_eq!(at(&settings, "/ttl/auth_code"), "1m");
    }
}
