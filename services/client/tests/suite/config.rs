//! Options: what is wrong is said by name, and no secret is said at all.

use crate::signed::unusable;
use clap::{CommandFactory as _, Parser as _, ValueEnum as _};
use latchkey_client::{Client, ClientAuthentication, Config};

const REQUIRED: [&str; 9] = [
    "latchkey-client",
    "--client-id",
    "myclient",
    "--client-secret",
    "canary-secret",
    "--database-url",
    "mysql://user:canary-password@host/db",
    "--session-key",
    "canary-session-key-of-32-bytes-or-more",
];

fn parsed(options: &[&str]) -> Result<Config, clap::Error> {
    Config::try_parse_from(REQUIRED.iter().chain(options))
}

#[test]
fn the_options_are_well_formed() {
    Config::command().debug_assert();
}

#[test]
fn every_option_has_an_environment_name_and_help() {
    for option in Config::command().get_arguments() {
        assert!(option.get_env().is_some(), "{}", option.get_id());
        assert!(option.get_help().is_some(), "{}", option.get_id());
    }
}

#[test]
fn no_secret_is_printed() {
    let keys = ["--trace-key", "canary-trace", "--second-session-key", "canary-second"];
    let config = parsed(&keys).unwrap();
    assert!(!format!("{config:?}").contains("canary"));
    let secret =
        ["client_secret", "database_url", "session_key", "second_session_key", "trace_key"];
    for option in
        Config::command().get_arguments().filter(|it| secret.contains(&it.get_id().as_str()))
    {
        assert!(option.is_hide_env_values_set(), "{}", option.get_id());
    }
}

#[test]
fn a_wrong_value_is_told_with_its_option_and_what_is_allowed() {
    for (option, value, allowed) in [
        ("--redirect-url", "http://app.example/callbacks", "https://HOST"),
        ("--redirect-url", "https://app.example/elsewhere", "/callbacks"),
        ("--redirect-url", "https://app.example/callbacks?x=y", "without a query"),
        ("--redirect-url", "https://user@app.example/callbacks", "user name"),
        ("--issuer", "localhost:4444", "http or https"),
        ("--issuer", "ftp://localhost", "http or https"),
        ("--scope", "offline users.read", "openid"),
        ("--session-idle", "3s", "1m to 365days"),
        ("--session-lifetime", "never", "expected number"),
        ("--audit-retention", "3s", "1d to 100y"),
    ] {
        let message = parsed(&[option, value]).err().map(|error| error.to_string());
        let message = message.unwrap_or_else(|| panic!("{option} {value} is accepted"));
        for part in [option, value, allowed] {
            assert!(message.contains(part), "{part} is not in: {message}");
        }
    }
}

#[test]
fn an_empty_client_id_is_refused() {
    let refused = Config::try_parse_from(["latchkey-client", "--client-id", ""]).unwrap_err();
    assert!(refused.to_string().contains("--client-id"), "{refused}");
}

#[test]
fn the_redirect_url_may_be_https_or_on_this_machine() {
    for url in [
        "https://app.example/callbacks",
        "http://localhost:1234/callbacks",
        "http://127.0.0.1:1234/callbacks",
        "http://[::1]:1234/callbacks",
    ] {
        assert!(parsed(&["--redirect-url", url]).is_ok(), "{url}");
    }
}

#[tokio::test]
async fn a_start_that_fails_says_why_without_a_secret() {
    let mut without_secret = parsed(&[]).unwrap();
    without_secret.client_secret = None;
    let mut short_key = parsed(&[]).unwrap();
    short_key.session_key = Some("canary".into());
    let mut short_trace = parsed(&[]).unwrap();
    short_trace.trace_key = Some("canary".into());
    let mut short_second = parsed(&[]).unwrap();
    short_second.second_session_key = Some("canary".into());
    for (config, option) in [
        (short_second, "--second-session-key"),
        (without_secret, "--client-secret"),
        (short_key, "--session-key"),
        (short_trace, "--trace-key"),
        (parsed(&[]).unwrap(), "--database-url"),
    ] {
        let message = format!("{:#}", Client::start(config).await.unwrap_err());
        assert!(message.contains(option) && !message.contains("canary"), "{message}");
    }
}

#[tokio::test]
async fn a_proof_that_cannot_be_used_is_told_with_what_to_do() {
    let with = |secret: bool, file: Option<&str>, method: Option<&str>| {
        let mut config = parsed(&[]).unwrap();
        config.client_secret = config.client_secret.filter(|_| secret);
        config.client_key_file = file.map(Into::into);
        let method = method.map(|name| ClientAuthentication::from_str(name, false).unwrap());
        config.client_authentication = method;
        config
    };
    let mut table = vec![
        (with(true, Some("key.pem"), None), "keep one of them"),
        (with(false, Some("key.pem"), Some("client_secret_basic")), "leave the one or the other"),
        (with(true, None, Some("private_key_jwt")), "openssl genpkey"),
        (with(false, Some("absent.pem"), None), "--client-key-file absent.pem: No such file"),
    ];
    let folder = tempfile::tempdir().unwrap();
    for (number, (text, words)) in unusable().into_iter().enumerate() {
        let file = folder.path().join(format!("{number}.pem"));
        std::fs::write(&file, text).unwrap();
        table.push((with(false, file.to_str(), None), words));
    }
    for (config, words) in table {
        let message = format!("{:#}", Client::start(config).await.unwrap_err());
        assert!(message.starts_with("--client-") && message.contains(words), "{message}");
        assert!(!message.contains("canary"), "{message}");
    }
}

#[tokio::test]
async fn the_catalogue_is_served_on_loopback_only() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = parsed(&["--grpc-listen", "0.0.0.0:0", "--listen", "127.0.0.1:0"]).unwrap();
    let file = folder.path().join("client.sqlite");
    config.database_url = Some(format!("sqlite:{}", file.display()).into());
    let message = format!("{:#}", Client::start(config).await.unwrap_err());
    assert!(message.contains("--grpc-listen 0.0.0.0:0"), "{message}");
}
