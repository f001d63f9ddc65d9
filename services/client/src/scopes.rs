//! The scope catalogue: what each scope means, in words that a person understands, and what it opens.

mod file;
mod grpc;

pub(crate) use file::Broken;
pub(crate) use grpc::server;

use file::Entry;
use std::{collections::BTreeMap, path::Path};

/// The language that every scope has words in.
const FALLBACK: &str = "en";

/// All scopes that apps may be registered for, by name.
#[derive(Debug)]
pub(crate) struct Catalogue {
    entries: BTreeMap<String, Entry>,
}

/// A scope in one language.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Described<'a> {
    pub(crate) name: &'a str,
    pub(crate) title: &'a str,
    pub(crate) description: &'a str,
    pub(crate) always_granted: bool,
    pub(crate) first_party: bool,
    pub(crate) sensitivity: Sensitivity,
    pub(crate) owner: &'a str,
}

/// What a scope opens in the wrong hands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Sensitivity {
    Low,
    Medium,
    High,
}

/// Which apps may ask for a scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Asker {
    /// Those that people sign in to.
    People,
    /// Those that act for themselves.
    Machines,
}

impl Catalogue {
    /// Our scopes, and those of an operator's file in addition or in their place.
    pub(crate) fn read(file: Option<&Path>) -> Result<Self, Broken> {
        let mut entries = file::ours()?;
        if let Some(file) = file {
            entries.extend(file::read(file)?);
        }
        Ok(Self { entries })
    }

    /// The scope in the first of these languages (BCP 47) that it has a title in, else in English.
    /// `None` for a scope that the catalogue does not know.
    pub(crate) fn describe(&self, name: &str, languages: &[String]) -> Option<Described<'_>> {
        let (name, entry) = self.entries.get_key_value(name)?;
        Some(entry.describe(name, languages))
    }

    /// All scopes, by name.
    pub(crate) fn all(&self, languages: &[String]) -> impl Iterator<Item = Described<'_>> {
        self.entries.iter().map(|(name, entry)| entry.describe(name, languages))
    }

    /// Who may ask for it: nobody for a scope that the catalogue does not know.
    pub(crate) fn askers(&self, name: &str) -> &[Asker] {
        self.entries.get(name).map(|entry| entry.asked_by.as_slice()).unwrap_or_default()
    }
}

impl Entry {
    fn describe<'a>(&'a self, name: &'a str, languages: &[String]) -> Described<'a> {
        let language = languages.iter().find_map(|language| self.language(language));
        let words = |all: &'a BTreeMap<String, String>| {
            let words = language.and_then(|language| all.get(language));
            words.or_else(|| all.get(FALLBACK)).map(String::as_str).unwrap_or_default()
        };
        Described {
            name,
            title: words(&self.title),
            description: words(&self.description),
            always_granted: self.always_granted,
            first_party: self.first_party,
            sensitivity: self.sensitivity,
            owner: &self.owner,
        }
    }

    /// The language that it has a title in: `de-AT` is German, too.
    fn language(&self, wanted: &str) -> Option<&str> {
        let primary = wanted.split(['-', '_']).next().unwrap_or_default();
        let known = |tag: &str| self.title.keys().find(|key| key.eq_ignore_ascii_case(tag));
        known(&wanted.replace('_', "-")).or_else(|| known(primary)).map(String::as_str)
    }
}

#[cfg(test)]
mod tests;
