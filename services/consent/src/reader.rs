//! Who reads: the language of a page, and the switch to another one.

use crate::{
    App,
    browser::text,
    cookies::Cookies,
    theme::{Language, Languages},
};
use axum::{
    extract::{Request, State},
    http::{HeaderMap, Method, header},
    middleware::Next,
    response::{IntoResponse as _, Redirect, Response},
};
use serde::Serialize;
use std::{borrow::Cow, time::Duration};
use url::form_urlencoded;

/// A language that was picked on a page is kept for a year.
const KEPT: Duration = Duration::from_hours(365 * 24);

/// The query parameters of the switch, and the cookie: the language, and the app's wish that it
/// overrules.
const LANGUAGE: &str = "language";
const OVER: &str = "over";

/// What a browser tells about its reader's languages.
#[derive(Debug, Clone, Default)]
pub(crate) struct Preference {
    /// Picked on a page before: the language, and the app's wish that it overruled.
    picked: Option<(String, String)>,
    /// The Accept-Language header.
    accept: String,
}

/// The reader of a page.
pub(crate) struct Reader<'a> {
    pub(crate) language: &'a Language,
    /// The language that the app asked for, where we have it.
    wish: Option<&'a Language>,
}

/// The form under a page that shows it in another language.
#[derive(Debug, Serialize)]
pub(crate) struct Switch<'a> {
    /// The fields that lead back to the page.
    kept: Vec<(Cow<'a, str>, Cow<'a, str>)>,
    choices: Vec<Choice<'a>>,
}

/// A language that can be picked.
#[derive(Debug, Serialize)]
struct Choice<'a> {
    tag: &'a str,
    name: &'a str,
    direction: &'a str,
    current: bool,
}

impl<'a> Reader<'a> {
    /// What the app asked for (`ui_locales`, OpenID Connect Core, section 3.1.2.1), unless the
    /// reader overruled this very wish; then what they picked before; then what the browser
    /// prefers; then our first language.
    pub(crate) fn of(
        languages: &'a Languages,
        preference: &Preference,
        ui_locales: &[String],
    ) -> Self {
        let wish = languages.best(&ui_locales.join(","));
        let wished = wish.map(|wish| wish.tag.as_str()).unwrap_or_default();
        let picked = preference
            .picked
            .as_ref()
            .and_then(|(tag, over)| Some((languages.find(tag)?, over == wished)));
        let language = match (wish, picked) {
            (_, Some((picked, true))) | (None, Some((picked, _))) => Some(picked),
            (Some(wish), _) => Some(wish),
            (None, None) => languages.best(&preference.accept),
        };
        Self { language: language.unwrap_or(languages.first()), wish }
    }

    /// A reader of this language, of whom nothing else is known.
    pub(crate) fn alone(language: &'a Language) -> Self {
        Self { language, wish: None }
    }

    /// The switch on a page that `again`, a query, shows once more. One language needs none.
    pub(crate) fn switch(
        &self,
        languages: &'a Languages,
        again: Option<&'a str>,
    ) -> Option<Switch<'a>> {
        let choices = languages.iter().map(|language| Choice {
            tag: &language.tag,
            name: &language.name,
            direction: language.direction,
            current: language.tag == self.language.tag,
        });
        let over = self.wish.map(|wish| (OVER.into(), wish.tag.as_str().into()));
        let kept = form_urlencoded::parse(again?.as_bytes()).chain(over).collect();
        let switch = Switch { kept, choices: choices.collect() };
        (switch.choices.len() > 1).then_some(switch)
    }
}

impl Preference {
    /// What a request tells.
    pub(crate) fn of(cookies: Cookies, headers: &HeaderMap) -> Self {
        let picked = cookies.read(headers, LANGUAGE).and_then(|line| {
            line.split_once('.').map(|(tag, over)| (tag.to_owned(), over.to_owned()))
        });
        Self { picked, accept: text(headers, header::ACCEPT_LANGUAGE) }
    }
}

/// The layer behind the switch: keeps the language, and shows the page again. It changes nothing
/// else, so that a link from elsewhere does no harm.
pub(crate) async fn switch(State(app): State<App>, request: Request, next: Next) -> Response {
    let query = request.uri().query().unwrap_or_default();
    let pairs = || form_urlencoded::parse(query.as_bytes());
    let value = |name: &str| pairs().find(|(key, _)| key == name).map(|(_, value)| value);
    let (&Method::GET, Some(language)) = (request.method(), value(LANGUAGE)) else {
        return next.run(request).await;
    };
    let rest = pairs().filter(|(name, _)| name != LANGUAGE && name != OVER);
    let rest = form_urlencoded::Serializer::new(String::new()).extend_pairs(rest).finish();
    // A query alone: whatever the path is, the browser stays on this host.
    let mut response = Redirect::to(&format!("?{rest}")).into_response();
    let languages = app.view.languages();
    let over = value(OVER).and_then(|over| languages.find(&over).map(|over| over.tag.as_str()));
    if let Some(language) = languages.find(&language) {
        let picked = format!("{}.{}", language.tag, over.unwrap_or_default());
        response.headers_mut().extend([app.cookies.set(LANGUAGE, &picked, Some(KEPT))]);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::View;

    fn language(view: &View, wish: &[&str], picked: Option<(&str, &str)>, accept: &str) -> String {
        let wish: Vec<_> = wish.iter().map(ToString::to_string).collect();
        let picked = picked.map(|(tag, over)| (tag.to_owned(), over.to_owned()));
        let preference = Preference { picked, accept: accept.to_owned() };
        Reader::of(view.languages(), &preference, &wish).language.tag.clone()
    }

    #[test]
    fn the_app_s_wish_comes_first_then_the_pick_then_the_browser_s() {
        let view = View::new(None).unwrap();
        let of = |wish: &[&str], picked, accept| language(&view, wish, picked, accept);
        assert_eq!(of(&["id"], None, "de-DE,de;q=0.9"), "id");
        assert_eq!(of(&["id"], Some(("de", "")), "en"), "id");
        assert_eq!(of(&[], Some(("de", "")), "id"), "de");
        assert_eq!(of(&["fr"], None, "de-AT,en;q=0.5"), "de");
        assert_eq!(of(&[], None, "fr-FR"), "en");
        assert_eq!(of(&["!"], Some(("xx", "")), "*;q=0, garbage;;"), "en");
    }

    #[test]
    fn who_overrules_the_app_is_not_asked_again_by_the_same_wish() {
        let view = View::new(None).unwrap();
        let of = |wish: &[&str]| language(&view, wish, Some(("de", "id")), "en");
        assert_eq!(of(&["id"]), "de");
        assert_eq!(of(&["en"]), "en");
        assert_eq!(of(&[]), "de");
    }
}
