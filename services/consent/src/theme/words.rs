//! The words of the pages, in every language: Fluent files, ours and an operator's.

use super::{Broken, broken, room, text};
use fluent_bundle::{FluentArgs, FluentResource, FluentValue, concurrent::FluentBundle};
use fluent_langneg::{NegotiationStrategy, negotiate_languages, parse_accepted_languages};
use minijinja::{
    Value,
    value::{Kwargs, ValueKind},
};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    path::Path,
};
use unic_langid::{CharacterDirection, LanguageIdentifier};

/// The languages that we wrote; the first stands in where another lacks a word.
const OURS: [(&str, &str); 3] = [
    ("en", include_str!("../../locales/en/pages.ftl")),
    ("de", include_str!("../../locales/de/pages.ftl")),
    ("id", include_str!("../../locales/id/pages.ftl")),
];

/// A language that pages can be read in.
pub(crate) struct Language {
    pub(crate) tag: String,
    /// What its speakers call it.
    pub(crate) name: String,
    /// `ltr` or `rtl`.
    pub(crate) direction: &'static str,
    /// `t("id", name=value)` of the templates.
    pub(crate) say: Value,
}

/// All of them. The first is for readers who understand none.
pub(crate) struct Languages {
    first: Language,
    others: Vec<Language>,
    tags: Vec<LanguageIdentifier>,
}

impl Languages {
    /// Ours and those in `folder`; with `offered`, exactly these in this order.
    pub(super) fn read(folder: Option<&Path>, offered: &[String]) -> Result<Self, Broken> {
        let mut theirs = BTreeMap::new();
        for (tag, path) in room(folder, "locales")? {
            theirs.insert(tag, path);
        }
        let ours = OURS.map(|(tag, _)| tag.to_owned());
        let order: Vec<String> = if offered.is_empty() {
            let more = theirs.keys().filter(|tag| !ours.contains(*tag)).cloned();
            ours.iter().cloned().chain(more).collect()
        } else {
            offered.to_vec()
        };
        let (mut all, mut tags) = (Vec::new(), Vec::new());
        for tag in order {
            let mut words = Words::of(&tag)?;
            if let Some(room) = theirs.get(&tag) {
                words.add(room)?;
            } else if !ours.contains(&tag) {
                let file = folder.unwrap_or(Path::new("")).join("brand.toml");
                let problem = format!("languages: there is no folder locales/{tag}");
                return Err(Broken::new(file, problem));
            }
            tags.push(words.tag.clone());
            all.push(words.into_language()?);
        }
        let mut others = all.into_iter();
        let none = || Broken::new("locales", "there is no language".to_owned());
        Ok(Self { first: others.next().ok_or_else(none)?, others: others.collect(), tags })
    }

    /// The one for readers who understand none.
    pub(crate) fn first(&self) -> &Language {
        &self.first
    }

    /// All, in the order in which they are offered.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Language> {
        std::iter::once(&self.first).chain(&self.others)
    }

    /// The one with this very tag.
    pub(crate) fn find(&self, tag: &str) -> Option<&Language> {
        self.iter().find(|language| language.tag == tag)
    }

    /// The best for somebody who wants these (RFC 9110, section 12.5.4), if any is understood.
    pub(crate) fn best(&self, wanted: &str) -> Option<&Language> {
        let wanted = parse_accepted_languages(wanted);
        let best = negotiate_languages(&wanted, &self.tags, None, NegotiationStrategy::Lookup);
        best.first().and_then(|tag| self.find(&tag.to_string()))
    }
}

/// A language while it is put together.
struct Words {
    tag: LanguageIdentifier,
    bundle: FluentBundle<FluentResource>,
    ids: BTreeSet<String>,
    /// Where an operator's words stand.
    places: HashMap<String, String>,
}

impl Words {
    /// Our words for a language, over our first language's.
    fn of(tag: &str) -> Result<Self, Broken> {
        let file = format!("locales/{tag}");
        let tag: LanguageIdentifier = tag.parse().map_err(|_| {
            Broken::new(&file, "not the name of a language: expected one such as fr".to_owned())
        })?;
        let mut bundle = FluentBundle::new_concurrent(vec![tag.clone()]);
        // Names of another direction would turn the sentence around them.
        bundle.set_use_isolating(direction(&tag) == "rtl");
        let mut words = Self { tag, bundle, ids: BTreeSet::new(), places: HashMap::new() };
        let [english, ..] = OURS;
        for (ours, source) in OURS {
            let ours_too = words.tag == ours;
            if ours == english.0 || ours_too {
                let resource = parse(Path::new(&file), source.to_owned())?;
                if ours_too {
                    words.ids.extend(ids(&resource).map(|(id, _)| id));
                }
                words.bundle.add_resource_overriding(resource);
            }
        }
        Ok(words)
    }

