//! For axum: the layers, the [`Grant`] as an extractor, and errors as RFC 6750 has them.

use crate::{
    Grant, GuardLayer, InsufficientScope, Refusal, ScopeLayer, TokenGuard, layer::Protocol,
};
use axum::{
    body::Body,
    extract::FromRequestParts,
    response::{IntoResponse, Response},
};
use http::{
    HeaderName, HeaderValue, StatusCode,
    header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE},
    request::Parts,
};
use serde_json::json;

/// Errors over HTTP: a status, `WWW-Authenticate` (RFC 6750, section 3), and the same in JSON.
#[derive(Debug)]
pub struct Http;

/// The layer that every request has to pass: `router.layer(web::guard(token_guard))`.
#[must_use]
pub fn guard(guard: TokenGuard) -> GuardLayer<Http> {
    GuardLayer::new(guard)
}

/// A layer for routes that need a scope: `get(list).layer(web::require_scope("orders.read"))`.
#[must_use]
pub fn require_scope(scope: &str) -> ScopeLayer<Http> {
    ScopeLayer::new(scope)
}

impl Protocol<Body> for Http {
    fn refused(refusal: &Refusal, realm: &str) -> Response {
        let (status, error) = match refusal {
            Refusal::Missing => (StatusCode::UNAUTHORIZED, None),
            Refusal::Ambiguous => (StatusCode::BAD_REQUEST, Some("invalid_request")),
            Refusal::NotAPerson | Refusal::NotAClient => {
                (StatusCode::FORBIDDEN, Some("insufficient_scope"))
            }
            Refusal::Malformed
            | Refusal::Inactive
            | Refusal::NotAnAccessToken
            | Refusal::WrongIssuer
            | Refusal::WrongAudience => (StatusCode::UNAUTHORIZED, Some("invalid_token")),
            // Whether the token is good is not known, so no word about it (RFC 6749, 4.1.2.1).
            Refusal::Unavailable(_) => return unavailable(),
        };
        let description = refusal.to_string();
        let mut challenge = vec![("realm", realm)];
        if let Some(error) = error {
            challenge.extend([("error", error), ("error_description", &description)]);
        }
        answer(status, error, &description, Some((WWW_AUTHENTICATE, bearer(&challenge))))
    }

    fn forbidden(missing: &InsufficientScope) -> Response {
        let (error, description) = ("insufficient_scope", missing.to_string());
        let challenge = bearer(&[
            ("realm", &missing.realm),
            ("error", error),
            ("error_description", &description),
            ("scope", &missing.scope),
        ]);
        let challenge = Some((WWW_AUTHENTICATE, challenge));
        answer(StatusCode::FORBIDDEN, Some(error), &description, challenge)
    }

    fn misplaced() -> Response {
        StatusCode::INTERNAL_SERVER_ERROR.into_response()
    }
}

/// Nobody is let in while nobody can be asked.
fn unavailable() -> Response {
    let description = "the authorization server cannot be asked about the token; try again";
    let soon = Some((RETRY_AFTER, "1".to_owned()));
    answer(StatusCode::SERVICE_UNAVAILABLE, Some("temporarily_unavailable"), description, soon)
}

fn answer(
    status: StatusCode,
    error: Option<&str>,
    description: &str,
    header: Option<(HeaderName, String)>,
) -> Response {
    let body =
        json!({ "error": error.unwrap_or("invalid_token"), "error_description": description });
    let mut response = (status, body.to_string()).into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Some((name, text)) = header
        && let Ok(value) = HeaderValue::from_str(&text)
    {
        headers.insert(name, value);
    }
    response
}

/// `Bearer name="value", ...`. A quote or a backslash would end a value too early (RFC 9110,
/// section 5.6.4), and a line break the header.
fn bearer(parameters: &[(&str, &str)]) -> String {
    let quoted = |(name, value): &(&str, &str)| {
        let plain = |c: &char| matches!(c, ' '..='~') && !matches!(c, '"' | '\\');
        format!("{name}=\"{}\"", value.chars().filter(plain).collect::<String>())
    };
    format!("Bearer {}", parameters.iter().map(quoted).collect::<Vec<_>>().join(", "))
}

impl IntoResponse for InsufficientScope {
    fn into_response(self) -> Response {
        Http::forbidden(&self)
    }
}

impl<S: Sync> FromRequestParts<S> for Grant {
    /// 500: the [`guard`] is not around this route.
    type Rejection = StatusCode;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, StatusCode> {
        let grant = parts.extensions.get::<Self>().cloned();
        grant.ok_or_else(|| {
            tracing::error!("a handler wants a grant where no token was checked before");
            StatusCode::INTERNAL_SERVER_ERROR
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn challenge(refusal: &Refusal) -> (u16, String) {
        let response = Http::refused(refusal, "orders");
        let header = response.headers().get(WWW_AUTHENTICATE);
        let header = header.map_or("", |value| value.to_str().unwrap()).to_owned();
        (response.status().as_u16(), header)
    }

    #[test]
    fn refusals_read_as_rfc_6750_has_them() {
        let table = [
            (Refusal::Missing, 401, r#"Bearer realm="orders""#),
            (
                Refusal::Inactive,
                401,
                r#"Bearer realm="orders", error="invalid_token", error_description="the token is not active""#,
            ),
            (
                Refusal::Ambiguous,
                400,
                r#"Bearer realm="orders", error="invalid_request", error_description="there is more than one authorization header""#,
            ),
            (
                Refusal::NotAPerson,
                403,
                r#"Bearer realm="orders", error="insufficient_scope", error_description="the token belongs to no person""#,
            ),
        ];
        for (refusal, status, header) in table {
            assert_eq!(challenge(&refusal), (status, header.to_owned()), "{refusal:?}");
        }
    }

    #[test]
    fn nobody_to_ask_is_no_word_about_the_token() {
        let response = Http::refused(&Refusal::Unavailable("10.0.0.1: refused".into()), "orders");
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(response.headers()[RETRY_AFTER], "1");
        assert!(response.headers().get(WWW_AUTHENTICATE).is_none());
    }

    #[test]
    fn a_missing_scope_is_named_and_cannot_break_out() {
        let missing = InsufficientScope { scope: "a\"b\\\r\nX: y".into(), realm: "orders".into() };
        let response = missing.into_response();
        assert_eq!(response.status(), StatusCode::FORBIDDEN);
        let header = response.headers()[WWW_AUTHENTICATE].to_str().unwrap();
        assert!(header.ends_with(r#"scope="abX: y""#), "{header}");
        assert_eq!(response.headers().len(), 3, "{:?}", response.headers());
    }
}
