//! Pages as HTML: one template and one typed context for each, in the reader's language.

mod account;
mod ago;
mod asking_app;
mod consent;
mod device;
mod login;
mod logout;
mod message;
mod samples;
mod turned_away;
mod wait;

pub(crate) use account::{Apps, Granted, SignedIn};
pub(crate) use ago::Ago;
pub(crate) use asking_app::{AskingApp, logo};
pub(crate) use consent::{Consent, Shown};
pub(crate) use device::Device;
pub(crate) use login::Login;
pub(crate) use logout::Logout;
pub(crate) use message::Message;
pub(crate) use samples::Sample;
pub(crate) use turned_away::TurnedAway;
pub(crate) use wait::Wait;

use crate::{
    reader::{Preference, Reader},
    starts::Step,
    theme::{self, Asset, Broken, Languages, Look, Theme},
};
use axum::response::Html;
use minijinja::{Value, context, value::Serde};
use serde::{Deserialize, Serialize};
use std::{iter, path::Path};
use url::form_urlencoded;

/// A template that cannot be rendered: a defect of ours, or of an operator's.
#[derive(Debug, thiserror::Error)]
#[error("a page cannot be rendered: {0}")]
pub(crate) struct Error(#[from] minijinja::Error);

/// The hidden field of a form.
#[derive(Default, Serialize, Deserialize)]
pub(crate) struct Hidden {
    /// What the form is about, sealed for this browser.
    #[serde(default)]
    pub(crate) token: String,
    /// The challenge in it, for the way back to the page.
    #[serde(skip)]
    pub(crate) challenge: String,
}

/// A page: a template and what it shows.
pub(crate) trait Page: Serialize {
    /// The template's file name.
    fn template(&self) -> &'static str;

    /// The query that shows this page again, if anything does: the switch of languages needs it.
    fn again(&self) -> Option<String>;
}

impl Hidden {
    fn again(&self, step: Step) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair(step.parameter(), &self.challenge).finish()
    }
}

/// The pages of a theme, ready to render.
pub(crate) struct View {
    theme: Theme,
}

impl View {
    /// The pages, with an operator's folder in place of ours. A theme that cannot show every page
    /// in every look and language stops the start.
    pub(crate) fn new(folder: Option<&Path>) -> Result<Self, Broken> {
        let view = Self { theme: Theme::read(folder)? };
        if folder.is_some() {
            for look in iter::once(None).chain(view.looks().map(Some)) {
                let broken = |Error(error)| theme::broken_template(folder, &error).in_look(look);
                view.check(look).map_err(broken)?;
            }
        }
        Ok(view)
    }

    fn check(&self, look: Option<&str>) -> Result<(), Error> {
        for sample in Sample::all() {
            for language in self.theme.languages.iter() {
                let Html(html) = self.render_in(look, &Reader::alone(language), &sample)?;
                sample.complete(&html)?;
            }
        }
        Ok(())
    }

    /// The page for this reader, in the main look.
    pub(crate) fn render<P: Page>(
        &self,
        reader: &Reader<'_>,
        page: &P,
    ) -> Result<Html<String>, Error> {
        self.render_in(None, reader, page)
    }

    /// The page for this reader, in this look. Where the theme lacks it, the main one stands in.
    pub(crate) fn render_in<P: Page>(
        &self,
        look: Option<&str>,
        reader: &Reader<'_>,
        page: &P,
    ) -> Result<Html<String>, Error> {
        let look = look.and_then(|name| self.look(name)).unwrap_or(&self.theme.main);
        let language = reader.language;
        let again = page.again();
        let switch = reader.switch(&self.theme.languages, again.as_deref());
        let shown = context! {
            t => language.say.clone(),
            language => language.tag.clone(),
            direction => language.direction,
            switch => Value::from(Serde(&switch)),
            page => Value::from(Serde(page)),
            ..look.shown.clone()
        };
        Ok(Html(self.theme.templates.get_template(page.template())?.render(shown)?))
    }

    /// Whom a page is for: what the browser tells, and what the app asked for (`ui_locales`).
    pub(crate) fn reader(&self, preference: &Preference, ui_locales: &[String]) -> Reader<'_> {
        Reader::of(&self.theme.languages, preference, ui_locales)
    }

    pub(crate) fn languages(&self) -> &Languages {
        &self.theme.languages
    }

    /// The names of all looks but the main one.
    pub(crate) fn looks(&self) -> impl Iterator<Item = &str> {
        self.theme.looks.keys().map(String::as_str)
    }

    pub(crate) fn look(&self, name: &str) -> Option<&Look> {
        self.theme.looks.get(name)
    }

    /// A file that pages load, of the main look, or of another as `LOOK/FILE`.
    pub(crate) fn asset(&self, path: &str) -> Option<&Asset> {
        match path.split_once('/') {
            None => self.theme.main.assets.get(path),
            Some((look, name)) => self.look(look)?.assets.get(name),
        }
    }
}

#[cfg(test)]
mod tests;
