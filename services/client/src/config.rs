//! The service's options: each is in `--help`, with its environment name and default.

mod secrets;

pub(crate) use secrets::Secrets;

use chassis::duration::within;
use secrecy::SecretString;
use std::{net::SocketAddr, path::PathBuf, time::Duration};
use url::Url;

/// Where the provider sends browsers back to, on this app's origin.
pub(crate) const CALLBACK_PATH: &str = "/callbacks";

/// The relying party, the registry of apps and the scope catalogue.
#[derive(Debug, Clone, clap::Parser)]
#[command(name = "latchkey-client", version = chassis::VERSION, about)]
pub struct Config {
    /// Address that serves the app to browsers
    #[arg(long, env = "LATCHKEY_LISTEN", default_value = "127.0.0.1:1234")]
    pub listen: SocketAddr,

    /// Address that serves the registry over gRPC. Without --tls-cert-file a loopback address,
    /// and any process on the machine may call
    #[arg(long, env = "LATCHKEY_GRPC_LISTEN", default_value = "127.0.0.1:50052")]
    pub grpc_listen: SocketAddr,

    /// Address of /livez, /readyz and /metrics; never public
    #[arg(long, env = "LATCHKEY_INTERNAL_LISTEN", default_value = "127.0.0.1:9103")]
    pub internal_listen: SocketAddr,

    /// Where Hydra sends browsers back to: https, or http on a loopback host
    #[arg(long, env = "REDIRECT_URL", default_value = "http://localhost:1234/callbacks",
          value_name = "URL", value_parser = redirect_url)]
    pub redirect_url: Url,

    /// This app's id at Hydra
    #[arg(long, env = "CLIENT_ID", value_name = "ID", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    pub client_id: String,

    /// What this app is called on its pages
    #[arg(long, env = "LATCHKEY_CLIENT_NAME", value_name = "NAME", default_value = "MyApp",
          value_parser = clap::builder::NonEmptyStringValueParser::new())]
    pub client_name: String,

    /// This app's secret at Hydra
    #[arg(long, env = "CLIENT_SECRET", value_name = "SECRET", hide_env_values = true,
          value_parser = chassis::secret::parse)]
    pub client_secret: Option<SecretString>,

    /// File that holds the client secret
    #[arg(long, env = "CLIENT_SECRET_FILE", value_name = "FILE")]
    pub client_secret_file: Option<PathBuf>,

    /// PEM file that holds this app's private key (PKCS#8), RSA or elliptic on P-256. With it requests to
    /// Hydra are signed, and there is no secret; the key set to register is at /.well-known/jwks.json. It
    /// is read again when it changes; of several keys the first signs, and all are in the key set
    #[arg(long, env = "CLIENT_KEY_FILE", value_name = "FILE")]
    pub client_key_file: Option<PathBuf>,

    /// How this app proves itself to Hydra, as it is registered there
    /// [default: `private_key_jwt` with a key file, else `client_secret_post`]
    #[arg(long, env = "LATCHKEY_CLIENT_AUTHENTICATION", value_enum)]
    pub client_authentication: Option<ClientAuthentication>,

    /// How long ago people may have signed in at Hydra when they sign in here; who did longer ago is
    /// asked again [default: as long as Hydra remembers them]
    #[arg(long, env = "LATCHKEY_MAX_AGE", value_name = "DURATION", value_parser = humantime::parse_duration)]
    pub max_age: Option<Duration>,

    /// Scopes to ask for, separated by spaces; `openid` is one of them
    #[arg(long, env = "LATCHKEY_SCOPE", value_parser = scope,
          default_value = "openid offline users.read users.write users.edit users.delete")]
    pub scope: String,

    /// Hydra's issuer: the address that browsers know it by
    #[arg(long, env = "LATCHKEY_ISSUER", default_value = "http://localhost:4444",
          value_name = "URL", value_parser = web_url)]
    pub issuer: Url,

    /// Scheme, host and port to reach Hydra's public API at from here, where the issuer's cannot be
    /// [default: the issuer's]
    #[arg(long, env = "LATCHKEY_ISSUER_BACKCHANNEL_URL", value_name = "URL",
          value_parser = chassis::upstream::origin)]
    pub issuer_backchannel_url: Option<Url>,

    /// Hydra's admin API, where apps are registered and people signed out, and which says whose access
    /// tokens gRPC callers bring; never make it public
    #[arg(long, env = "LATCHKEY_HYDRA_ADMIN_URL", default_value = "http://127.0.0.1:4445",
          value_name = "URL", value_parser = chassis::upstream::origin)]
    pub hydra_admin_url: Url,

    /// The identity service, for the protected resource and whom to sign out: https, or http on loopback
    #[arg(long, env = "LATCHKEY_IDENTITY_URL", default_value = "http://127.0.0.1:50051",
          value_name = "URL", value_delimiter = ',', value_parser = chassis::upstream::origin)]
    pub identity_url: Vec<Url>,

    /// Where sessions are kept: `sqlite:FILE` or `postgres://USER@HOST/NAME`
    #[arg(long, env = "LATCHKEY_DATABASE_URL", value_name = "URL", hide_env_values = true,
          value_parser = chassis::secret::parse)]
    pub database_url: Option<SecretString>,

    /// File that holds the database URL
    #[arg(long, env = "LATCHKEY_DATABASE_URL_FILE", value_name = "FILE")]
    pub database_url_file: Option<PathBuf>,

    /// Bring the database's schema up to date, and end: for whoever does that before the first
    /// replica of a new release starts. Without it each replica does it when it starts
    #[arg(long, env = "LATCHKEY_MIGRATE_ONLY")]
    pub migrate_only: bool,

    /// Key that seals the tokens of sessions, at least 32 bytes; the same on every replica
    #[arg(long, env = "LATCHKEY_SESSION_KEY", value_name = "KEY", hide_env_values = true,
          value_parser = chassis::secret::parse)]
    pub session_key: Option<SecretString>,

    /// File that holds the session key
    #[arg(long, env = "LATCHKEY_SESSION_KEY_FILE", value_name = "FILE")]
    pub session_key_file: Option<PathBuf>,

    /// Another session key, which opens but does not seal: the one before, or the one to come
    #[arg(long, env = "LATCHKEY_SECOND_SESSION_KEY", value_name = "KEY", hide_env_values = true,
          value_parser = chassis::secret::parse)]
    pub second_session_key: Option<SecretString>,

    /// File that holds the other session key
    #[arg(long, env = "LATCHKEY_SECOND_SESSION_KEY_FILE", value_name = "FILE")]
    pub second_session_key_file: Option<PathBuf>,

    /// Key that ties the traces of one sign-in together; the same as the consent service's
    #[arg(long, env = "LATCHKEY_TRACE_KEY", value_name = "KEY", hide_env_values = true,
          value_parser = chassis::secret::parse)]
    pub trace_key: Option<SecretString>,

    /// File that holds the trace key
    #[arg(long, env = "LATCHKEY_TRACE_KEY_FILE", value_name = "FILE")]
    pub trace_key_file: Option<PathBuf>,

    /// A session ends when it was not used for this long
    #[arg(long, env = "LATCHKEY_SESSION_IDLE", default_value = "12h", value_name = "DURATION",
          value_parser = session_time)]
    pub session_idle: Duration,

    /// A session ends this long after the sign-in, used or not
    #[arg(long, env = "LATCHKEY_SESSION_LIFETIME", default_value = "24h", value_name = "DURATION",
          value_parser = session_time)]
    pub session_lifetime: Duration,

    /// What gRPC callers and services that we call are shown.
    #[command(flatten)]
    pub certificate: chassis::tls::Certificate,

    /// PEM file with the authorities that services are believed to be vouched for by; with it they are
    /// called over https. It is read again when it changes
    #[arg(long, env = "LATCHKEY_TLS_CA_FILE", value_name = "FILE")]
    pub tls_ca_file: Option<PathBuf>,

    /// Who may call.
    #[command(flatten)]
    pub callers: callers::Options,

    /// Tells gRPC callers which calls there are (server reflection)
    #[arg(long, env = "LATCHKEY_REFLECTION")]
    pub reflection: bool,

    /// TOML file with the scopes of your own services, in addition to ours or in their place; see
    /// docs/apps.md
    #[arg(long, env = "LATCHKEY_SCOPES_FILE", value_name = "FILE")]
    pub scopes_file: Option<PathBuf>,

    /// When events of apps are forgotten, at least a day (90d); none keeps them for ever
    #[arg(long, env = "LATCHKEY_AUDIT_RETENTION", value_name = "DURATION",
          value_parser = chassis::duration::retention)]
    pub audit_retention: Option<Duration>,

    /// Registers this app at Hydra when it starts, and lets people look at their own tokens; for
    /// demonstrations
    #[arg(long, env = "LATCHKEY_DEMO_CLIENT")]
    pub demo_client: bool,

    /// Scheme, host and port that Hydra reaches this app at, where it cannot reach it at those of
    /// --redirect-url; for --demo-client [default: those of --redirect-url]
    #[arg(long, env = "LATCHKEY_BACKCHANNEL_URL", value_name = "URL",
          value_parser = chassis::upstream::origin)]
    pub backchannel_url: Option<Url>,

    /// What every service has.
    #[command(flatten)]
    pub process: chassis::process::Options,
}

