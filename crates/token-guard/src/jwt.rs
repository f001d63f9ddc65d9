//! The token is checked here, without a question: it is a JSON Web Token, signed by the
//! authorization server (RFC 9068).

use crate::{Refusal, jwks::Keys};
use jsonwebtoken::{Algorithm, Header, Validation, decode, decode_header};
use reqwest::Client;
use serde_json::{Map, Value};

/// Claims that ID tokens and logout tokens have, and access tokens have not.
const OF_OTHER_TOKENS: [&str; 5] = ["nonce", "at_hash", "c_hash", "events", "rat"];

/// The claims of a token that a key of the authorization server's has signed.
pub(crate) async fn claims(
    http: &Client,
    keys: &Keys,
    token: &str,
) -> Result<Map<String, Value>, Refusal> {
    // Text that is no JWT, and `alg: none`, which is no algorithm.
    let header = decode_header(token).map_err(|_| Refusal::Inactive)?;
    let named = named_access_token(&header)?;
    if header.crit.is_some() || !matches!(header.alg, Algorithm::RS256 | Algorithm::ES256) {
        return Err(Refusal::Inactive);
    }
    let key = keys.of(&header, http).await?;
    let mut validation = Validation::new(header.alg);
    // Issuer and audience are the guard's to compare, with `exp` and `nbf` of introspection.
    validation.set_required_spec_claims(&["exp", "iss", "sub"]);
    validation.validate_aud = false;
    validation.validate_exp = false;
    let claims: Map<String, Value> =
        decode(token, &key, &validation).map_err(|_| Refusal::Inactive)?.claims;
    if named || is_access_token(&claims) { Ok(claims) } else { Err(Refusal::NotAnAccessToken) }
}

/// Whether the header says `at+jwt` (RFC 9068, section 2.1). Ory Hydra says `JWT`, of ID tokens too;
/// any other kind is none that opens a resource.
fn named_access_token(header: &Header) -> Result<bool, Refusal> {
    let typ = header.typ.as_deref().unwrap_or("JWT").to_ascii_lowercase();
    match typ.strip_prefix("application/").unwrap_or(&typ) {
        "at+jwt" => Ok(true),
        "jwt" => Ok(false),
        _ => Err(Refusal::NotAnAccessToken),
    }
}

/// Ory Hydra's access tokens name the client, an id and the scopes.
fn is_access_token(claims: &Map<String, Value>) -> bool {
    let has = |name: &&str| claims.contains_key(*name);
    ["client_id", "jti", "scp"].iter().all(has) && !OF_OTHER_TOKENS.iter().any(has)
}
