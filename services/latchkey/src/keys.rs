//! `latchkey keys`: what the programs of a deployment keep secret, in a folder for each of them.

use crate::{
    certificates::{Certificates, Holder},
    data::make_private,
    secrets::{Secret, Secrets, keep_or_make, write_private, write_readable},
};
use anyhow::{Context as _, Result};
use chassis::duration::within;
use secrecy::ExposeSecret as _;
use serde_json::json;
use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
    str::FromStr,
    time::Duration,
};

const EXAMPLES: &str = "\
The folders, and what is in them:
  identity, consent, client  what each service shows to the others (cert.pem, key.pem), whom it believes
                             (ca.pem), its keys, and its database-url where --database is given
  operator                   a certificate for `latchkey user` and others who call the services
  hydra                      secrets.json, a second --config for Hydra
  postgres                   the passwords of PostgreSQL's roles, where --database is given
  authority                  the authority's key, and all secrets: what has to be kept, and is nobody's
                             to read

Examples:
  latchkey keys /keys --database postgresd:5432
  latchkey keys keys --name identity=identity.sso.svc --name client=client.sso.svc";

/// The programs with a database of their own, and a role of its name.
const DATABASES: [&str; 3] = ["hydra", "identity", "client"];
/// The role that made the others.
const SUPERUSER: &str = "postgres";

/// Options of `latchkey keys`.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Options {
    /// Folder that the folders are in. Secrets that are there stay as they are
    #[arg(value_name = "DIR")]
    folder: PathBuf,

    /// How long certificates are good. They are made anew each time, and services notice
    #[arg(long, default_value = "365d", value_name = "DURATION", value_parser = a_day_or_more)]
    valid_for: Duration,

    /// One more DNS name that a service is called by, such as identity=identity.sso.svc; may be given
    /// several times
    #[arg(long = "name", value_name = "SERVICE=DNS-NAME")]
    names: Vec<Called>,

    /// Where PostgreSQL will be, as HOST:PORT: passwords are made for a role and a database of each
    /// program, named hydra, identity and client
    #[arg(long, value_name = "HOST:PORT")]
    database: Option<String>,
}

/// By which name somebody is called.
#[derive(Debug, Clone)]
struct Called(Holder, String);

impl FromStr for Called {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const EXPECTED: &str = "expected identity=DNS-NAME or client=DNS-NAME";
        let (service, name) = text.split_once('=').ok_or(EXPECTED)?;
        let called = [Holder::Identity, Holder::Client];
        let holder = called.into_iter().find(|it| it.name() == service).ok_or(EXPECTED)?;
        if name.is_empty() { Err(EXPECTED) } else { Ok(Self(holder, name.to_owned())) }
    }
}

fn a_day_or_more(text: &str) -> Result<Duration, String> {
    let allowed = Duration::from_hours(24)..=Duration::from_hours(10 * 365 * 24);
    within(text, allowed, "allowed is 1d to 3650d")
}

/// Makes what is missing, and all certificates anew.
#[must_use]
pub(crate) fn main(options: &Options) -> ExitCode {
    match make(options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("latchkey keys: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn make(options: &Options) -> Result<()> {
    let folder = |name: &str| {
        let folder = options.folder.join(name);
        make_private(&folder).with_context(|| folder.display().to_string()).map(|()| folder)
    };
    let authority = folder("authority")?;
    let secrets = Secrets::open(&authority)?;
    let certificates = Certificates::of(&authority);
    let names: Vec<_> = options.names.iter().map(|Called(of, name)| (*of, name.as_str())).collect();
    certificates.renew_for(options.valid_for, &names)?;

    for holder in Holder::ALL {
        let folder = folder(holder.name())?;
        copy(&certificates.ca(), &folder.join("ca.pem"))?;
        copy(&certificates.certificate(holder), &folder.join("cert.pem"))?;
        copy(&certificates.key(holder), &folder.join("key.pem"))?;
        for (name, secret) in keys(holder) {
            copy(&secrets.file(*secret), &folder.join(name))?;
        }
    }
    let mut hydra = hydra(&secrets)?;
    if let Some(address) = &options.database {
        let postgres = folder("postgres")?;
        let kept = |role: &str| password(&authority.join("secrets"), role);
        readable(&postgres.join("password"), &kept(SUPERUSER)?)?;
        for role in DATABASES {
            let password = kept(role)?;
            readable(&postgres.join(format!("{role}-password")), &password)?;
            let url = format!("postgres://{role}:{password}@{address}/{role}");
            if role == "hydra" {
                hydra.insert("dsn".to_owned(), url.into());
            } else {
                let file = folder(role)?.join("database-url");
                write_private(&file, &url).with_context(|| file.display().to_string())?;
            }
        }
    }
    let hydra = serde_json::Value::from(hydra);
    readable(&folder("hydra")?.join("secrets.json"), &format!("{hydra:#}\n"))
}

/// The keys of a service, and the files that it finds them in.
fn keys(holder: Holder) -> &'static [(&'static str, Secret)] {
    match holder {
        Holder::Consent => &[
            ("cookie-key", Secret::ConsentCookieKey),
            ("hook-key", Secret::HookKey),
            ("trace-key", Secret::TraceKey),
        ],
        Holder::Client => {
            &[("session-key", Secret::ClientSessionKey), ("trace-key", Secret::TraceKey)]
        }
        Holder::Identity => &[("throttle-key", Secret::ThrottleKey)],
        Holder::Operator => &[],
    }
}

