//! Secrets come as a value (environment) or, better, as a file; exactly one of the two.

use secrecy::{ExposeSecret as _, SecretString};
use std::{convert::Infallible, fs, io, path::Path};

/// A secret that cannot be used. The secret itself is never part of the message.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// Neither form was given.
    #[error(
        "--{0} is required: give a file with --{0}-file, or the value in its environment variable"
    )]
    Missing(&'static str),
    /// Both forms were given.
    #[error("--{0} and --{0}-file are both given: keep one of them")]
    Both(&'static str),
    /// The file cannot be read.
    #[error("--{0}-file {1}: {2}")]
    Unreadable(&'static str, String, io::Error),
    /// Nothing is in what the option gives.
    #[error("--{0} is empty")]
    Empty(String),
    /// It is too short to be a key.
    #[error("--{0} has {1} bytes, and a key has at least 32: make one with `openssl rand -hex 32`")]
    Short(String, usize),
}

/// clap's parser for a secret: any text, kept out of `Debug`.
#[must_use]
pub fn parse(text: &str) -> Result<SecretString, Infallible> {
    Ok(SecretString::from(text))
}

/// The secret of `--option` or `--option-file`, without white space at the end of a file.
pub fn required(
    option: &'static str,
    value: Option<&SecretString>,
    file: Option<&Path>,
) -> Result<SecretString, SecretError> {
    let secret = match (value, file) {
        (None, None) => return Err(SecretError::Missing(option)),
        (Some(_), Some(_)) => return Err(SecretError::Both(option)),
        (Some(value), None) => value.clone(),
        (None, Some(path)) => fs::read_to_string(path)
            .map(|text| SecretString::from(text.trim_end()))
            .map_err(|error| SecretError::Unreadable(option, path.display().to_string(), error))?,
    };
    if secret.expose_secret().is_empty() {
        return Err(SecretError::Empty(given_by(option, file)));
    }
    Ok(secret)
}

/// The option that gives a secret: some come in a file alone.
fn given_by(option: &str, file: Option<&Path>) -> String {
    if file.is_some() { format!("{option}-file") } else { option.to_owned() }
}

/// Like [`required`], for a key: at least 32 bytes.
pub fn key(
    option: &'static str,
    value: Option<&SecretString>,
    file: Option<&Path>,
) -> Result<SecretString, SecretError> {
    let key = required(option, value, file)?;
    match key.expose_secret().len() {
        short @ ..32 => Err(SecretError::Short(given_by(option, file), short)),
        _ => Ok(key),
    }
}

/// Like [`key`], but may be absent.
pub fn optional_key(
    option: &'static str,
    value: Option<&SecretString>,
    file: Option<&Path>,
) -> Result<Option<SecretString>, SecretError> {
    if value.is_none() && file.is_none() { Ok(None) } else { key(option, value, file).map(Some) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_loses_its_last_line_break() {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), "hunter2\n").unwrap();
        let secret = required("client-secret", None, Some(file.path())).unwrap();
        assert_eq!(secret.expose_secret(), "hunter2");
    }

    #[test]
    fn what_is_wrong_names_the_option_and_not_the_secret() {
        let value = SecretString::from("hunter2");
        let path = Path::new("/nowhere");
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), "hunter2\n").unwrap();
        let wrong = [
            required("cookie-key", None, None).unwrap_err(),
            required("cookie-key", Some(&value), Some(path)).unwrap_err(),
            required("cookie-key", None, Some(path)).unwrap_err(),
            required("cookie-key", Some(&SecretString::from("")), None).unwrap_err(),
            key("cookie-key", Some(&value), None).unwrap_err(),
            key("cookie-key", None, Some(file.path())).unwrap_err(),
        ];
        assert!(wrong[5].to_string().contains("--cookie-key-file has 7 bytes"), "{}", wrong[5]);
        for error in wrong.map(|error| error.to_string()) {
            assert!(error.contains("--cookie-key") && !error.contains("hunter2"), "{error}");
        }
    }
}
