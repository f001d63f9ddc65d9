//! What an app has to be told: to paste, or for programs; and where its secret goes.

use super::description::{Kept, Kind};
use crate::{operator::Failure, secrets::write_private};
use latchkey_proto::client::v1::App;
use serde::Serialize;
use std::{
    io::{self, Write, stdout},
    path::{Path, PathBuf},
};
use url::Url;

/// Where a secret goes that is told this once.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct Secret {
    /// Write the secret to this file, which only its owner can read, and do not print it
    #[arg(long, value_name = "FILE")]
    secret_file: Option<PathBuf>,
}

/// Who the app is told to ask for tokens.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct Issuer {
    /// Hydra's issuer, for the settings that are printed
    #[arg(
        long,
        env = "LATCHKEY_ISSUER",
        default_value = "http://localhost:4444",
        value_name = "URL"
    )]
    pub(super) issuer: Url,
}

/// An app, and its secret where it is known.
pub(super) struct Settings<'a> {
    pub(super) app: App,
    /// Empty: there is none, or it is not told again.
    pub(super) secret: String,
    pub(super) issuer: &'a Url,
}

#[derive(Serialize)]
struct Json<'a> {
    #[serde(flatten)]
    app: Kept,
    #[serde(skip_serializing_if = "str::is_empty")]
    client_secret: &'a str,
    issuer: &'a str,
    discovery_url: String,
}

impl Settings<'_> {
    /// Keeps the secret first: it is told this once.
    pub(super) fn tell(mut self, secret: &Secret, json: bool) -> Result<(), Failure> {
        let file = secret.secret_file.as_deref().filter(|_| !self.secret.is_empty());
        if let Some(file) = file {
            keep(file, &self.app.client_id, &self.secret)?;
            self.secret.clear();
        }
        let out = &mut stdout().lock();
        if !json {
            return self.print(out, file);
        }
        let json = Json {
            discovery_url: format!("{}/.well-known/openid-configuration", self.base()),
            app: self.app.clone().into(),
            client_secret: &self.secret,
            issuer: self.issuer.as_str(),
        };
        let text = serde_json::to_string(&json).map_err(io::Error::from)?;
        writeln!(out, "{text}").map_err(|error| self.unprinted(error))
    }

    /// Environment lines that the client service and most OpenID Connect libraries understand.
    /// Comments are shell comments, so that all of it can be put into a file.
    pub(super) fn print(&self, out: &mut impl Write, file: Option<&Path>) -> Result<(), Failure> {
        self.lines(out, file).map_err(|error| self.unprinted(error))
    }

    fn lines(&self, out: &mut impl Write, file: Option<&Path>) -> io::Result<()> {
        let (app, base) = (&self.app, self.base());
        let kind = Kind::from(app.kind());
        writeln!(out, "# {} ({})", app.name, kind.word())?;
        writeln!(out, "CLIENT_ID={}", app.client_id)?;
        if let Some(file) = file {
            writeln!(out, "CLIENT_SECRET_FILE={}", file.display())?;
        }
        if !self.secret.is_empty() {
            writeln!(out, "# Told this once: keep it where secrets are kept.")?;
            writeln!(out, "CLIENT_SECRET={}", self.secret)?;
        }
        if let Some(redirect) = app.redirect_uris.first() {
            writeln!(out, "REDIRECT_URL={redirect}")?;
        }
        // With its slash, as Hydra says it: other libraries compare it letter by letter.
        writeln!(out, "LATCHKEY_ISSUER={}", self.issuer)?;
        writeln!(out, "LATCHKEY_SCOPE=\"{}\"", app.scopes.join(" "))?;
        writeln!(out, "#")?;
        writeln!(out, "# For any OpenID Connect library:")?;
        writeln!(out, "#   discovery               {base}/.well-known/openid-configuration")?;
        if kind != Kind::Machine {
            writeln!(out, "#   authorization endpoint  {base}/oauth2/auth")?;
            writeln!(out, "#   PKCE                    S256, required")?;
        }
        writeln!(out, "#   token endpoint          {base}/oauth2/token")?;
        writeln!(out, "#   client authentication   {}", app.token_endpoint_auth_method)?;
        writeln!(out, "#   grant types             {}", app.grant_types.join(", "))
    }

    /// What it means that somebody does not read this.
    pub(super) fn unprinted(&self, error: io::Error) -> Failure {
        match self.secret.as_str() {
            "" => error.into(),
            _ => untold(&self.app.client_id, "was not printed", &error),
        }
    }

    /// What addresses below it begin with.
    fn base(&self) -> &str {
        self.issuer.as_str().trim_end_matches('/')
    }
}

/// Writes a secret that is told this once.
pub(super) fn keep(file: &Path, client_id: &str, secret: &str) -> Result<(), Failure> {
    write_private(file, secret)
        .map_err(|error| untold(client_id, &format!("is not in {}", file.display()), &error))
}

/// Also where nobody reads the output any more: the secret is in use, and nobody has it.
fn untold(client_id: &str, what: &str, error: &io::Error) -> Failure {
    Failure::trouble(format!(
        "the secret of {client_id} {what}: {error}.\nWhere it is lost, `latchkey app rotate-secret \
         {client_id}` makes a new one."
    ))
}

impl Secret {
    /// Keeps or prints a secret alone.
    pub(super) fn tell(&self, client_id: &str, secret: &str) -> Result<(), Failure> {
        match &self.secret_file {
            Some(file) => keep(file, client_id, secret),
            None => writeln!(stdout().lock(), "{secret}")
                .map_err(|error| untold(client_id, "was not printed", &error)),
        }
    }
}