/// What Hydra reads beside its public settings, which it merges key by key.
fn hydra(secrets: &Secrets) -> Result<serde_json::Map<String, serde_json::Value>> {
    let read = |secret| secrets.read(secret);
    let hook_key = format!("Bearer {}", read(Secret::HookKey)?.expose_secret());
    let settings = json!({
        "secrets": {
            "system": [read(Secret::HydraSystem)?.expose_secret()],
            "cookie": [read(Secret::HydraCookie)?.expose_secret()],
        },
        "urls": { "identity_provider": { "headers": { "Authorization": hook_key } } },
        "oauth2": {
            "token_hook": {
                "auth": {
                    "type": "api_key",
                    "config": { "in": "header", "name": "Authorization", "value": hook_key },
                },
            },
        },
    });
    Ok(settings.as_object().cloned().unwrap_or_default())
}

/// The password of a role of PostgreSQL's: made once.
fn password(folder: &Path, role: &str) -> Result<String> {
    let file = folder.join(format!("postgres-{role}"));
    keep_or_make(&file)
        .and_then(|()| Ok(fs::read_to_string(&file)?))
        .with_context(|| file.display().to_string())
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    let text = fs::read_to_string(from).with_context(|| from.display().to_string())?;
    write_private(to, &text).with_context(|| to.display().to_string())
}

/// Programs of others run as users of their own: whom their folder is given to may read it.
fn readable(file: &Path, text: &str) -> Result<()> {
    write_readable(file, text).with_context(|| file.display().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;
    use std::{collections::BTreeMap, os::unix::fs::PermissionsExt as _};

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        options: Options,
    }

    fn make_in(folder: &Path, more: &[&str]) {
        let line = ["keys", folder.to_str().unwrap()].into_iter().chain(more.iter().copied());
        make(&Line::try_parse_from(line).unwrap().options).unwrap();
    }

    /// The files of all folders but the authority's, with their modes.
    fn files(folder: &Path) -> BTreeMap<String, (String, u32)> {
        let mut files = BTreeMap::new();
        for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
            let name = entry.file_name().into_string().unwrap();
            for file in fs::read_dir(entry.path()).unwrap().map(Result::unwrap) {
                if name != "authority" {
                    let mode = file.metadata().unwrap().permissions().mode() & 0o777;
                    let text = fs::read_to_string(file.path()).unwrap();
                    files.insert(format!("{name}/{}", file.file_name().display()), (text, mode));
                }
            }
        }
        files
    }

    #[test]
    fn each_program_has_what_it_needs_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        make_in(folder.path(), &["--database", "postgresd:5432"]);
        let files = files(folder.path());
        let names: Vec<_> = files.keys().map(String::as_str).collect();
        let expected = "client/ca.pem client/cert.pem client/database-url client/key.pem \
            client/session-key client/trace-key consent/ca.pem consent/cert.pem consent/cookie-key \
            consent/hook-key consent/key.pem consent/trace-key hydra/secrets.json identity/ca.pem \
            identity/cert.pem identity/database-url identity/key.pem identity/throttle-key \
            operator/ca.pem operator/cert.pem operator/key.pem postgres/client-password \
            postgres/hydra-password postgres/identity-password postgres/password";
        assert_eq!(names, expected.split_ascii_whitespace().collect::<Vec<_>>());
        for (name, (_, mode)) in &files {
            let others = name.starts_with("hydra/") || name.starts_with("postgres/");
            assert_eq!(*mode, if others { 0o444 } else { 0o600 }, "{name}");
        }
        let text = |name: &str| files[name].0.as_str();
        assert_eq!(text("consent/trace-key"), text("client/trace-key"));
        let url =
            format!("postgres://client:{}@postgresd:5432/client", text("postgres/client-password"));
        assert_eq!(text("client/database-url"), url);
        let hydra: serde_json::Value = serde_json::from_str(text("hydra/secrets.json")).unwrap();
        let bearer = format!("Bearer {}", text("consent/hook-key"));
        assert_eq!(hydra["oauth2"]["token_hook"]["auth"]["config"]["value"], bearer.as_str());
        assert!(hydra["dsn"].as_str().unwrap().contains(text("postgres/hydra-password")));
    }

    #[test]
    fn what_is_there_stays_and_only_certificates_are_made_anew() {
        let folder = tempfile::tempdir().unwrap();
        make_in(folder.path(), &["--database", "postgresd:5432"]);
        let before = files(folder.path());
        make_in(
            folder.path(),
            &["--database", "postgresd:5432", "--name", "client=client.sso.svc"],
        );
        let after = files(folder.path());
        for (name, file) in before {
            let renewed = name.ends_with("cert.pem") || name.ends_with("key.pem");
            assert_eq!(after[&name] == file, !renewed, "{name}");
        }
    }

    #[test]
    fn without_a_database_there_is_nothing_of_one() {
        let folder = tempfile::tempdir().unwrap();
        make_in(folder.path(), &[]);
        let files = files(folder.path());
        assert!(!files.keys().any(|name| name.contains("database") || name.contains("postgres")));
        assert!(!files["hydra/secrets.json"].0.contains("dsn"));
    }

    #[test]
    fn what_is_wrong_is_told_with_what_is_allowed() {
        for (option, value, allowed) in [
            ("--name", "identity", "identity=DNS-NAME"),
            ("--name", "consent=consent.sso.svc", "identity=DNS-NAME"),
            ("--valid-for", "1h", "1d to 3650d"),
        ] {
            let line = ["keys", "folder", option, value];
            let error = Line::try_parse_from(line).map(drop).unwrap_err().to_string();
            assert!(error.contains(allowed), "{error}");
        }
    }
}