    /// An operator's words in place of ours.
    fn add(&mut self, folder: &Path) -> Result<(), Broken> {
        for (name, path) in super::entries(folder)? {
            if path.extension().is_none_or(|extension| extension != "ftl") {
                return Err(Broken::new(path, "words are files that end in .ftl".to_owned()));
            }
            let resource = parse(&path, text(&path)?)?;
            for (id, line) in ids(&resource) {
                let place = format!("locales/{}/{name}:{line}: ", self.tag);
                self.places.insert(id.clone(), place);
                self.ids.insert(id);
            }
            self.bundle.add_resource_overriding(resource);
        }
        Ok(())
    }

    fn into_language(self) -> Result<Language, Broken> {
        let [(_, english), ..] = OURS;
        let english = parse(Path::new("locales/en"), english.to_owned())?;
        let missing: Vec<_> =
            ids(&english).map(|(id, _)| id).filter(|id| !self.ids.contains(id)).collect();
        if !missing.is_empty() {
            let missing = missing.join(" ");
            tracing::warn!(language = %self.tag, missing, "words that are shown in English");
        }
        let name = self.bundle.get_message("language-name").and_then(|message| message.value());
        let name = name.map(|name| self.bundle.format_pattern(name, None, &mut Vec::new()));
        let name = name.unwrap_or_default().into_owned();
        let (tag, direction) = (self.tag.to_string(), direction(&self.tag));
        let say = Value::from_function(move |id: &str, values: Kwargs| self.say(id, &values));
        Ok(Language { tag, name, direction, say })
    }

    fn say(&self, id: &str, values: &Kwargs) -> Result<String, minijinja::Error> {
        let wrong =
            |what: String| minijinja::Error::new(minijinja::ErrorKind::InvalidOperation, what);
        let mut filled = FluentArgs::new();
        for name in values.args() {
            let value: Value = values.get(name)?;
            let number = (value.kind() == ValueKind::Number).then(|| i64::try_from(value.clone()));
            match number {
                Some(Ok(number)) => filled.set(name, FluentValue::from(number)),
                _ => filled.set(name, FluentValue::from(value.to_string())),
            }
        }
        let pattern = self.bundle.get_message(id).and_then(|message| message.value());
        let pattern = pattern.ok_or_else(|| wrong(format!("no words for {id} in {}", self.tag)))?;
        let mut errors = Vec::new();
        let text = self.bundle.format_pattern(pattern, Some(&filled), &mut errors);
        match errors.first() {
            None => Ok(text.into_owned()),
            Some(error) => {
                let place = self.places.get(id).map(String::as_str).unwrap_or_default();
                Err(wrong(format!("{place}{id}: {error}")))
            }
        }
    }
}

fn parse(path: &Path, source: String) -> Result<FluentResource, Broken> {
    FluentResource::try_new(source).map_err(|(resource, errors)| {
        let error = errors.first();
        let line = error.map(|error| broken::line(resource.source(), error.pos.start));
        let problem = error.map(|error| error.kind.to_string()).unwrap_or_default();
        Broken::at(path, line, problem)
    })
}

/// The message of each line that begins one, and the line, counted from one.
fn ids(resource: &FluentResource) -> impl Iterator<Item = (String, usize)> {
    let part_of_a_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    resource.source().lines().zip(1..).filter_map(move |(line, number)| {
        let id = line.split_once('=')?.0.trim_end();
        let named = id.starts_with(|c: char| c.is_ascii_alphabetic());
        (named && id.chars().all(part_of_a_name)).then(|| (id.to_owned(), number))
    })
}

fn direction(tag: &LanguageIdentifier) -> &'static str {
    match tag.character_direction() {
        CharacterDirection::RTL => "rtl",
        CharacterDirection::LTR | CharacterDirection::TTB => "ltr",
    }
}
