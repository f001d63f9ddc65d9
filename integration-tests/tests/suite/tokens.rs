//! The protected resource: which tokens it serves, and what they show.

use database::{both_databases, scratch::Engine};
use hydra_admin::{Client, HydraAdmin};
use latchkey_integration_tests::{
    Addresses, ONE, Page, Person, Suite, TWO, Visitor, suite::Options, visitor::Choice,
};
use latchkey_proto::identity::v1::{
    GetProfileRequest, GetProfileResponse, profile_service_client::ProfileServiceClient,
};
use serde_json::{Value, json};
use std::{
    collections::HashMap,
    time::{Duration, Instant},
};
use tonic::{Code, Request, Status};
use url::Url;

const VERIFIER: &str = "a-verifier-that-is-long-enough-for-rfc-7636-to-take-it";
/// BASE64URL(SHA256(VERIFIER)), RFC 7636, section 4.2.
const CHALLENGE: &str = "f41ZEFrA-I-FIzZXmKQEidpwOu2pSoAP7DrR3-PzMXY";

both_databases! {
    a_token_with_users_read_gets_the_profile,
    a_token_without_users_read_gets_none,
    a_revoked_token_stops_working,
    only_a_person_s_access_token_is_served,
}

/// An app of the test's own, which can see its tokens.
pub(crate) struct App {
    pub(crate) client: Client,
    hydra: Url,
}

impl App {
    pub(crate) async fn register(at: &Addresses, id: &str, grants: &[&str]) -> Self {
        Self::like(at, id, grants, Client::default()).await
    }

    pub(crate) async fn for_scope(at: &Addresses, id: &str, grants: &[&str], scope: &str) -> Self {
        Self::like(at, id, grants, Client { scope: scope.to_owned(), ..Client::default() }).await
    }

    /// An app with more properties than most.
    pub(crate) async fn like(at: &Addresses, id: &str, grants: &[&str], more: Client) -> Self {
        let strings = |all: &[&str]| all.iter().map(ToString::to_string).collect::<Vec<_>>();
        let usual = "openid offline users.read";
        let client = Client {
            scope: if more.scope.is_empty() { usual.to_owned() } else { more.scope.clone() },
            client_id: id.to_owned(),
            client_name: id.to_owned(),
            client_secret: Some("a-secret-of-the-test".to_owned()),
            redirect_uris: strings(&["http://127.0.0.1/seen"]),
            grant_types: strings(grants),
            response_types: strings(&["code"]),
            token_endpoint_auth_method: "client_secret_post".to_owned(),
            ..more
        };
        let hydra =
            HydraAdmin::new(at.hydra_admin.clone(), at.hydra.clone(), Duration::from_secs(5));
        let hydra = hydra.unwrap();
        // Tests share a Hydra, and some of them an app.
        match hydra.create_client(&client).await {
            Err(hydra_admin::Error::Taken) => hydra.replace_client(&client).await,
            created => created,
        }
        .unwrap();
        Self { client, hydra: at.hydra.clone() }
    }

    /// Signs somebody in and exchanges the code.
    pub(crate) async fn tokens(&self, choice: Choice<'_>) -> Value {
        let seen = self.sign_in(&Visitor::new(), ONE, choice, &[]).await;
        self.exchange(&seen).await
    }

    /// Signs somebody in, and stops where the app would be told.
    pub(crate) async fn sign_in(
        &self,
        visitor: &Visitor,
        person: Person,
        choice: Choice<'_>,
        more: &[(&str, &str)],
    ) -> Page {
        let visitor = visitor.stopping_at("/seen");
        let mut page = visitor.open(self.start(more)).await;
        while page.url.path() != "/seen" {
            page = visitor.answer(&page, person, choice).await;
        }
        page
    }

