//! `brand.toml`: what an operator's organisation is called, how it looks, and where it can be asked.

use super::{Assets, Broken, broken, colours::Colours, text};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use toml::Spanned;

/// What templates know as `brand`. The default is ours.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Brand {
    /// The name over every page.
    pub(crate) name: String,
    /// Files in `static/`; without a logo the key of ours is drawn.
    logo: Option<String>,
    logo_dark: Option<String>,
    icon: String,
    links: Vec<Link>,
    #[serde(skip)]
    pub(super) languages: Vec<String>,
    #[serde(skip)]
    colours: Colours,
    /// Names a file that a page asks for, and the place where it is named.
    #[serde(skip)]
    named: Vec<(String, PathBuf, usize)>,
}

/// A link under every page.
#[derive(Debug, Clone, Serialize)]
struct Link {
    /// Its words in the locale files are `link-NAME`.
    name: String,
    href: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
struct File {
    name: Option<String>,
    logo: Option<Spanned<String>>,
    logo_dark: Option<Spanned<String>>,
    icon: Option<Spanned<String>>,
    languages: Vec<String>,
    links: Option<Vec<FileLink>>,
    colours: Option<Spanned<Colours>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct FileLink {
    name: String,
    href: Spanned<String>,
}

impl Default for Brand {
    fn default() -> Self {
        Self {
            name: "Latchkey".to_owned(),
            logo: None,
            logo_dark: None,
            icon: "icon.svg".to_owned(),
            links: Vec::new(),
            languages: Vec::new(),
            colours: Colours::default(),
            named: Vec::new(),
        }
    }
}

impl Brand {
    /// The brand in `folder`, and its colours as a style sheet. What it does not say, `main` does.
    pub(super) fn read(folder: Option<&Path>, main: &Self) -> Result<(Self, String), Broken> {
        let path = folder.map(|folder| folder.join("brand.toml")).filter(|path| path.exists());
        let source = path.as_deref().map(text).transpose()?.unwrap_or_default();
        let path = path.unwrap_or_default();
        let at = |place: usize, problem: String| {
            Broken::at(&path, Some(broken::line(&source, place)), problem)
        };

        let file: File = toml::from_str(&source).map_err(|error| {
            let place = error.span().map(|span| span.start).unwrap_or_default();
            at(place, error.message().to_owned())
        })?;
        for link in file.links.iter().flatten() {
            let href = link.href.get_ref();
            if !["https://", "http://", "mailto:"].iter().any(|known| href.starts_with(known)) {
                let problem = format!("`{href}` leads nowhere: expected https:// or mailto:");
                return Err(at(link.href.span().start, problem));
            }
        }
        let colours = file.colours.unwrap_or_else(|| Spanned::new(0..0, Colours::default()));
        let place = colours.span().start;
        let colours = colours.into_inner().over(&main.colours);
        let style = colours.style().map_err(|problem| at(place, format!("colours: {problem}")))?;

        let files = [&file.logo, &file.logo_dark, &file.icon];
        let named = files.into_iter().flatten().map(|name| {
            (name.get_ref().clone(), path.clone(), broken::line(&source, name.span().start))
        });
        let named = named.collect();
        // The dark logo belongs to the other one.
        let dark = main.logo_dark.clone().filter(|_| file.logo.is_none());
        let link = |link: FileLink| Link { name: link.name, href: link.href.into_inner() };
        let links = file.links.map(|links| links.into_iter().map(link).collect());
        let brand = Self {
            name: file.name.unwrap_or_else(|| main.name.clone()),
            logo: file.logo.map(Spanned::into_inner).or_else(|| main.logo.clone()),
            logo_dark: file.logo_dark.map(Spanned::into_inner).or(dark),
            icon: file.icon.map_or_else(|| main.icon.clone(), Spanned::into_inner),
            links: links.unwrap_or_else(|| main.links.clone()),
            languages: file.languages,
            colours,
            named,
        };
        Ok((brand, style))
    }

    /// Every file that it names is there.
    pub(super) fn check(&self, assets: &Assets) -> Result<(), Broken> {
        match self.named.iter().find(|(name, ..)| assets.get(name).is_none()) {
            None => Ok(()),
            Some((name, path, line)) => {
                let problem = format!("there is no file static/{name}");
                Err(Broken::at(path, Some(*line), problem))
            }
        }
    }
}
