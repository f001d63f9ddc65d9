//! How much consent costs, beside Ory's reference app on the same Hydra and PostgreSQL in the same run.
//! `cargo xtask bench consent` runs it, `docs/benchmarks.md` says how to read it.

#![expect(
    clippy::cast_precision_loss,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark that cannot go on has failed, and prints what it measures"
)]

mod app;
mod sign_in;
mod table;

use app::App;
use database::scratch::Engine;
use latchkey::{certificates::Holder, stack::Component};
use latchkey_integration_tests::{Suite, programs::root};
use latchkey_proto::identity::v1::{CreateUserRequest, user_service_client::UserServiceClient};
use sign_in::Browser;
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};
use table::Table;
use tokio::task::JoinSet;
use url::Url;

/// Each figure is measured in turn with its peers, so often.
const ROUNDS: usize = 3;
/// For how long rates are measured.
const TIME: Duration = Duration::from_secs(4);
/// Sign-ins one after the other, whose time of the processor is measured.
const SIGN_INS: usize = 100;
/// Sign-ins at once, and people whom they are shared by.
const AT_ONCE: usize = 8;
/// Readers of pages at once.
const READERS: usize = 16;
const PASSWORD: &str = "correct horse battery staple";

#[tokio::main]
async fn main() {
    let suite = Suite::start(Engine::Postgres).await;
    add_people(&suite).await;
    suite.kill(Component::Consent).await;
    let ours = App::ours(&suite).await;
    let peer = App::reference(&suite, root()).await;
    let mut table = Table::new();
    tokio::time::sleep(Duration::from_secs(1)).await;
    table.tell("memory at rest of the reference app, MiB", peer.memory());
    table.at_most("memory at rest, MiB", ours.memory(), 15.0);

    let browser = Browser::new(suite.addresses());
    costs(&mut table, &browser, &ours, &peer).await;
    pages(&mut table, &browser, &ours, &peer, &suite).await;
    rates(&mut table, &browser, &ours, &peer).await;
    table.tell("memory after all that of the reference app, MiB", peer.memory());
    table.tell("memory after all that, MiB", ours.memory());
    println!();
    table.print();
}

async fn add_people(suite: &Suite) {
    let at = suite.addresses();
    let channel = at.channel(&at.identity, Some(Holder::Operator)).await;
    for number in 0..AT_ONCE {
        let request = CreateUserRequest {
            email: email(number),
            display_name: "Somebody".to_owned(),
            password: PASSWORD.to_owned(),
            ..CreateUserRequest::default()
        };
        UserServiceClient::new(channel.clone()).create_user(request).await.unwrap();
    }
}

fn email(number: usize) -> String {
    format!("person{number}@example.com")
}

/// What the processor does for a whole sign-in.
async fn costs(table: &mut Table, browser: &Browser, ours: &App, peer: &App) {
    let mut spent = [Duration::ZERO; 2];
    for round in 0..=ROUNDS {
        for (app, spent) in [ours, peer].into_iter().zip(&mut spent) {
            let before = app.cpu();
            for number in 0..SIGN_INS {
                browser.sign_in(app, &email(number % AT_ONCE), PASSWORD).await;
            }
            // The first round warms up what is compiled and connected when it is needed.
            *spent += if round == 0 { Duration::ZERO } else { app.cpu().saturating_sub(before) };
        }
    }
    let each = spent.map(|spent| spent.as_secs_f64() * 1e3 / (ROUNDS * SIGN_INS) as f64);
    table.tell("processor time of the reference app for a sign-in, ms", each[1]);
    table.tell("processor time for a sign-in, ms", each[0]);
    table.at_most("processor time / reference app", each[0] / each[1], 0.1);
}

/// Login pages, beside what Hydra says of the same challenge.
async fn pages(table: &mut Table, browser: &Browser, ours: &App, peer: &App, suite: &Suite) {
    let challenge = browser.login_challenge().await;
    let mut bare = suite.addresses().hydra_admin.join("admin/oauth2/auth/requests/login").unwrap();
    bare.query_pairs_mut().append_pair("login_challenge", &challenge);
    let addresses = [ours.login_page(&challenge), peer.login_page(&challenge), bare];
    let mut rates = [0.0; 3];
    for _ in 0..ROUNDS {
        for (address, rate) in addresses.iter().zip(&mut rates) {
            *rate += read(browser, address).await / ROUNDS as f64;
        }
    }
    let [ours, peer, bare] = rates;
    table.tell("Hydra's login requests /s", bare);
    table.tell("login pages of the reference app /s", peer);
    table.tell("login pages /s", ours);
    table.at_least("login pages / reference app", ours / peer, 3.0);
    table.at_least("login pages / Hydra's login requests", ours / bare, 0.7);
}

/// How often an address can be read in a second.
async fn read(browser: &Browser, address: &Url) -> f64 {
    let (browser, address) = (browser.clone(), address.clone());
    let read = move |_| {
        let (browser, address) = (browser.clone(), address.clone());
        async move { browser.read(&address).await }
    };
    repeat(READERS, read).await
}

/// Whole sign-ins at once. Ours hash a password, the reference app's compare two words.
async fn rates(table: &mut Table, browser: &Browser, ours: &App, peer: &App) {
    let mut rates = [0.0; 2];
    for _ in 0..ROUNDS {
        for (app, rate) in [ours, peer].into_iter().zip(&mut rates) {
            let (browser, app) = (browser.clone(), app.clone());
            let sign_in = move |number| {
                let (browser, app) = (browser.clone(), app.clone());
                async move { browser.sign_in(&app, &email(number), PASSWORD).await }
            };
            *rate += repeat(AT_ONCE, sign_in).await / ROUNDS as f64;
        }
    }
    let [ours, peer] = rates;
    table.tell("sign-ins with the reference app /s", peer);
    table.tell("sign-ins /s, a password hash in each", ours);
    table.at_least("sign-ins / reference app", ours / peer, 1.0);
}

/// How often something is done in a second by so many at once.
async fn repeat<F>(at_once: usize, act: impl Fn(usize) -> F + Clone + Send + 'static) -> f64
where
    F: Future<Output = ()> + Send,
{
    let (count, began) = (Arc::new(AtomicUsize::new(0)), Instant::now());
    let mut tasks = JoinSet::new();
    for number in 0..at_once {
        let (act, count) = (act.clone(), count.clone());
        tasks.spawn(async move {
            while began.elapsed() < TIME {
                act(number).await;
                count.fetch_add(1, Relaxed);
            }
        });
    }
    while let Some(ended) = tasks.join_next().await {
        ended.unwrap();
    }
    count.load(Relaxed) as f64 / began.elapsed().as_secs_f64()
}