    /// Where a sign-in begins.
    pub(crate) fn start(&self, more: &[(&str, &str)]) -> Url {
        let mut url = self.hydra.join("oauth2/auth").unwrap();
        url.query_pairs_mut()
            .extend_pairs([
                ("client_id", self.client.client_id.as_str()),
                ("response_type", "code"),
                ("redirect_uri", "http://127.0.0.1/seen"),
                ("state", "a-state-of-the-test"),
                ("code_challenge", CHALLENGE),
                ("code_challenge_method", "S256"),
            ])
            .extend_pairs(more);
        if more.iter().all(|(name, _)| *name != "scope") {
            url.query_pairs_mut().append_pair("scope", &self.client.scope);
        }
        url
    }

    /// The tokens for the code that the app was told.
    pub(crate) async fn exchange(&self, seen: &Page) -> Value {
        let code = seen.url.query_pairs().find(|(name, _)| name == "code").unwrap().1.into_owned();
        self.token(&[
            ("grant_type", "authorization_code"),
            ("code", &code),
            ("redirect_uri", "http://127.0.0.1/seen"),
            ("code_verifier", VERIFIER),
        ])
        .await
    }

    /// New tokens for a refresh token, or why there are none.
    pub(crate) async fn refresh(&self, tokens: &Value) -> Value {
        let token = tokens["refresh_token"].as_str().unwrap_or_else(|| panic!("{tokens}"));
        self.token(&[("grant_type", "refresh_token"), ("refresh_token", token)]).await
    }

    pub(crate) async fn token(&self, form: &[(&str, &str)]) -> Value {
        self.post("oauth2/token", form).await.json().await.unwrap()
    }

    #[expect(clippy::disallowed_methods, reason = "an app of somebody else's")]
    pub(crate) async fn post(&self, path: &str, form: &[(&str, &str)]) -> reqwest::Response {
        let secret = self.client.client_secret.clone().unwrap();
        let mut form = form.to_vec();
        form.extend([("client_id", self.client.client_id.as_str()), ("client_secret", &secret)]);
        let http = reqwest::Client::builder().build().unwrap();
        http.post(self.hydra.join(path).unwrap()).form(&form).send().await.unwrap()
    }
}

pub(crate) async fn profile(at: &Addresses, tokens: &[&str]) -> Result<GetProfileResponse, Status> {
    let mut client = ProfileServiceClient::new(at.channel(&at.identity, None).await);
    let mut request = Request::new(GetProfileRequest {});
    for token in tokens {
        request.metadata_mut().append("authorization", token.parse().unwrap());
    }
    client.get_profile(request).await.map(tonic::Response::into_inner)
}

pub(crate) fn bearer(tokens: &Value, name: &str) -> String {
    format!("Bearer {}", tokens[name].as_str().unwrap_or_else(|| panic!("{name} in {tokens}")))
}

async fn a_token_with_users_read_gets_the_profile(engine: Engine) {
    let at = Suite::shared(engine).await;
    let app = App::register(at, "reader", &["authorization_code", "refresh_token"]).await;
    let tokens = app.tokens(Choice::default()).await;
    let mut profile = profile(at, &[&bearer(&tokens, "access_token")]).await.unwrap();
    profile.granted_scopes.sort();
    assert_eq!((profile.subject.as_str(), profile.email.as_str()), (ONE.subject, ONE.email));
    assert_eq!(profile.granted_scopes, ["offline", "openid", "users.read"]);
}

async fn a_token_without_users_read_gets_none(engine: Engine) {
    let at = Suite::shared(engine).await;
    let app = App::register(at, "reader", &["authorization_code", "refresh_token"]).await;
    let untick = &["users.read"];
    let tokens = app.tokens(Choice { untick, ..Choice::default() }).await;
    let refused = profile(at, &[&bearer(&tokens, "access_token")]).await.unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied, "{refused}");
    assert!(refused.message().contains("users.read"), "{refused}");
}

