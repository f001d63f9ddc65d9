//! Pages as HTML: one template and one typed context for each, in the reader's language.

mod wait;

pub(crate) use wait::Wait;

use axum::response::Html;
use fluent_langneg::{NegotiationStrategy, negotiate_languages, parse_accepted_languages};
use fluent_templates::{
    LanguageIdentifier, Loader as _, fluent_bundle::FluentValue, langid, static_loader,
};
use hydra_admin::Client;
use latchkey_proto::client::v1::Scope;
use minijinja::{
    Environment, UndefinedBehavior, Value, context,
    value::{Kwargs, Serde},
};
use serde::{Deserialize, Serialize};
use std::{borrow::Cow, collections::HashMap};

static_loader! {
    static WORDS = {
        locales: "./locales",
        fallback_language: "en",
        customise: |bundle| bundle.set_use_isolating(false),
    };
}

/// The languages that the pages are written in.
static LANGUAGES: [LanguageIdentifier; 3] = [langid!("en"), langid!("de"), langid!("id")];

const TEMPLATES: [(&str, &str); 6] = [
    ("layout.html", include_str!("../templates/layout.html")),
    ("form.html", include_str!("../templates/form.html")),
    (Login::TEMPLATE, include_str!("../templates/login.html")),
    (Consent::TEMPLATE, include_str!("../templates/consent.html")),
    (Logout::TEMPLATE, include_str!("../templates/logout.html")),
    (Message::TEMPLATE, include_str!("../templates/message.html")),
];

/// A template that cannot be rendered: a defect of ours.
#[derive(Debug, thiserror::Error)]
#[error("a page cannot be rendered: {0}")]
pub(crate) struct Error(#[from] minijinja::Error);

/// The hidden field of a form.
#[derive(Default, Serialize, Deserialize)]
pub(crate) struct Hidden {
    /// What the form is about, sealed for this browser.
    #[serde(default)]
    pub(crate) token: String,
}

/// A page: a template and what it shows.
pub(crate) trait Page: Serialize {
    /// The template's file name.
    const TEMPLATE: &'static str;
}

/// The app that asks, as far as its owner describes it.
#[derive(Debug, Serialize)]
pub(crate) struct AskingApp {
    /// The name that people know.
    pub(crate) name: String,
}

impl From<&Client> for AskingApp {
    fn from(client: &Client) -> Self {
        let named = !client.client_name.trim().is_empty();
        Self { name: if named { &client.client_name } else { &client.client_id }.clone() }
    }
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

/// A scope in words.
#[derive(Debug, Serialize)]
pub(crate) struct Shown {
    name: String,
    title: String,
    description: String,
}

impl From<Scope> for Shown {
    fn from(scope: Scope) -> Self {
        Self { name: scope.name, title: scope.title, description: scope.description }
    }
}

/// Does the person mean it?
#[derive(Serialize)]
pub(crate) struct Logout {
    pub(crate) hidden: Hidden,
}

/// Something to read, and perhaps one way on.
#[derive(Debug, Serialize)]
pub(crate) struct Message {
    /// The name of its words in the locale files: `message-NAME-title`, `message-NAME-text`.
    pub(crate) words: &'static str,
    /// The name of a link's words, and where it leads.
    pub(crate) way_on: Option<(&'static str, String)>,
    /// For whoever is asked to help.
    pub(crate) trace_id: Option<String>,
}

impl Page for Login {
    const TEMPLATE: &'static str = "login.html";
}
impl Page for Consent {
    const TEMPLATE: &'static str = "consent.html";
}
impl Page for Logout {
    const TEMPLATE: &'static str = "logout.html";
}
impl Page for Message {
    const TEMPLATE: &'static str = "message.html";
}

/// The templates, ready to render.
pub(crate) struct View {
    templates: Environment<'static>,
}

impl View {
    /// Reads all templates: a broken one stops the start.
    pub(crate) fn new() -> Result<Self, Error> {
        let mut templates = Environment::new();
        templates.set_undefined_behavior(UndefinedBehavior::Strict);
        for (name, source) in TEMPLATES {
            templates.add_template(name, source)?;
        }
        Ok(Self { templates })
    }

    /// The page in this language.
    pub(crate) fn render<P: Page>(
        &self,
        language: &LanguageIdentifier,
        page: &P,
    ) -> Result<Html<String>, Error> {
        let words = Value::from_function({
            let language = language.clone();
            move |id: &str, values: Kwargs| translate(&language, id, &values)
        });
        let page = Value::from(Serde(page));
        let shown = context! { t => words, language => language.to_string(), page };
        Ok(Html(self.templates.get_template(P::TEMPLATE)?.render(shown)?))
    }
}

/// The language for a reader: what the app asked for (`ui_locales`), then what the browser
/// prefers, then English.
pub(crate) fn language(ui_locales: &[String], accept: &str) -> LanguageIdentifier {
    let mut wanted = parse_accepted_languages(&ui_locales.join(","));
    wanted.extend(parse_accepted_languages(accept));
    let best = negotiate_languages(&wanted, &LANGUAGES, None, NegotiationStrategy::Lookup);
    best.first().copied().cloned().unwrap_or(langid!("en"))
}

/// `t("key", name=value)` in a template.
fn translate(
    language: &LanguageIdentifier,
    id: &str,
    values: &Kwargs,
) -> Result<String, minijinja::Error> {
    let mut filled = HashMap::new();
    for name in values.args() {
        let value: Value = values.get(name)?;
        let value = match i64::try_from(value.clone()) {
            Ok(number) if value.is_number() => FluentValue::from(number),
            _ => FluentValue::from(value.to_string()),
        };
        filled.insert(Cow::Owned(name.to_owned()), value);
    }
    WORDS.try_lookup_complete(language, id, Some(&filled)).ok_or_else(|| {
        minijinja::Error::new(minijinja::ErrorKind::InvalidOperation, format!("no words for {id}"))
    })
}

#[cfg(test)]
mod tests;
