//! Who is known.

use std::{path::PathBuf, str::FromStr};

/// Who may call, beside whoever has an access token.
#[derive(Debug, Clone, Default, clap::Args)]
#[group(id = "known-callers")]
#[command(next_help_heading = "Callers")]
pub struct Options {
    /// PEM file with the authorities of client certificates. It is read again when it changes
    #[arg(
        long,
        env = "LATCHKEY_TLS_CLIENT_CA_FILE",
        value_name = "FILE",
        requires = "tls_cert_file"
    )]
    pub tls_client_ca_file: Option<PathBuf>,

    /// A service and the scopes that it has: NAME is a DNS name or a URI in its client certificate.
    /// Given once for each; in the environment separated by spaces
    #[arg(
        long = "caller",
        env = "LATCHKEY_CALLERS",
        value_name = "NAME=SCOPE[,SCOPE...]",
        value_delimiter = ' ',
        requires = "tls_client_ca_file"
    )]
    pub callers: Vec<Listed>,

    /// The audience (`aud`) that a service's own access token must have
    /// [default: none is asked for]
    #[arg(long, env = "LATCHKEY_TOKEN_AUDIENCE", value_name = "AUDIENCE",
          value_parser = clap::builder::NonEmptyStringValueParser::new())]
    pub token_audience: Option<String>,
}

/// A service that is known by its certificate, and what it may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// A name in its certificate.
    pub name: String,
    /// The scopes that it has.
    pub scopes: Vec<String>,
}

impl FromStr for Listed {
    type Err = &'static str;

    /// As in `--caller`. URIs may have `=` in them, scopes have none here.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const EXPECTED: &str = "expected NAME=SCOPE[,SCOPE...], such as consent=identity.verify";
        let (name, scopes) = text.rsplit_once('=').ok_or(EXPECTED)?;
        let scopes: Vec<_> = scopes.split(',').map(str::to_owned).collect();
        if name.is_empty() || scopes.iter().any(String::is_empty) {
            return Err(EXPECTED);
        }
        // DNS names are the same in any case (RFC 4343); a URI has a scheme before a colon.
        let name = if name.contains(':') { name.to_owned() } else { name.to_ascii_lowercase() };
        Ok(Self { name, scopes })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_caller_is_a_name_and_its_scopes() {
        let listed = |name: &str, scopes: &[&str]| {
            let scopes = scopes.iter().copied().map(str::to_owned).collect();
            Ok(Listed { name: name.to_owned(), scopes })
        };
        for (text, expected) in [
            ("consent=identity.verify", listed("consent", &["identity.verify"])),
            ("Consent.Example=a,b", listed("consent.example", &["a", "b"])),
            ("spiffe://Example/ns/a?b=c=d", listed("spiffe://Example/ns/a?b=c", &["d"])),
        ] {
            assert_eq!(text.parse(), expected, "{text}");
        }
        for wrong in ["", "consent", "consent=", "=a", "consent=a,", "consent=,a"] {
            assert!(wrong.parse::<Listed>().is_err(), "{wrong}");
        }
    }
}