async fn a_revoked_token_stops_working(engine: Engine) {
    let at = Suite::shared(engine).await;
    let app = App::register(at, "revoker", &["authorization_code", "refresh_token"]).await;
    let tokens = app.tokens(Choice::default()).await;
    let access = bearer(&tokens, "access_token");
    profile(at, &[&access]).await.unwrap();
    let revoked =
        app.post("oauth2/revoke", &[("token", access.trim_start_matches("Bearer "))]).await;
    assert!(revoked.status().is_success());
    // It was found good a moment ago, and identity remembers that for `--token-cache`.
    let limit = Instant::now() + Duration::from_mins(1);
    while let Ok(profile) = profile(at, &[&access]).await {
        assert!(Instant::now() < limit, "{} is served for ever", profile.subject);
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
    assert_eq!(profile(at, &[&access]).await.unwrap_err().code(), Code::Unauthenticated);
}

async fn only_a_person_s_access_token_is_served(engine: Engine) {
    let at = Suite::shared(engine).await;
    let app = App::register(at, "reader", &["authorization_code", "refresh_token"]).await;
    let tokens = app.tokens(Choice::default()).await;
    let access = bearer(&tokens, "access_token");
    // An app whose id is the id of a person: its own token says `sub` = "1".
    let machine = App::register(at, ONE.subject, &["client_credentials"]).await;
    let machine =
        machine.token(&[("grant_type", "client_credentials"), ("scope", "users.read")]).await;

    let refresh = bearer(&tokens, "refresh_token");
    let id_token = bearer(&tokens, "id_token");
    let of_the_machine = bearer(&machine, "access_token");
    let bare = access.trim_start_matches("Bearer ").to_owned();
    let refused: [(&[&str], Code); 8] = [
        (&[], Code::Unauthenticated),
        (&["Bearer garbage"], Code::Unauthenticated),
        (&["Bearer "], Code::Unauthenticated),
        (&[&bare], Code::Unauthenticated),
        (&[&refresh], Code::Unauthenticated),
        (&[&id_token], Code::Unauthenticated),
        (&[&of_the_machine], Code::PermissionDenied),
        (&[&access, &access], Code::Unauthenticated),
    ];
    for (tokens, code) in refused {
        let status = profile(at, tokens).await.unwrap_err();
        assert_eq!(status.code(), code, "{status}");
        for token in tokens {
            assert!(token.len() < 12 || !status.message().contains(token));
        }
    }
}

/// A person whose subject is the id of an app signs in to every app but that one.
#[tokio::test]
async fn nobody_gets_tokens_that_would_pass_for_the_apps_own() {
    let at = Suite::shared(Engine::Sqlite).await;
    let app = App::register(at, TWO.subject, &["authorization_code", "refresh_token"]).await;
    let seen = app.sign_in(&Visitor::new(), TWO, Choice::default(), &[]).await;
    let told: HashMap<_, _> = seen.url.query_pairs().into_owned().collect();
    assert_eq!(told["error"], "access_denied", "{told:?}");
    assert!(!told.contains_key("code"), "{told:?}");
    let seen = app.sign_in(&Visitor::new(), ONE, Choice::default(), &[]).await;
    assert!(app.exchange(&seen).await["access_token"].is_string());
}

/// The app refreshes before its access token ends, and people notice nothing.
#[tokio::test]
async fn a_session_outlives_its_access_token() {
    let short = Options::default().hydra(json!({ "ttl": { "access_token": "4s" } }));
    let suite = Suite::start_with(Engine::Sqlite, short).await;
    let at = suite.addresses();
    let visitor = Visitor::new();
    visitor.sign_in(at, ONE, Choice::default()).await.says(ONE.email);
    for _ in 0..2 {
        tokio::time::sleep(Duration::from_millis(4500)).await;
        visitor.open(at.client.clone()).await.says(ONE.email);
    }
    let together = (0..8).map(|_| {
        let (visitor, home) = (visitor.clone(), at.client.clone());
        async move { visitor.open(home).await.says(ONE.email) }
    });
    tokio::time::sleep(Duration::from_millis(4500)).await;
    futures_util::future::join_all(together).await;
}
