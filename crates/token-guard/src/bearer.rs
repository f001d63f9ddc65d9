//! The token of a request (RFC 6750, section 2.1). A token in the query or in the body is not read:
//! addresses end in logs.

use crate::Refusal;
use http::{HeaderMap, header::AUTHORIZATION};

/// No token is longer than this, in bytes: the JWTs of large organisations are below 4 KiB.
const LONGEST: usize = 8 * 1024;

/// The token of exactly one `Authorization: Bearer`. The scheme's case does not matter (RFC 9110,
/// section 11.1).
pub(crate) fn of(headers: &HeaderMap) -> Result<&str, Refusal> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let only = values.next().ok_or(Refusal::Missing)?;
    if values.next().is_some() {
        return Err(Refusal::Ambiguous);
    }
    let text = only.to_str().map_err(|_| Refusal::Malformed)?;
    match text.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => {
            Ok(token.trim_start_matches(' '))
        }
        _ => Err(Refusal::Missing),
    }
}

/// `b64token` (RFC 6750, section 2.1), of a bounded length.
pub(crate) fn well_formed(token: &str) -> bool {
    let body = token.trim_end_matches('=');
    !body.is_empty()
        && token.len() <= LONGEST
        && body.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~+/".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(values: &[&'static str]) -> HeaderMap {
        values.iter().map(|value| (AUTHORIZATION, value.parse().unwrap())).fold(
            HeaderMap::new(),
            |mut headers, (name, value)| {
                headers.append(name, value);
                headers
            },
        )
    }

    #[test]
    fn exactly_one_bearer_token_is_taken() {
        for good in ["Bearer t", "bearer t", "BEARER  t"] {
            assert_eq!(of(&headers(&[good])), Ok("t"), "{good}");
        }
        for missing in [&[][..], &["t"], &["Bearer"], &["Basic dDp0"], &["Bearert t"]] {
            assert_eq!(of(&headers(missing)), Err(Refusal::Missing), "{missing:?}");
        }
        for twice in [["Bearer t", "Bearer t"], ["Bearer t", "Basic dDp0"]] {
            assert_eq!(of(&headers(&twice)), Err(Refusal::Ambiguous));
        }
    }

    #[test]
    fn only_text_that_can_be_a_token_is_asked_about() {
        for good in ["ory_at_abc.def-ghi", "a", "eyJh.eyJz.c2ln", "YQ=="] {
            assert!(well_formed(good), "{good}");
        }
        let long = "a".repeat(LONGEST + 1);
        for bad in ["", "=", "==", "a b", "a=b", "a,b", "ä", "a\n", &long] {
            assert!(!well_formed(bad), "{bad}");
        }
    }
}
