//! What every token of the provider's has to prove: that the provider has signed it, for this app.

use super::defect::Defect;
use jsonwebtoken::{
    Algorithm, Header, Validation, decode, decode_header, errors::ErrorKind, jwk::JwkSet,
};
use serde::de::DeserializeOwned;
use token_guard::jwks;

/// Reads a token that one of `keys` has signed and that names `issuer` and `client_id`. Times are for
/// the caller to compare. [`Defect::UnknownKey`] is worth a look at newer keys.
pub(super) fn read<Claims: DeserializeOwned>(
    token: &str,
    keys: &JwkSet,
    issuer: &str,
    client_id: &str,
) -> Result<(Header, Claims), Defect> {
    let header = decode_header(token).map_err(|error| defect(error.kind()))?;
    if header.crit.is_some() {
        return Err(Defect::Shape);
    }
    if !matches!(header.alg, Algorithm::RS256 | Algorithm::ES256) {
        return Err(Defect::Algorithm);
    }
    let key = jwks::signing_key(&header, keys).ok_or(Defect::UnknownKey)?;
    let mut validation = Validation::new(header.alg);
    validation.set_required_spec_claims(&["iss", "aud"]);
    validation.set_issuer(&[issuer]);
    validation.set_audience(&[client_id]);
    validation.validate_exp = false;
    let token = decode(token, &key, &validation).map_err(|error| defect(error.kind()))?;
    Ok((header, token.claims))
}

fn defect(kind: &ErrorKind) -> Defect {
    match kind {
        ErrorKind::InvalidSignature => Defect::Signature,
        ErrorKind::InvalidIssuer => Defect::Issuer,
        ErrorKind::InvalidAudience => Defect::Audience,
        ErrorKind::InvalidAlgorithm | ErrorKind::UnsupportedAlgorithm => Defect::Algorithm,
        ErrorKind::MissingRequiredClaim(claim) if claim == "aud" => Defect::Audience,
        ErrorKind::MissingRequiredClaim(claim) if claim == "iss" => Defect::Issuer,
        _ => Defect::Shape,
    }
}
