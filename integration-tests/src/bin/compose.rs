//! `cargo xtask compose`: the containers of `docker/compose.yaml`, from their build to their end, as
//! people and operators use them.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "what does not work ends the program, and figures are printed"
)]

use clap::Parser;
use latchkey_integration_tests::{
    ONE, Page, Person, TWO, Visitor,
    compose::{Compose, Container},
    jaeger::{self, Span},
    visitor::Choice,
};
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    net::TcpStream,
    time::{Duration, Instant},
};
use url::Url;

/// What may be reached from this machine, and from no other. All else stays between containers: Hydra's
/// admin API, gRPC, health and metrics.
const PUBLISHED: [(&str, u16); 7] = [
    ("client", 1234),
    ("consent", 8000),
    ("hydra", 4444),
    ("hydra", 5555),
    ("postgresd", 5433),
    ("adminer", 9000),
    ("jaeger", 16686),
];
const INTERNAL: [u16; 8] = [4445, 50051, 50052, 9101, 9102, 9103, 4317, 4318];
const ONE_SHOTS: [&str; 3] = ["demo", "hydra-migrate", "keys"];
const SERVICES: [&str; 4] = ["client", "consent", "identity", "hydra"];
/// How long people may have to wait after something was started again.
const PATIENCE: Duration = Duration::from_mins(1);

/// Runs the containers from their build to their end, and prints their sizes, times and memory
#[derive(Parser)]
struct Options {
    /// Profile of cargo's that the images are built with: release, or quick
    #[arg(long, default_value = "release")]
    profile: String,
}

/// Somebody whom an operator has added.
const ADA: Person =
    Person { subject: "", email: "ada@example.com", password: "a long and unlikely password" };

#[tokio::main]
async fn main() {
    let compose = Compose::new(&Options::parse().profile);
    let timed = |what: &str, line: &str| {
        let began = Instant::now();
        compose.run(line);
        format!("{what} {:.0} s", began.elapsed().as_secs_f64())
    };
    let build = timed("build", "build");
    let start = timed("start of all", "up --wait");

    published(&compose);
    let visitor = sign_in().await;
    trace().await;
    helper(&compose).await;
    add(&compose, ADA);
    let mut ready = BTreeMap::new();
    for (service, container) in compose.containers() {
        if !container.is_one_shot() {
            ready.insert(service.clone(), compose.restart(&container));
            still_signed_in(&visitor, &service).await;
        }
    }
    let figures = figures(&compose, &ready);
    compose.run("down");
    let again = timed("start of all once more", "up --wait");
    still_signed_in(&visitor, "everything").await;
    signed_in(&Visitor::new(), ADA, Choice::default()).await.says(ADA.email);
    sign_out(&compose, &visitor).await;
    print!("\n{figures}\n{build}, {start}, {again}\n");
}

/// As an operator does.
fn add(compose: &Compose, person: Person) {
    let add = format!("user add {} --name Ada --password-stdin", person.email);
    let subject = compose.output(&format!("run --rm -T latchkey {add}"), person.password);
    assert!(!subject.trim().is_empty());
}

fn at(port: u16, path: &str) -> Url {
    Url::parse(&format!("http://localhost:{port}/{path}")).unwrap()
}

/// One-shots have done their work; the others publish what is in the list and nothing else, on loopback.
fn published(compose: &Compose) {
    let containers = compose.containers();
    let one_shots: Vec<_> = containers.values().filter(|it| it.is_one_shot()).collect();
    assert_eq!(one_shots.iter().map(|it| it.service.as_str()).collect::<Vec<_>>(), ONE_SHOTS);
    assert!(one_shots.iter().all(|it| it.exit_code == 0), "{one_shots:?}");

    let found: BTreeSet<_> = containers
        .values()
        .flat_map(|it| it.published().map(|(address, port)| (it.service.as_str(), address, port)))
        .collect();
    let wanted = PUBLISHED.map(|(service, port)| (service, "127.0.0.1".to_owned(), port));
    assert_eq!(found, BTreeSet::from(wanted));

    let answers = |host: &str, port: u16| TcpStream::connect((host, port)).is_ok();
    for port in INTERNAL {
        assert!(!answers("127.0.0.1", port), "{port} can be reached");
    }
    let gateway = compose.gateway("published");
    for (service, port) in PUBLISHED {
        if port != 5555 {
            assert!(answers("127.0.0.1", port), "{service} cannot be reached on {port}");
        }
        assert!(!answers(&gateway, port), "{service} can be reached from other machines");
    }
}

async fn signed_in(visitor: &Visitor, person: Person, choice: Choice<'_>) -> Page {
    visitor.sign_in_at(&at(1234, ""), person, choice).await
}

