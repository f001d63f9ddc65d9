//! Where a person wanted to go: a path on this app, and nowhere else (RFC 9700, section 4.11).

use super::paths::{CALLBACKS, FRONT_CHANNEL_LOGOUT, SIGN_IN, SIGN_OUT, SIGNED_OUT};
use url::{Position, Url};

const LONGEST: usize = 2048;

/// The path to go to after the sign-in: `wanted` if it lies on `origin`, else the home page.
pub(super) fn local(origin: &Url, wanted: Option<&str>) -> String {
    wanted.and_then(|wanted| resolve(origin, wanted)).unwrap_or_else(|| "/".to_owned())
}

fn resolve(origin: &Url, wanted: &str) -> Option<String> {
    let second = wanted.strip_prefix('/')?.bytes().next();
    let odd = |byte: u8| byte.is_ascii_control() || byte == b'\\';
    if wanted.len() > LONGEST || second == Some(b'/') || wanted.bytes().any(odd) {
        return None;
    }
    let url = origin.join(wanted).ok().filter(|url| url.origin() == origin.origin())?;
    // `/.//evil.test` becomes `//evil.test` when its dots are resolved.
    let elsewhere = url.path().starts_with("//");
    let again =
        [SIGN_IN, CALLBACKS, SIGN_OUT, SIGNED_OUT, FRONT_CHANNEL_LOGOUT].contains(&url.path());
    (!elsewhere && !again).then(|| url[Position::BeforePath..].to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn local(wanted: &str) -> String {
        super::local(&Url::parse("http://localhost:1234/").unwrap(), Some(wanted))
    }

    #[test]
    fn a_path_of_this_app_is_kept() {
        for path in ["/", "/orders", "/orders?page=2&of=9#end", "/a%20b", "/%2Fevil.test"] {
            assert_eq!(local(path), path);
        }
        assert_eq!(local("/a/../orders"), "/orders");
    }

    #[test]
    fn everything_else_leads_home() {
        for vector in [
            "",
            "orders",
            "//evil.test",
            "///evil.test",
            "/\\evil.test",
            "\\\\evil.test",
            "/\t/evil.test",
            "/\n/evil.test",
            "/\r\nSet-Cookie: a=b",
            "/\0",
            "/orders\\..\\x",
            "https://evil.test",
            "https:evil.test",
            "http://localhost:1234@evil.test/",
            "http://localhost:1234.evil.test",
            "javascript:alert(1)",
            "data:text/html,x",
            "/.//evil.test",
            "/..//evil.test",
            "/a/..//evil.test",
            "/%2e//evil.test",
            " /orders",
            "?next=//evil.test",
            "#",
            ".evil.test",
            "/sign-in",
            "/sign-in?return_to=/",
            "/callbacks?code=x",
            "/x/../sign-out",
            "/front-channel-logout?iss=x&sid=y",
        ] {
            assert_eq!(local(vector), "/", "{vector:?}");
        }
        assert_eq!(local(&format!("/{}", "a".repeat(LONGEST))), "/");
        assert_eq!(super::local(&Url::parse("http://localhost:1234/").unwrap(), None), "/");
    }
}
