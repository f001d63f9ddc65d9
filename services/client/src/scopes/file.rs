//! The catalogue in files: ours, and an operator's of the same form.

use super::{Asker, FALLBACK, Sensitivity};
use serde::Deserialize;
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};
use toml::Spanned;

const OURS: &str = include_str!("ours.toml");
/// In bytes.
const LONGEST_NAME: usize = 128;

/// A scope in all languages.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Entry {
    pub(super) sensitivity: Sensitivity,
    #[serde(default)]
    pub(super) owner: String,
    /// Granted whenever it is asked for.
    #[serde(default)]
    pub(super) always_granted: bool,
    /// Granted to apps of our own without a page.
    #[serde(default)]
    pub(super) first_party: bool,
    #[serde(default = "people")]
    pub(super) asked_by: Vec<Asker>,
    /// A few words, by language.
    pub(super) title: BTreeMap<String, String>,
    /// A sentence, by language.
    #[serde(default)]
    pub(super) description: BTreeMap<String, String>,
}

fn people() -> Vec<Asker> {
    vec![Asker::People]
}

/// A catalogue that cannot be used: which file, which line, and why.
#[derive(Debug, thiserror::Error)]
#[error("{}:{line}: {problem}", file.display())]
pub(crate) struct Broken {
    file: PathBuf,
    /// Counted from one.
    line: usize,
    problem: String,
}

/// The scopes that Latchkey itself knows.
pub(super) fn ours() -> Result<BTreeMap<String, Entry>, Broken> {
    parse(Path::new("ours.toml"), OURS)
}

/// The scopes of an operator's file.
pub(super) fn read(file: &Path) -> Result<BTreeMap<String, Entry>, Broken> {
    let unreadable =
        |error: std::io::Error| Broken { file: file.into(), line: 1, problem: error.to_string() };
    parse(file, &fs::read_to_string(file).map_err(unreadable)?)
}

pub(super) fn parse(file: &Path, text: &str) -> Result<BTreeMap<String, Entry>, Broken> {
    let at = |place: usize, problem: String| {
        let before = text.as_bytes().iter().take(place);
        let line = 1 + before.filter(|byte| **byte == b'\n').count();
        Broken { file: file.into(), line, problem }
    };
    let entries: BTreeMap<String, Spanned<Entry>> = toml::from_str(text).map_err(|error| {
        at(error.span().map(|span| span.start).unwrap_or_default(), error.message().to_owned())
    })?;
    let checked = entries.into_iter().map(|(name, entry)| {
        check(&name, entry.get_ref()).map_err(|problem| at(entry.span().start, problem))?;
        Ok((name, entry.into_inner()))
    });
    checked.collect()
}

fn check(name: &str, entry: &Entry) -> Result<(), String> {
    // RFC 6749, section 3.3.
    let allowed = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\\');
    if name.is_empty() || name.len() > LONGEST_NAME || !name.bytes().all(allowed) {
        return Err(format!("{name:?} is no scope: 1 to {LONGEST_NAME} ASCII letters and signs"));
    }
    if entry.asked_by.is_empty() {
        return Err(format!("{name} is asked by nobody: say people, machines or both"));
    }
    if entry.title.get(FALLBACK).is_none_or(|title| title.trim().is_empty()) {
        return Err(format!("{name} has no title.{FALLBACK}, which whoever reads no other gets"));
    }
    let other = entry.description.keys().find(|tag| !entry.title.contains_key(*tag));
    other.map_or(Ok(()), |tag| Err(format!("{name} has description.{tag} and no title.{tag}")))
}
