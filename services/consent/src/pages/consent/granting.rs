//! What may be granted, and of what nobody has to be asked.

use crate::pages::prompts;
use hydra_admin::ConsentRequest;
use latchkey_proto::client::v1::Scope;

/// The scopes that may be granted: asked for now, and registered for the app. Hydra would grant any.
pub(super) fn grantable(request: &ConsentRequest) -> impl Iterator<Item = &str> {
    let asked = request.requested_scope.iter().map(String::as_str);
    asked.filter(|scope| request.client.may_ask_for(scope))
}

/// Whether one of the organisation's own apps asks, and for nothing that a person has to know about. What
/// the catalogue does not tell of is asked about.
pub(super) fn is_first_party(request: &ConsentRequest, described: &[Scope]) -> bool {
    request.client.skip_consent
        && !prompts(&request.request_url, "consent")
        && described.iter().all(|scope| scope.first_party)
}

/// Whether this scope may be granted.
pub(super) fn asked_for(request: &ConsentRequest, scope: &str) -> bool {
    grantable(request).any(|grantable| grantable == scope)
}

/// The audiences that are granted: asked for now, and registered for the app.
pub(super) fn granted_audience(request: &ConsentRequest) -> Vec<String> {
    let asked = request.requested_access_token_audience.iter();
    asked.filter(|audience| request.client.audience.contains(audience)).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use hydra_admin::Client;

    #[test]
    fn only_what_was_asked_for_and_registered_can_be_granted() {
        let strings = |all: &[&str]| all.iter().map(ToString::to_string).collect::<Vec<_>>();
        let request = ConsentRequest {
            skip: false,
            subject: "1".to_owned(),
            requested_scope: strings(&["openid", "users.read", "admin"]),
            requested_access_token_audience: strings(&["https://a", "https://b"]),
            request_url: String::new(),
            client: Client {
                scope: "openid users.read users.write".to_owned(),
                audience: strings(&["https://b", "https://c"]),
                ..Client::default()
            },
            oidc_context: hydra_admin::OidcContext::default(),
            login_challenge: String::new(),
            login_session_id: String::new(),
        };
        assert_eq!(grantable(&request).collect::<Vec<_>>(), ["openid", "users.read"]);
        for never in ["admin", "users.write", "users", "", "openid users.read"] {
            assert!(!asked_for(&request, never), "{never}");
        }
        assert_eq!(granted_audience(&request), ["https://b"]);
    }
}