/// How this app proves itself at the token endpoint (OpenID Connect Core, section 9).
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum ClientAuthentication {
    /// By the secret, in the form.
    #[value(name = "client_secret_post")]
    Post,
    /// By the secret, as HTTP Basic.
    #[value(name = "client_secret_basic")]
    Basic,
    /// By a signature (RFC 7523).
    #[value(name = "private_key_jwt")]
    Key,
}

/// Where Hydra sends codes: an address that browsers may know us by, with our path.
fn redirect_url(text: &str) -> Result<Url, String> {
    let url = chassis::browser::address(text)?;
    if url.path() != CALLBACK_PATH || url.query().is_some() {
        return Err(format!("its path has to be {CALLBACK_PATH}, without a query"));
    }
    Ok(url)
}

fn web_url(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|error| error.to_string())?;
    if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
        return Err("an http or https URL is allowed, such as http://localhost:4444".to_owned());
    }
    if !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() {
        return Err("a user name, a password or a fragment is not allowed".to_owned());
    }
    Ok(url)
}

/// Without `openid` there is no ID token, and so nobody would be signed in.
fn scope(text: &str) -> Result<String, String> {
    let mut scopes = text.split_ascii_whitespace();
    if scopes.any(|scope| scope == "openid") {
        Ok(text.split_ascii_whitespace().collect::<Vec<_>>().join(" "))
    } else {
        Err("`openid` has to be one of them, such as \"openid offline users.read\"".to_owned())
    }
}

/// From a minute to a year.
fn session_time(text: &str) -> Result<Duration, String> {
    let allowed = Duration::from_mins(1)..=Duration::from_hours(365 * 24);
    within(text, allowed, "from 1m to 365days is allowed, such as 12h")
}