/// One person grants everything, the other keeps the profile; the next page of neither shows health or
/// metrics.
async fn sign_in() -> Visitor {
    let visitor = Visitor::new();
    signed_in(&visitor, ONE, Choice::default()).await.says(ONE.email);
    let choice = Choice { untick: &["users.read"], ..Choice::default() };
    let page = signed_in(&Visitor::new(), TWO, choice).await;
    assert!(!page.text().contains(TWO.email), "{}", page.text());
    for hidden in
        [at(1234, "metrics"), at(8000, "metrics"), at(8000, "readyz"), at(4444, "admin/clients")]
    {
        assert_eq!(visitor.peek(hidden.clone()).await.status(), 404, "{hidden}");
    }
    visitor
}

/// What the sign-ins left in Jaeger: requests whose traces go through all services, and through Hydra,
/// whose spans come last.
async fn trace() {
    let end = Instant::now() + PATIENCE;
    for name in ["GET /authentication/consent", "GET /callbacks"] {
        loop {
            let traces = traces(name).await;
            if traces.contains(&SERVICES.map(str::to_owned).into()) {
                break;
            }
            assert!(Instant::now() < end, "{name}: {traces:?}");
        }
    }
}

/// The services in each trace of a request with this name.
async fn traces(name: &str) -> Vec<BTreeSet<String>> {
    let spans = jaeger::settled(&at(16686, ""), &SERVICES).await;
    let is_request = |it: &&Span| it.name == name && it.tag("span.kind") == Some("server");
    let requests = spans.iter().filter(is_request);
    let trace = |request: &Span| {
        let trace = spans.iter().filter(|it| it.trace_id == request.trace_id);
        trace.map(|it| it.service.clone()).collect()
    };
    requests.map(trace).collect()
}

/// The article's `token user`, which Hydra v2 has under another name.
async fn helper(compose: &Compose) {
    let app = compose.output(
        "exec -T hydra hydra create oauth2-client --endpoint http://127.0.0.1:4445 --format json \
         --grant-type authorization_code,refresh_token --response-type code --scope openid,offline \
         --token-endpoint-auth-method client_secret_post \
         --redirect-uri http://127.0.0.1:5555/callback",
        "",
    );
    let app: Value = serde_json::from_str(&app).unwrap();
    let of = |name: &str| app.get(name).and_then(Value::as_str).unwrap();
    let mut helper = compose.spawn(&format!(
        "exec -T hydra hydra perform authorization-code --no-open --port 5555 \
         --endpoint http://127.0.0.1:4444 --auth-url http://localhost:4444/oauth2/auth \
         --client-id {} --client-secret {} --scope openid,offline",
        of("client_id"),
        of("client_secret")
    ));
    let start = Url::parse("http://127.0.0.1:5555/perform-flow").unwrap();
    let end = Instant::now() + PATIENCE;
    while reqwest::get(start.join("/").unwrap()).await.is_err() {
        assert!(Instant::now() < end, "the helper does not listen");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let visitor = Visitor::new();
    let mut page = visitor.open(start.clone()).await;
    for _ in 0..2 {
        page = visitor.answer(&page, ONE, Choice::default()).await;
    }
    assert_eq!(page.url.origin(), start.origin(), "{}", page.text());
    page.says("Access Token: ory_at_");
    assert!(helper.wait().unwrap().success(), "the helper ends when it has its tokens");
}

/// The session of before works: what answers an error at first may still be on its way up.
async fn still_signed_in(visitor: &Visitor, restarted: &str) {
    let end = Instant::now() + PATIENCE;
    loop {
        let answer = reqwest::get(at(1234, "")).await;
        let page = match answer {
            Ok(_) => visitor.open(at(1234, "")).await.text(),
            Err(error) => error.to_string(),
        };
        if page.contains(ONE.email) {
            return;
        }
        assert!(Instant::now() < end, "after a restart of {restarted}: {page}");
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

/// Whom an operator signs out is signed out of the app too: Hydra tells it, by an address between containers.
async fn sign_out(compose: &Compose, visitor: &Visitor) {
    let apps = compose.output(&format!("run --rm -T latchkey sign-out {}", ONE.email), "");
    assert!(apps.contains("myclient"), "{apps}");
    let page = visitor.open(at(1234, "")).await;
    assert!(!page.text().contains(ONE.email), "{}", page.text());
}

/// A line for each service: the size of its image, how long it takes to be ready, its memory.
fn figures(compose: &Compose, ready: &BTreeMap<String, Duration>) -> String {
    let memory = compose.memory();
    let line = |(service, container): (String, Container)| {
        let image = compose.inspect(&container.name, "{{.Image}}");
        let bytes: f64 = compose.inspect(&image, "{{.Size}}").parse().unwrap();
        let ready =
            ready.get(&service).map_or("-".to_owned(), |it| format!("{:.1} s", it.as_secs_f64()));
        let memory = memory.get(&container.name).map_or("-", String::as_str);
        format!("{service:<14} {:>8.1} MB {ready:>9} {memory:>11}\n", bytes / 1e6)
    };
    let head = format!("{:<14} {:>11} {:>9} {:>11}\n", "SERVICE", "IMAGE", "READY", "MEMORY");
    head + compose.containers().into_iter().map(line).collect::<String>().as_str()
}
