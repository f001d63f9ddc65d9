//! Every option of the consent app.

use crate::remembering::Lifetime;
use secrecy::SecretString;
use std::{net::SocketAddr, path::PathBuf};
use url::Url;

/// The login, consent and logout pages in front of Ory Hydra.
#[derive(Debug, Clone, clap::Parser)]
#[command(name = "latchkey-consent", version = chassis::VERSION)]
pub struct Config {
    /// Where browsers are served
    #[arg(long, env = "LATCHKEY_LISTEN", default_value = "127.0.0.1:8000", value_name = "ADDRESS")]
    pub listen: SocketAddr,

    /// Where /livez, /readyz and /metrics are served; never make it public
    #[arg(
        long,
        env = "LATCHKEY_INTERNAL_LISTEN",
        default_value = "127.0.0.1:9102",
        value_name = "ADDRESS"
    )]
    pub internal_listen: SocketAddr,

    /// The address that browsers know this app by: https, or http on a loopback host
    #[arg(long, env = "LATCHKEY_PUBLIC_URL", default_value = "http://localhost:8000",
          value_name = "URL", value_parser = chassis::browser::address)]
    pub public_url: Url,

    /// Hydra's admin API; never make it public
    #[arg(
        long,
        env = "LATCHKEY_HYDRA_ADMIN_URL",
        default_value = "http://127.0.0.1:4445",
        value_name = "URL",
        value_parser = chassis::upstream::origin
    )]
    pub hydra_admin_url: Url,

    /// The address that browsers know Hydra by
    #[arg(
        long,
        env = "LATCHKEY_HYDRA_PUBLIC_URL",
        default_value = "http://localhost:4444",
        value_name = "URL",
        value_parser = chassis::upstream::origin
    )]
    pub hydra_public_url: Url,

    /// Scheme, host and port to reach Hydra's public API at from here, where browsers' address cannot
    /// be [default: the one of browsers]
    #[arg(long, env = "LATCHKEY_HYDRA_BACKCHANNEL_URL", value_name = "URL",
          value_parser = chassis::upstream::origin)]
    pub hydra_backchannel_url: Option<Url>,

    /// The identity service, gRPC: https, or http on loopback. All addresses of its host are called in
    /// turn; may be given several times
    #[arg(
        long,
        env = "LATCHKEY_IDENTITY_URL",
        default_value = "http://127.0.0.1:50051",
        value_name = "URL",
        value_delimiter = ',',
        value_parser = chassis::upstream::origin
    )]
    pub identity_url: Vec<Url>,

    /// The client service with the scope catalogue, gRPC: like --identity-url
    #[arg(
        long,
        env = "LATCHKEY_CLIENT_URL",
        default_value = "http://127.0.0.1:50052",
        value_name = "URL",
        value_delimiter = ',',
        value_parser = chassis::upstream::origin
    )]
    pub client_url: Vec<Url>,

    /// What services that we call are shown.
    #[command(flatten)]
    pub certificate: chassis::tls::Certificate,

    /// PEM file with the authorities that services are believed to be vouched for by; with it they are
    /// called over https. It is read again when it changes
    #[arg(long, env = "LATCHKEY_TLS_CA_FILE", value_name = "FILE")]
    pub tls_ca_file: Option<PathBuf>,

    /// How long a remembered login lasts that is not used, and a remembered consent: a duration of at
    /// least 1s, or the word forever
    #[arg(long, env = "LATCHKEY_REMEMBER_FOR", default_value = "30d", value_name = "DURATION")]
    pub remember_for: Lifetime,

    /// How long a remembered login lasts at most, however often it is used; or the word forever
    #[arg(long, env = "LATCHKEY_REMEMBER_AT_MOST", default_value = "90d", value_name = "DURATION")]
    pub remember_at_most: Lifetime,

    /// Origin that apps' logos may be loaded from; may be given several times. No other logo is shown
    #[arg(long, env = "LATCHKEY_LOGO_ORIGIN", value_name = "URL", value_delimiter = ',',
          value_parser = chassis::browser::address)]
    pub logo_origin: Vec<Url>,

    /// Folder whose templates/, static/, locales/ and brand.toml stand in for ours
    #[arg(long, env = "LATCHKEY_THEME", value_name = "DIR")]
    pub theme: Option<PathBuf>,

    /// Show every page with made-up content at /authentication/preview, for whoever makes a theme
    #[arg(long, env = "LATCHKEY_PREVIEW")]
    pub preview: bool,

    /// Key that seals what browsers keep, at least 32 bytes; the same on all replicas
    #[arg(long, env = "LATCHKEY_COOKIE_KEY", hide_env_values = true, value_name = "KEY",
          value_parser = chassis::secret::parse)]
    pub cookie_key: Option<SecretString>,

    /// File that holds the cookie key
    #[arg(long, env = "LATCHKEY_COOKIE_KEY_FILE", value_name = "FILE")]
    pub cookie_key_file: Option<PathBuf>,

    /// Another cookie key, which opens but does not seal: the one before, or the one to come
    #[arg(long, env = "LATCHKEY_SECOND_COOKIE_KEY", hide_env_values = true, value_name = "KEY",
          value_parser = chassis::secret::parse)]
    pub second_cookie_key: Option<SecretString>,

    /// File that holds the other cookie key
    #[arg(long, env = "LATCHKEY_SECOND_COOKIE_KEY_FILE", value_name = "FILE")]
    pub second_cookie_key_file: Option<PathBuf>,

    /// Key shared with the client service, at least 32 bytes: ties the traces of one sign-in together
    #[arg(long, env = "LATCHKEY_TRACE_KEY", hide_env_values = true, value_name = "KEY",
          value_parser = chassis::secret::parse)]
    pub trace_key: Option<SecretString>,

    /// File that holds the trace key
    #[arg(long, env = "LATCHKEY_TRACE_KEY_FILE", value_name = "FILE")]
    pub trace_key_file: Option<PathBuf>,

    /// Key that Hydra shows when it asks whether a token may be given (`oauth2.token_hook`) or tells
    /// that a login has ended (`urls.identity_provider`), at least 32 bytes. Without it neither is
    /// served
    #[arg(long, env = "LATCHKEY_HOOK_KEY", hide_env_values = true, value_name = "KEY",
          value_parser = chassis::secret::parse)]
    pub hook_key: Option<SecretString>,

    /// File that holds the hook key
    #[arg(long, env = "LATCHKEY_HOOK_KEY_FILE", value_name = "FILE")]
    pub hook_key_file: Option<PathBuf>,

    /// Whether Hydra may give tokens while identity cannot say that the person may still have them
    #[arg(
        long,
        env = "LATCHKEY_TOKEN_HOOK_WHEN_DOWN",
        default_value = "refuse",
        value_name = "DECISION"
    )]
    pub token_hook_when_down: WhenDown,

    /// Proxies in front.
    #[command(flatten)]
    pub proxies: chassis::proxies::Proxies,

    /// What every service has.
    #[command(flatten)]
    pub process: chassis::process::Options,
}

