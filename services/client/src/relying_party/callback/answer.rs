//! An authorization response (RFC 6749, sections 4.1.2 and 4.1.2.1; RFC 9207).

use crate::{opaque::OpaqueId, provider::Metadata};
use url::form_urlencoded;

/// Codes and errors are short; Hydra's descriptions are not much longer.
const LONGEST_QUERY: usize = 8 * 1024;

/// What the browser brought. No `Debug`: a code is a secret.
pub(super) struct Answer {
    pub(super) state: OpaqueId,
    pub(super) outcome: Outcome,
    issuer: Option<String>,
}

/// One of the two.
pub(super) enum Outcome {
    /// The authorization code.
    Code(String),
    /// The error code. Its description is not read: anybody can write one.
    Error(String),
}

impl Answer {
    /// Exactly one state, and either one code or one error. Anything else is no answer.
    pub(super) fn parse(query: &str) -> Option<Self> {
        if query.len() > LONGEST_QUERY {
            return None;
        }
        let outcome = match (only(query, "code")?, only(query, "error")?) {
            (Some(code), None) => Outcome::Code(code),
            (None, Some(error)) => Outcome::Error(error),
            _ => return None,
        };
        let state = OpaqueId::parse(&only(query, "state")??)?;
        Some(Self { state, outcome, issuer: only(query, "iss")? })
    }

    /// Whether the answer may come from this provider (RFC 9207, section 2.4).
    pub(super) fn is_from(&self, metadata: &Metadata) -> bool {
        match &self.issuer {
            Some(issuer) => *issuer == metadata.issuer,
            None => !metadata.authorization_response_iss_parameter_supported,
        }
    }
}

/// The parameter's value, `Some(None)` where it is absent, `None` where it comes twice.
#[expect(clippy::option_option, reason = "absent and ambiguous are two things here")]
fn only(query: &str, name: &str) -> Option<Option<String>> {
    let mut values = form_urlencoded::parse(query.as_bytes())
        .filter(|(key, _)| key == name)
        .map(|(_, value)| value.into_owned());
    let value = values.next();
    values.next().is_none().then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_has_one_state_and_a_code_or_an_error() {
        let state = OpaqueId::random();
        let state = state.expose();
        let code = Answer::parse(&format!("code=ory_ac_x&scope=openid&state={state}")).unwrap();
        assert!(matches!(code.outcome, Outcome::Code(code) if code == "ory_ac_x"));
        let error = format!("error=access_denied&error_description=%3Cscript%3E&state={state}");
        let error = Answer::parse(&error).unwrap();
        assert!(matches!(error.outcome, Outcome::Error(code) if code == "access_denied"));
    }

    #[test]
    fn anything_else_is_no_answer() {
        let state = OpaqueId::random();
        let state = state.expose();
        let long = "x".repeat(LONGEST_QUERY);
        for query in [
            String::new(),
            "code=x".to_owned(),
            format!("state={state}"),
            format!("code=x&state={state}&state={state}"),
            format!("code=x&code=y&state={state}"),
            format!("code=x&error=y&state={state}"),
            format!("code=x&state={state}&iss=a&iss=b"),
            format!("code={long}&state={state}"),
            "code=x&state=".to_owned(),
            "code=x&state=%00".to_owned(),
        ] {
            assert!(Answer::parse(&query).is_none(), "{query}");
        }
    }
}
