//! Every way a page can end other than as hoped: what the person is told, with which status, and
//! how they can go on. What only we may know goes to the log.

use crate::{
    App, client_service::NotSignedOut, identity::Unavailable, reader::Preference, seal, view,
};
use axum::{
    extract::{Request, State},
    http::{StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};
use url::Url;

/// Why a page refuses.
#[derive(Debug, Clone)]
pub(crate) enum Refusal {
    /// There is no such page.
    NoPage,
    /// The page does not take this method.
    Method,
    /// No challenge, two of them, or text that is none.
    NoChallenge,
    /// Hydra does not know the challenge.
    UnknownChallenge,
    /// The challenge is too old, and nobody knows how its sign-in began.
    Expired,
    /// The person has answered, and the app has got its answer; it may live here.
    Answered(Option<String>),
    /// The app asks for more than the person has proved; it may live here.
    TooWeak(Option<String>),
    /// The browser goes on elsewhere: the challenge was used before.
    GoOn(Url),
    /// The form was not made for this browser.
    ForeignForm,
    /// The form lacks a field, or is too big.
    BadForm(StatusCode),
    /// Something that we need is down; the person may try again at this address.
    Down {
        /// For the log.
        what: String,
        /// Path and query of the page to try again.
        retry: Option<String>,
    },
    /// A defect of ours.
    Broken(String),
}

/// A refusal in the look of the app that asks.
#[derive(Debug, Clone)]
pub(crate) struct Refused {
    refusal: Refusal,
    look: Option<String>,
}

impl<R: Into<Refusal>> From<R> for Refused {
    fn from(refusal: R) -> Self {
        Self { refusal: refusal.into(), look: None }
    }
}

impl From<hydra_admin::Error> for Refusal {
    fn from(error: hydra_admin::Error) -> Self {
        use hydra_admin::Error;
        match error {
            Error::Unknown(_) => Self::UnknownChallenge,
            Error::Expired => Self::Expired,
            Error::Handled(to) => Self::GoOn(to),
            Error::Unreachable(_) => Self::Down { what: error.to_string(), retry: None },
            Error::Invalid(_) | Error::Taken | Error::Refused(_) | Error::Unexpected(_) => {
                Self::Broken(error.to_string())
            }
        }
    }
}

impl From<Unavailable> for Refusal {
    fn from(error: Unavailable) -> Self {
        Self::Down { what: error.to_string(), retry: None }
    }
}

impl From<seal::Error> for Refusal {
    fn from(error: seal::Error) -> Self {
        Self::Broken(error.to_string())
    }
}

impl From<NotSignedOut> for Refusal {
    fn from(error: NotSignedOut) -> Self {
        Self::Down { what: error.to_string(), retry: None }
    }
}

impl From<view::Error> for Refusal {
    fn from(error: view::Error) -> Self {
        Self::Broken(error.to_string())
    }
}

impl Refusal {
    /// Adds where to try again, which the failed call did not know.
    pub(crate) fn or_again_at(self, page: String) -> Self {
        match self {
            Self::Down { what, retry: None } => Self::Down { what, retry: Some(page) },
            other => other,
        }
    }

    /// Adds how its page looks.
    pub(crate) fn in_look(self, look: Option<&str>) -> Refused {
        Refused { refusal: self, look: look.map(ToOwned::to_owned) }
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::NoPage | Self::UnknownChallenge => StatusCode::NOT_FOUND,
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::NoChallenge => StatusCode::BAD_REQUEST,
            Self::Expired => StatusCode::GONE,
            Self::Answered(_) => StatusCode::CONFLICT,
            Self::GoOn(_) => StatusCode::SEE_OTHER,
            Self::ForeignForm | Self::TooWeak(_) => StatusCode::FORBIDDEN,
            Self::BadForm(status) => *status,
            Self::Down { .. } => StatusCode::SERVICE_UNAVAILABLE,
            Self::Broken(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The name of the page's words in the locale files.
    fn words(&self) -> &'static str {
        match self {
            Self::NoPage | Self::Method | Self::GoOn(_) => "no-page",
            Self::NoChallenge | Self::UnknownChallenge => "unknown-challenge",
            Self::Expired => "expired",
            Self::Answered(_) => "answered",
            Self::TooWeak(_) => "too-weak",
            Self::ForeignForm => "foreign-form",
            Self::BadForm(_) => "bad-form",
            Self::Down { .. } => "down",
            Self::Broken(_) => "broken",
        }
    }

    /// What the person can press, if anything leads on.
    fn way_on(&self) -> Option<(&'static str, String)> {
        match self {
            Self::Answered(Some(home)) | Self::TooWeak(Some(home)) => {
                Some(("to-the-app", home.clone()))
            }
            Self::Down { retry: Some(retry), .. } => Some(("try-again", retry.clone())),
            _ => None,
        }
    }

    /// The query that leads to the same refusal: that of the next try, or none at all.
    fn again(&self) -> Option<String> {
        match self {
            Self::NoPage | Self::Method | Self::NoChallenge | Self::UnknownChallenge => {
                Some(String::new())
            }
            Self::Down { retry: Some(retry), .. } => {
                retry.split_once('?').map(|(_, query)| query.to_owned())
            }
            _ => None,
        }
    }
}

/// Deciding has no side effect: [`render`] turns it into a page and a log line.
impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let mut response = self.refusal.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        Refused::from(self).into_response()
    }
}

/// The layer that shows refusals: once logged, once rendered, in the reader's language.
pub(crate) async fn render(State(app): State<App>, request: Request, next: Next) -> Response {
    let preference = Preference::of(app.cookies, request.headers());
    let response = next.run(request).await;
    let Some(refused) = response.extensions().get::<Refused>().cloned() else { return response };
    let Refused { refusal, look } = refused;
    match &refusal {
        Refusal::GoOn(to) => return Redirect::to(to.as_str()).into_response(),
        Refusal::Broken(what) => tracing::error!(what, "refused"),
        Refusal::Down { what, .. } => tracing::warn!(what, "refused"),
        other => tracing::info!(reason = other.words(), "refused"),
    }
    let page = view::Message {
        words: refusal.words(),
        way_on: refusal.way_on(),
        again: refusal.again(),
        trace_id: telemetry::trace_id(),
        owner: false,
    };
    let reader = app.view.reader(&preference, &[]);
    let mut shown = match app.view.render_in(look.as_deref(), &reader, &page) {
        Ok(html) => (refusal.status(), html).into_response(),
        Err(error) => {
            tracing::error!(%error, "the error page cannot be rendered");
            refusal.status().into_response()
        }
    };
    for name in [header::SET_COOKIE, header::ALLOW] {
        for value in response.headers().get_all(&name) {
            shown.headers_mut().append(&name, value.clone());
        }
    }
    if matches!(refusal, Refusal::Down { .. }) {
        shown.headers_mut().insert(header::RETRY_AFTER, header::HeaderValue::from_static("5"));
    }
    shown
}
