//! The discovery document (OpenID Connect Discovery, sections 3 and 4).

use super::{ProviderError, transport};
use serde::Deserialize;
use url::Url;

const DISCOVERY: &str = "/.well-known/openid-configuration";

/// What this app has to know about its provider.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Metadata {
    /// The issuer, letter by letter as in tokens.
    pub(crate) issuer: String,
    /// Where browsers are sent.
    pub(crate) authorization_endpoint: Url,
    /// Where codes and refresh tokens become tokens.
    pub(crate) token_endpoint: Url,
    /// Whom signed requests of this app are meant for: the token endpoint as the provider calls it
    /// (RFC 7523, section 3).
    #[serde(skip)]
    pub(crate) audience: String,
    /// Where tokens are ended (RFC 8414, section 2).
    pub(crate) revocation_endpoint: Url,
    /// Where browsers sign out (OpenID Connect RP-Initiated Logout, section 2.1).
    pub(crate) end_session_endpoint: Url,
    /// The keys that sign ID tokens.
    pub(crate) jwks_uri: Url,
    /// Answers carry `iss` (RFC 9207, section 3).
    #[serde(default)]
    pub(crate) authorization_response_iss_parameter_supported: bool,
}

impl Metadata {
    /// Asks the issuer. The document has to be its own.
    pub(super) async fn fetch(
        http: &reqwest::Client,
        issuer: &Url,
        backchannel: Option<&Url>,
    ) -> Result<Self, ProviderError> {
        let mut address = issuer.clone();
        address.set_path(&format!("{}{DISCOVERY}", issuer.path().trim_end_matches('/')));
        let document = transport::get(http, reachable(&address, backchannel), DISCOVERY).await?;
        Self::read(&document, issuer, backchannel)
    }

    fn read(
        document: &[u8],
        issuer: &Url,
        backchannel: Option<&Url>,
    ) -> Result<Self, ProviderError> {
        let mut metadata: Self = serde_json::from_slice(document)
            .map_err(|_| ProviderError::Unexpected("a discovery document of another shape"))?;
        // Hydra's issuer may end with a slash; that one apart, every letter counts.
        if trimmed(&metadata.issuer) != trimmed(issuer.as_str()) {
            return Err(ProviderError::Unexpected("the discovery document of another issuer"));
        }
        let endpoints = [
            &metadata.authorization_endpoint,
            &metadata.token_endpoint,
            &metadata.revocation_endpoint,
            &metadata.end_session_endpoint,
            &metadata.jwks_uri,
        ];
        if endpoints.iter().any(|url| !matches!(url.scheme(), "http" | "https")) {
            return Err(ProviderError::Unexpected("an endpoint that is not http"));
        }
        metadata.audience = metadata.token_endpoint.to_string();
        for endpoint in [
            &mut metadata.token_endpoint,
            &mut metadata.revocation_endpoint,
            &mut metadata.jwks_uri,
        ] {
            *endpoint = reachable(endpoint, backchannel);
        }
        Ok(metadata)
    }
}

/// The same address at the scheme, host and port that servers reach.
fn reachable(url: &Url, backchannel: Option<&Url>) -> Url {
    let Some(backchannel) = backchannel else { return url.clone() };
    let mut reachable = backchannel.clone();
    reachable.set_path(url.path());
    reachable.set_query(url.query());
    reachable
}

fn trimmed(issuer: &str) -> &str {
    issuer.strip_suffix('/').unwrap_or(issuer)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(issuer: &str) -> Vec<u8> {
        let at = |path: &str| format!("http://localhost:4444{path}");
        serde_json::to_vec(&serde_json::json!({
            "issuer": issuer,
            "authorization_endpoint": at("/oauth2/auth"),
            "token_endpoint": at("/oauth2/token"),
            "revocation_endpoint": at("/oauth2/revoke"),
            "end_session_endpoint": at("/oauth2/sessions/logout"),
            "jwks_uri": at("/.well-known/jwks.json"),
        }))
        .unwrap()
    }

    fn read(issuer: &str, backchannel: Option<&str>) -> Result<Metadata, ProviderError> {
        let configured = Url::parse("http://localhost:4444").unwrap();
        let backchannel = backchannel.map(|url| Url::parse(url).unwrap());
        Metadata::read(&document(issuer), &configured, backchannel.as_ref())
    }

    #[test]
    fn the_issuer_may_end_with_a_slash_and_is_kept_as_written() {
        for issuer in ["http://localhost:4444", "http://localhost:4444/"] {
            assert_eq!(read(issuer, None).unwrap().issuer, issuer);
        }
    }

    #[test]
    fn a_document_of_another_issuer_is_refused() {
        for issuer in [
            "http://localhost:4445",
            "https://localhost:4444",
            "http://localhost:4444/x",
            "http://localhost:4444//",
            "",
        ] {
            assert!(matches!(read(issuer, None), Err(ProviderError::Unexpected(_))), "{issuer}");
        }
    }

    #[test]
    fn only_servers_take_the_back_channel() {
        let metadata = read("http://localhost:4444/", Some("http://hydra:5444")).unwrap();
        assert_eq!(metadata.token_endpoint.as_str(), "http://hydra:5444/oauth2/token");
        assert_eq!(metadata.audience, "http://localhost:4444/oauth2/token");
        assert_eq!(metadata.jwks_uri.as_str(), "http://hydra:5444/.well-known/jwks.json");
        let browsers = [metadata.authorization_endpoint, metadata.end_session_endpoint];
        assert!(browsers.iter().all(|url| url.host_str() == Some("localhost")));
    }
}
