//! The pages: one typed context for each template.

#[cfg(test)]
mod tests;

use crate::{profile::Outcome, provider::Tokens};
use axum::{
    http::StatusCode,
    response::{Html, IntoResponse, Response},
};
use minijinja::{Environment, UndefinedBehavior, value::Serde};
use serde::Serialize;

const TEMPLATES: [(&str, &str); 6] = [
    ("layout.html", include_str!("../templates/layout.html")),
    ("welcome.html", include_str!("../templates/welcome.html")),
    ("home.html", include_str!("../templates/home.html")),
    ("leaving.html", include_str!("../templates/leaving.html")),
    ("notice.html", include_str!("../templates/notice.html")),
    ("tokens.html", include_str!("../templates/tokens.html")),
];

/// All templates, ready to be filled.
pub(crate) struct View {
    templates: Environment<'static>,
}

/// A page, or the reason why there is none.
pub(crate) struct Page(Result<String, minijinja::Error>);

/// What a person who is signed in sees.
#[derive(Debug, Serialize)]
pub(crate) struct Home {
    pub(crate) subject: String,
    pub(crate) name: Option<String>,
    pub(crate) scopes: Vec<Granted>,
    pub(crate) resource: Resource,
    pub(crate) form_token: String,
}

/// A granted scope.
#[derive(Debug, Serialize)]
pub(crate) struct Granted {
    pub(crate) name: String,
    /// From the catalogue, where it knows the scope.
    pub(crate) title: Option<String>,
}

/// What the protected resource says.
#[derive(Debug, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum Resource {
    /// The profile.
    Profile { email: String, username: String, display_name: String },
    /// `users.read` was not granted.
    NotGranted,
    /// The token is not accepted.
    Refused,
    /// Nobody answers.
    Unavailable,
}

/// A page that says one thing.
#[derive(Debug, Serialize)]
pub(crate) struct Notice<'a> {
    pub(crate) title: &'a str,
    pub(crate) text: &'a str,
    pub(crate) way_on: Link,
    /// For whoever reports an error.
    pub(crate) trace_id: Option<String>,
}

/// Where a page leads on to.
#[derive(Debug, Serialize)]
pub(crate) struct Link {
    /// Empty for the page itself.
    pub(crate) href: String,
    pub(crate) label: &'static str,
}

#[derive(Serialize)]
struct Leaving<'a> {
    to: &'a str,
}

#[derive(Serialize)]
struct Nothing {}

impl View {
    /// Reads the templates, for the app of this name. A demonstration says that it is one, and has a
    /// button that shows the tokens. Fails where a template is not well formed.
    pub(crate) fn new(app_name: &str, demo: bool) -> Result<Self, minijinja::Error> {
        let mut templates = Environment::new();
        templates.add_global("app_name", app_name);
        templates.add_global("demo", demo);
        templates.set_undefined_behavior(UndefinedBehavior::Strict);
        for (name, source) in TEMPLATES {
            templates.add_template(name, source)?;
        }
        Ok(Self { templates })
    }

    /// What the app is, and how to sign in.
    pub(crate) fn welcome(&self) -> Page {
        self.render("welcome.html", Nothing {})
    }

    /// Who is signed in.
    pub(crate) fn home(&self, home: &Home) -> Page {
        self.render("home.html", home)
    }

    /// The tokens themselves, for demonstrations.
    pub(crate) fn tokens(&self, tokens: &Tokens) -> Page {
        self.render("tokens.html", tokens)
    }

    /// One thing, and the way on.
    pub(crate) fn notice(&self, notice: &Notice<'_>) -> Page {
        self.render("notice.html", notice)
    }

    /// On the way to Hydra's sign-out.
    pub(crate) fn leaving(&self, to: &str) -> Page {
        self.render("leaving.html", Leaving { to })
    }

    /// The sign-out is complete.
    pub(crate) fn signed_out(&self) -> Page {
        self.sign_in_again("You are signed out", "You can close this page.")
    }

    /// Hydra does not know of the sign-out; `there` is where to tell it, if that is known.
    pub(crate) fn signed_out_here_only(&self, there: Option<&str>) -> Page {
        let way_on = match there {
            Some(there) => Link { href: there.to_owned(), label: "Sign out there, too" },
            None => Link { href: "/".to_owned(), label: "Go to the start page" },
        };
        self.notice(&Notice {
            title: "You are signed out of this app",
            text: "The sign-in service does not answer, so you may still be signed in there. Wait \
                   a moment, then try again, or close the browser if others use this device.",
            way_on,
            trace_id: None,
        })
    }

    /// The session ended by itself.
    pub(crate) fn ended(&self) -> Page {
        self.sign_in_again(
            "You were signed out",
            "Your sign-in has ended: it was too old, or somebody ended it.",
        )
    }

    fn sign_in_again(&self, title: &str, text: &str) -> Page {
        let way_on = Link { href: "/sign-in".to_owned(), label: "Sign in again" };
        self.notice(&Notice { title, text, way_on, trace_id: None })
    }

    fn render(&self, name: &str, context: impl Serialize) -> Page {
        let template = self.templates.get_template(name);
        Page(template.and_then(|template| template.render(Serde(context))))
    }
}

impl IntoResponse for Page {
    fn into_response(self) -> Response {
        match self.0 {
            Ok(page) => Html(page).into_response(),
            Err(error) => {
                tracing::error!(%error, "a page cannot be drawn");
                (StatusCode::INTERNAL_SERVER_ERROR, "Something went wrong.").into_response()
            }
        }
    }
}

impl From<Outcome> for Resource {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Profile(profile) => Self::Profile {
                email: profile.email,
                username: profile.username,
                display_name: profile.display_name,
            },
            Outcome::NotGranted => Self::NotGranted,
            Outcome::Refused => Self::Refused,
            Outcome::Unavailable => Self::Unavailable,
        }
    }
}
