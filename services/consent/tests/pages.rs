//! What the pages answer while Hydra and identity are down, and to requests that nobody should
//! send. The whole flow, with the real Hydra, is in `integration-tests`.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails where it stands")]

use clap::Parser as _;
use latchkey_consent::{Config, Consent};
use reqwest::{Method, RequestBuilder, Response, StatusCode, redirect::Policy};

const PAGES: [&str; 4] = ["login", "consent", "logout", "error"];

/// The consent app, with nothing behind it.
struct Alone {
    base: String,
    http: reqwest::Client,
}

impl Alone {
    async fn start() -> Self {
        Self::start_with(&[]).await
    }

    async fn start_with(more: &[&str]) -> Self {
        let options = [
            "consent",
            "--listen=127.0.0.1:0",
            "--internal-listen=127.0.0.1:0",
            "--cookie-key=0123456789abcdef0123456789abcdef",
            "--hydra-admin-url=http://127.0.0.1:9",
            "--identity-url=http://127.0.0.1:9",
            "--client-url=http://127.0.0.1:9",
        ];
        let config = Config::parse_from(options.iter().chain(more));
        let running = Consent::start(config).await.unwrap();
        let address = running.address("pages").unwrap();
        let http = reqwest::Client::builder().redirect(Policy::none()).build().unwrap();
        Self { base: format!("http://{address}/authentication"), http }
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}/{path}", self.base))
    }

    async fn get(&self, path: &str) -> Response {
        send(self.request(Method::GET, path)).await
    }
}

#[expect(clippy::disallowed_methods, reason = "a test is a browser, not a service")]
async fn send(request: RequestBuilder) -> Response {
    request.send().await.unwrap()
}

#[tokio::test]
async fn every_answer_carries_the_security_headers() {
    let app = Alone::start().await;
    let mut answers = vec![app.get("static/style.css").await, app.get("nothing").await];
    for page in PAGES {
        answers.push(app.get(page).await);
        answers.push(send(app.request(Method::POST, page)).await);
        answers.push(send(app.request(Method::PUT, page)).await);
    }
    for answer in answers {
        let header =
            |name: &str| answer.headers().get(name).map(|v| v.to_str().unwrap().to_owned());
        let policy = header("content-security-policy").unwrap();
        for part in ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'"] {
            assert!(policy.contains(part), "{policy}");
        }
        assert!(!policy.contains("unsafe-inline"), "{policy}");
        assert_eq!(header("x-frame-options").as_deref(), Some("DENY"));
        assert_eq!(header("x-content-type-options").as_deref(), Some("nosniff"));
        assert_eq!(header("referrer-policy").as_deref(), Some("no-referrer"));
        let cached = answer.url().path().ends_with("style.css");
        let kept = if cached { "public, no-cache" } else { "no-store" };
        assert_eq!(header("cache-control").as_deref(), Some(kept));
    }
}

#[tokio::test]
async fn a_challenge_that_is_none_is_told_in_words() {
    let app = Alone::start().await;
    let huge = format!("login?login_challenge={}", "a".repeat(20_000));
    let wrong = [
        "login",
        "login?login_challenge=",
        "login?login_challenge=a&login_challenge=b",
        "login?login_challenge=%3Cscript%3E",
        "login?consent_challenge=a",
        "consent?consent_challenge=%00",
        "logout?logout_challenge=%ff",
        huge.as_str(),
    ];
    for path in wrong {
        let answer = app.get(path).await;
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "{path}");
        let html = answer.text().await.unwrap();
        assert!(html.contains("This sign-in cannot be found"), "{html}");
        assert!(!html.contains("script") && !html.contains("aaaa"), "{html}");
    }
}

#[tokio::test]
async fn with_hydra_down_the_page_says_so_and_leads_to_another_try() {
    let app = Alone::start().await;
    for page in ["login", "consent", "logout"] {
        let name = format!("{page}_challenge");
        let answer = app.get(&format!("{page}?{name}=abc%2B")).await;
        assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(answer.headers()["retry-after"], "5");
        let html = answer.text().await.unwrap();
        let again = format!("href=\"/authentication/{page}?{name}=abc%2B\"");
        assert!(html.replace("&#x2f;", "/").contains(&again), "{html}");
    }
}

/// Where Hydra knows the person already, a page answers it: a link checker must not.
#[tokio::test]
async fn a_head_answers_nothing() {
    let app = Alone::start().await;
    for page in [
        "login?login_challenge=abc",
        "consent?consent_challenge=abc",
        "logout?logout_challenge=abc",
        "apps/callback?code=abc&state=abc",
    ] {
        let answer = send(app.request(Method::HEAD, page)).await;
        assert_eq!(answer.status(), StatusCode::METHOD_NOT_ALLOWED, "{page}");
        assert_eq!(answer.headers()["allow"], "GET", "{page}");
    }
}

#[tokio::test]
async fn a_form_that_we_did_not_make_is_refused() {
    let app = Alone::start().await;
    let fields = [("token", "AAAA"), ("action", "accept")];
    for page in ["login", "consent", "logout"] {
        let post = || app.request(Method::POST, page).form(&fields);
        let cookie = "latchkey_consent=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
        let forged = [
            post(),
            post().header("cookie", cookie),
            app.request(Method::POST, page).form(&fields[1..]).header("cookie", cookie),
            post().header("origin", "https://evil.test"),
            post().header("origin", "null"),
            post().header("sec-fetch-site", "cross-site"),
        ];
        for request in forged {
            let answer = send(request).await;
            assert_eq!(answer.status(), StatusCode::FORBIDDEN);
            assert!(answer.text().await.unwrap().contains("This form could not be used"));
        }
    }
}

