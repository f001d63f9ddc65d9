use super::*;
use proptest::prelude::*;

fn fits(text: &str, kind: Kind) -> Result<(), String> {
    Uri::parse(text)?.fits(kind)
}

#[test]
fn what_an_app_needs_is_accepted() {
    for (text, kind) in [
        ("https://shop.example.com/callback", Kind::Web),
        ("https://shop.example.com", Kind::Web),
        ("https://shop.example.com/cb?tenant=a%20b", Kind::Web),
        ("https://shop.example.com:8443/cb", Kind::Spa),
        ("https://xn--bcher-kva.example/cb", Kind::Web),
        ("http://localhost:1234/callbacks", Kind::Web),
        ("http://app.localhost/cb", Kind::Spa),
        ("http://[::1]:3000/cb", Kind::Web),
        ("http://127.0.0.1/cb", Kind::Native),
        ("http://[::1]/cb", Kind::Native),
        ("https://app.example.com/cb", Kind::Native),
        ("com.example.app:/oauth2/callback", Kind::Native),
    ] {
        assert_eq!(fits(text, kind), Ok(()), "{text}");
    }
}

#[test]
fn each_trap_is_refused_and_says_what_to_do() {
    for (text, kind, word) in [
        ("", Kind::Web, "empty"),
        ("shop.example.com/cb", Kind::Web, "in full"),
        ("/cb", Kind::Web, "in full"),
        ("http://shop.example.com/cb", Kind::Web, "use https"),
        ("http://localhost.example.com/cb", Kind::Web, "use https"),
        ("http://localhost:80@evil.example/cb", Kind::Web, "@"),
        ("https://user@shop.example.com/cb", Kind::Web, "@"),
        ("https://shop.example.com\\@evil.example/cb", Kind::Web, "@"),
        ("https://shop.example.com/cb#here", Kind::Web, "fragment"),
        ("https://*.example.com/cb", Kind::Web, "wildcard"),
        ("https://shop.example.com/*", Kind::Web, "wildcard"),
        ("javascript:alert(1)", Kind::Web, "scheme javascript"),
        ("javascript:alert(1)", Kind::Native, "scheme javascript"),
        ("data:text/html,x", Kind::Native, "scheme data"),
        ("file:///etc/passwd", Kind::Native, "scheme file"),
        ("myapp:/callback", Kind::Native, "in reverse"),
        ("com.example.app:/callback", Kind::Web, "scheme com.example.app"),
        ("com.example.app://callback", Kind::Native, "one slash"),
        ("com.example.app:callback", Kind::Native, "one slash"),
        ("http://localhost/cb", Kind::Native, "127.0.0.1"),
        ("http://127.0.0.1:3000/cb", Kind::Native, "any port"),
        ("HTTPS://Shop.example.com/cb", Kind::Web, "https://shop.example.com/cb"),
        ("https://shop.example.com:443/cb", Kind::Web, "https://shop.example.com/cb"),
        ("https://shop.example.com/a/../cb", Kind::Web, "https://shop.example.com/cb"),
        ("https:shop.example.com/cb", Kind::Web, "https://shop.example.com/cb"),
        ("https://shop.example.com\\cb", Kind::Web, "https://shop.example.com/cb"),
        ("http://0x7f.1/cb", Kind::Web, "http://127.0.0.1/cb"),
        ("http://2130706433/cb", Kind::Web, "http://127.0.0.1/cb"),
        ("https://b\u{fc}cher.example/cb", Kind::Web, "xn--"),
        ("https://shop.example.com/c b", Kind::Web, "percent-encoded"),
        ("https://shop.example.com/\tcb", Kind::Web, "percent-encoded"),
        ("https://shop.example.com/?\\", Kind::Web, "%5C"),
        ("https://%65vil.example/cb", Kind::Web, "https://evil.example/cb"),
    ] {
        let problem = fits(text, kind).expect_err(text);
        assert!(problem.contains(word), "{text}: {problem}");
    }
    assert!(fits(&format!("https://a.example/{}", "x".repeat(512)), Kind::Web).is_err());
}

fn kind() -> impl Strategy<Value = Kind> {
    prop_oneof![Just(Kind::Web), Just(Kind::Spa), Just(Kind::Native)]
}

proptest! {
    /// Whatever is accepted: a browser goes nowhere else than it says, and there is no third scheme.
    #[test]
    fn what_is_accepted_is_what_a_browser_reads(
        text in prop_oneof![
            any::<String>(),
            "(https?|HTTP|javascript|data|com\\.example|[a-z]{1,6}):/{0,3}[a-z0-9@:.\\[\\]\\\\/%?#*-]{0,40}",
            "https?://(localhost|127\\.0\\.0\\.1|\\[::1\\]|[a-z]{1,8}\\.example)[a-z0-9@:./?#\\\\%]{0,20}",
        ],
        kind in kind(),
    ) {
        if fits(&text, kind).is_ok() {
            let url = Url::parse(&text).unwrap();
            prop_assert!(url.as_str().starts_with(&text) && url.as_str().len() <= text.len() + 1);
            prop_assert!(url.username().is_empty() && url.password().is_none());
            prop_assert!(url.fragment().is_none() && !text.contains(['*', '@', ' ', '\\']));
            let loopback = Uri(url.clone()).is_loopback();
            match url.scheme() {
                "https" => prop_assert!(url.has_host()),
                "http" => prop_assert!(loopback, "{}", url),
                scheme => {
                    prop_assert_eq!(kind, Kind::Native);
                    prop_assert!(scheme.contains('.') && !url.has_host(), "{}", url);
                }
            }
        }
    }

    /// Nothing makes it panic.
    #[test]
    fn any_text_is_read_to_its_end(text: String) {
        let _ = Uri::parse(&text).map(|uri| (uri.origin(), uri.web()));
    }
}
