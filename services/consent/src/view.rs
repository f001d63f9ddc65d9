//! Pages as HTML: one template and one typed context for each, in the reader's language.

mod account;
mod ago;
mod device;
mod samples;
mod wait;

pub(crate) use account::{Apps, Granted, SignedIn};
pub(crate) use ago::Ago;
pub(crate) use device::Device;
pub(crate) use samples::Sample;
pub(crate) use wait::Wait;

use crate::{
    reader::{Preference, Reader},
    starts::Step,
    theme::{self, Asset, Broken, Languages, Look, Theme},
};
use axum::response::Html;
use hydra_admin::{Client, web};
use latchkey_proto::client::v1::Scope;
use minijinja::{Value, context, value::Serde};
use serde::{Deserialize, Serialize};
use std::{iter, path::Path};
use url::{Url, form_urlencoded};

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

/// The app that asks, as far as its owner describes it.
#[derive(Debug, Serialize)]
pub(crate) struct AskingApp {
    /// The name that people know.
    pub(crate) name: String,
    /// Its picture, where it may be loaded.
    pub(crate) logo: Option<String>,
    /// What it does with people's data.
    pub(crate) policy: Option<String>,
    /// Its terms of use.
    pub(crate) terms: Option<String>,
}

impl AskingApp {
    /// The app as its owner describes it. Only what can be linked to safely becomes a link.
    pub(crate) fn of(client: &Client, logos: &[Url]) -> Self {
        let named = !client.client_name.trim().is_empty();
        Self {
            name: if named { &client.client_name } else { &client.client_id }.clone(),
            logo: logo(client, logos).map(String::from),
            policy: web(&client.policy_uri).map(String::from),
            terms: web(&client.tos_uri).map(String::from),
        }
    }
}

/// The app's picture, if it lies where an operator allows it: from anywhere else it would tell its
/// host who signs in where.
pub(crate) fn logo(client: &Client, logos: &[Url]) -> Option<Url> {
    let logo = web(&client.logo_uri)?;
    logos.iter().any(|allowed| allowed.origin() == logo.origin()).then_some(logo)
}

/// Who is it?
#[derive(Serialize)]
pub(crate) struct Login {
    pub(crate) hidden: Hidden,
    pub(crate) app: AskingApp,
    /// What stands in the first field.
    pub(crate) identifier: String,
    pub(crate) remember: bool,
    /// What went wrong last time, by its name in the locale files.
    pub(crate) problem: Option<&'static str>,
    /// How long until the next try, where that is known.
    pub(crate) wait: Option<Wait>,
}

/// What may the app do?
#[derive(Serialize)]
pub(crate) struct Consent {
    pub(crate) hidden: Hidden,
    pub(crate) app: AskingApp,
    /// Who is signed in.
    pub(crate) person: String,
    /// What the person can untick.
    pub(crate) scopes: Vec<Shown>,
    /// What every sign-in grants.
    pub(crate) always: Vec<Shown>,
}

/// The app is kept to groups that the person is in none of.
#[derive(Serialize)]
pub(crate) struct TurnedAway {
    pub(crate) hidden: Hidden,
    pub(crate) app: AskingApp,
    /// Who is signed in.
    pub(crate) person: String,
}

/// A scope in words.
#[derive(Debug, Serialize)]
pub(crate) struct Shown {
    name: String,
    title: String,
    description: String,
    /// The app was granted others last time, and not this one.
    new: bool,
}

impl Shown {
    /// The scope, beside what the person granted to the app last time.
    pub(crate) fn beside(before: &[String], scope: Scope) -> Self {
        Self {
            new: !before.is_empty() && !before.contains(&scope.name),
            name: scope.name,
            title: scope.title,
            description: scope.description,
        }
    }
}

/// Does the person mean it?
#[derive(Serialize)]
pub(crate) struct Logout {
    pub(crate) hidden: Hidden,
    /// The app that began it, if one did.
    pub(crate) app: Option<AskingApp>,
}

/// Something to read, and perhaps one way on.
#[derive(Debug, Serialize)]
pub(crate) struct Message {
    /// The name of its words in the locale files: `message-NAME-title`, `message-NAME-text`.
    pub(crate) words: &'static str,
    /// The name of a link's words, and where it leads.
    pub(crate) way_on: Option<(&'static str, String)>,
    /// The query that shows the same message again, if anything does.
    pub(crate) again: Option<String>,
    /// For whoever is asked to help.
    pub(crate) trace_id: Option<String>,
    /// Whether there are words for the app's owner: `message-NAME-owner`.
    pub(crate) owner: bool,
}

impl Message {
    /// Words, and nothing else.
    pub(crate) fn said(words: &'static str) -> Self {
        Self { words, way_on: None, again: None, trace_id: None, owner: false }
    }
}

impl Page for Login {
    fn template(&self) -> &'static str {
        "login.html"
    }

    fn again(&self) -> Option<String> {
        Some(self.hidden.again(Step::Login))
    }
}
impl Page for Consent {
    fn template(&self) -> &'static str {
        "consent.html"
    }

    fn again(&self) -> Option<String> {
        Some(self.hidden.again(Step::Consent))
    }
}
impl Page for TurnedAway {
    fn template(&self) -> &'static str {
        "turned-away.html"
    }

    fn again(&self) -> Option<String> {
        Some(self.hidden.again(Step::Consent))
    }
}
impl Page for Logout {
    fn template(&self) -> &'static str {
        "logout.html"
    }

    fn again(&self) -> Option<String> {
        Some(self.hidden.again(Step::Logout))
    }
}
impl Page for Message {
    fn template(&self) -> &'static str {
        "message.html"
    }

    fn again(&self) -> Option<String> {
        self.again.clone()
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