/// What is decided without an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum WhenDown {
    /// Nobody gets tokens.
    Refuse,
    /// Everybody gets them, with the claims of the sign-in.
    Allow,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::{CommandFactory as _, Parser as _};

    #[test]
    fn every_option_has_help_and_an_environment_name() {
        let command = Config::command();
        command.clone().debug_assert();
        for option in command.get_arguments().filter(|option| option.get_long().is_some()) {
            assert!(option.get_help().is_some(), "--{}", option.get_id());
            assert!(option.get_env().is_some(), "--{}", option.get_id());
        }
    }

    #[test]
    fn a_wrong_value_names_the_option_the_value_and_what_is_allowed() {
        let wrong = [
            ("--public-url", "http://sso.example.com", "https"),
            ("--public-url", "nonsense", "URL"),
            ("--hydra-admin-url", "localhost:4445", "http://localhost:4445"),
            ("--identity-url", "https://identity:50051/v1", "host and port alone"),
            ("--remember-for", "0s", "at least 1s"),
            ("--remember-for", "soon", "30d"),
            ("--token-hook-when-down", "perhaps", "refuse"),
            ("--remember-at-most", "0", "forever"),
            ("--logo-origin", "http://logos.example.com", "https"),
            ("--listen", "8000", "socket address"),
            ("--trusted-proxy", "everybody", "10.0.0.0/8"),
        ];
        for (option, value, allowed) in wrong {
            let error = Config::try_parse_from(["consent", option, value]).unwrap_err().to_string();
            for part in [option, value, allowed] {
                assert!(error.contains(part), "{part} in: {error}");
            }
        }
    }

    #[test]
    fn no_secret_in_a_debug_print() {
        let key = "a-key-that-nobody-may-ever-read!";
        let mut args = vec!["consent"];
        for option in ["--cookie-key", "--second-cookie-key", "--trace-key", "--hook-key"] {
            args.extend([option, key]);
        }
        assert!(!format!("{:?}", Config::try_parse_from(args).unwrap()).contains(key));
    }
}