#[tokio::test]
async fn a_form_of_the_wrong_kind_is_refused_with_words() {
    let app = Alone::start().await;
    let wrong = [
        (app.request(Method::POST, "login").body("{}"), StatusCode::UNSUPPORTED_MEDIA_TYPE),
        (
            app.request(Method::POST, "login").form(&[("token", "a"), ("token", "b")]),
            StatusCode::BAD_REQUEST,
        ),
        (
            app.request(Method::POST, "login").form(&[("token", "a".repeat(70_000))]),
            StatusCode::PAYLOAD_TOO_LARGE,
        ),
    ];
    for (request, status) in wrong {
        let answer = send(request).await;
        assert_eq!(answer.status(), status);
        assert!(answer.text().await.unwrap().contains("This form could not be read"));
    }
}

#[tokio::test]
async fn an_error_from_hydra_is_told_in_our_own_words() {
    let app = Alone::start().await;
    let path = "error?error=invalid_client&error_description=%3Cb%3Ecall+555%3C/b%3E";
    let answer = app.get(path).await;
    assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
    let html = answer.text().await.unwrap();
    assert!(html.contains("This app is not known here") && !html.contains("555"), "{html}");
}

#[tokio::test]
async fn pages_speak_the_reader_s_language() {
    let app = Alone::start().await;
    for (accept, title) in
        [("de-CH,en;q=0.3", "Diese Seite gibt es nicht"), ("id", "Halaman ini tidak ada")]
    {
        let request = app.request(Method::GET, "nothing").header("accept-language", accept);
        let html = send(request).await.text().await.unwrap();
        assert!(html.contains(title), "{html}");
    }
}

#[tokio::test]
async fn files_are_loaded_once_and_asked_for_by_their_content() {
    let app = Alone::start().await;
    let html = app.get("nothing").await.text().await.unwrap();
    let (_, address) = html.split_once("<link rel=\"stylesheet\" href=\"/authentication/").unwrap();
    let (address, _) = address.split_once('"').unwrap();
    let style = app.get(address).await;
    assert_eq!(style.headers()["content-type"], "text/css; charset=utf-8");
    assert_eq!(style.headers()["cache-control"], "public, max-age=31536000, immutable");
    let tag = style.headers()["etag"].to_str().unwrap().to_owned();
    assert!(address.ends_with(&format!("?v={}", tag.trim_matches('"'))), "{address} {tag}");

    let again = app.request(Method::GET, address).header("if-none-match", &tag);
    let again = send(again).await;
    assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
    assert_eq!(again.headers()["etag"], tag);
    assert!(again.bytes().await.unwrap().is_empty());
    let other = app.request(Method::GET, address).header("if-none-match", "\"other\"");
    assert_eq!(send(other).await.status(), StatusCode::OK);
    for missing in ["static/", "static/no.css", "static/..%2Fconfig.rs", "static/style.css/x"] {
        assert_eq!(app.get(missing).await.status(), StatusCode::NOT_FOUND, "{missing}");
    }
}

#[tokio::test]
async fn the_switch_keeps_the_page_and_nothing_but_the_language() {
    let app = Alone::start().await;
    let answer = app.get("login?login_challenge=a%2Bb&language=de&over=id").await;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    assert_eq!(answer.headers()["location"], "?login_challenge=a%2Bb");
    let cookie = answer.headers()["set-cookie"].to_str().unwrap().to_owned();
    assert!(cookie.starts_with("latchkey_language=de.id; "), "{cookie}");

    let sent = app.request(Method::GET, "nothing").header("cookie", "latchkey_language=de.id");
    let html = send(sent.header("accept-language", "id")).await.text().await.unwrap();
    assert!(html.contains("Diese Seite gibt es nicht"), "{html}");
    assert!(html.contains("value=\"id\"") && !html.contains("value=\"de\""), "{html}");

    let unknown = app.get("login?language=xx&login_challenge=a").await;
    assert_eq!(unknown.headers()["location"], "?login_challenge=a");
    assert!(!unknown.headers().contains_key("set-cookie"));
    // An address that a browser would take for another host's is never what it is sent to.
    let elsewhere = format!("{}//evil.test/?language=de", app.base.replace("/authentication", ""));
    let answer = send(app.http.get(elsewhere)).await;
    assert_eq!(answer.headers()["location"], "?");
}

#[tokio::test]
async fn pages_with_made_up_content_are_shown_on_request_only() {
    let path = "preview/login";
    assert_eq!(Alone::start().await.get(path).await.status(), StatusCode::NOT_FOUND);
    let app = Alone::start_with(&["--preview"]).await;
    assert!(
        app.get("preview").await.text().await.unwrap().contains("/authentication/preview/login")
    );
    assert!(app.get(path).await.text().await.unwrap().contains("id=\"password\""));
    assert_eq!(app.get("preview/no-such").await.status(), StatusCode::NOT_FOUND);
}
