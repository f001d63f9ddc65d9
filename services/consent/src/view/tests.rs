use super::*;
use std::{collections::BTreeSet, time::Duration};

const MESSAGES: [&str; 16] = [
    "no-page",
    "unknown-challenge",
    "expired",
    "answered",
    "foreign-form",
    "bad-form",
    "down",
    "broken",
    "logged-out",
    "still-signed-in",
    "error-access-denied",
    "error-client",
    "error-request",
    "error-unsupported",
    "error-login-required",
    "error-server",
];

fn hidden() -> Hidden {
    Hidden { token: "t".to_owned() }
}

fn app(name: &str) -> AskingApp {
    AskingApp { name: name.to_owned() }
}

fn shown(name: &str) -> Shown {
    Shown {
        name: name.to_owned(),
        title: format!("{name}!"),
        description: "What it does".to_owned(),
    }
}

/// Every page with every branch of its template taken, in a language.
fn pages(view: &View, language: &LanguageIdentifier, text: &str) -> Vec<String> {
    let login = |problem, wait| Login {
        hidden: hidden(),
        app: app(text),
        identifier: text.to_owned(),
        remember: problem == Some("wrong-credentials"),
        wait: (problem == Some("throttled")).then(|| Wait::of(wait)),
        problem,
    };
    let consent = Consent {
        hidden: hidden(),
        app: app(text),
        person: text.to_owned(),
        scopes: vec![shown(text)],
        always: vec![shown("openid")],
    };
    let bare = Consent { scopes: vec![], always: vec![], ..consent_of(text) };
    let mut html = vec![
        view.render(language, &consent).unwrap(),
        view.render(language, &bare).unwrap(),
        view.render(language, &Logout { hidden: hidden() }).unwrap(),
    ];
    for problem in [None, Some("wrong-credentials"), Some("busy"), Some("down")] {
        html.push(view.render(language, &login(problem, Duration::ZERO)).unwrap());
    }
    for seconds in [1, 60, 600, 86_400] {
        let wait = Duration::from_secs(seconds);
        html.push(view.render(language, &login(Some("throttled"), wait)).unwrap());
    }
    for words in MESSAGES {
        for way_on in
            [None, Some(("start-again", text.to_owned())), Some(("to-the-app", text.to_owned()))]
        {
            let trace_id = way_on.is_some().then(|| "0af7".to_owned());
            html.push(view.render(language, &Message { words, way_on, trace_id }).unwrap());
        }
    }
    html.into_iter().map(|Html(html)| html).collect()
}

fn consent_of(text: &str) -> Consent {
    Consent {
        hidden: hidden(),
        app: app(text),
        person: text.to_owned(),
        scopes: vec![],
        always: vec![],
    }
}

#[test]
fn every_page_renders_in_every_language() {
    let view = View::new().unwrap();
    for language in &LANGUAGES {
        for html in pages(&view, language, "MyApp") {
            assert!(html.contains(&format!("<html lang=\"{language}\"")), "{html}");
            assert!(html.contains("<h1") && html.contains("<main"), "{html}");
        }
    }
}

#[test]
fn what_others_wrote_cannot_become_markup() {
    let view = View::new().unwrap();
    for html in pages(&view, &LANGUAGES[0], "\"><svg onload=alert(1)>") {
        assert!(!html.contains("<svg on"), "{html}");
    }
}

#[test]
fn no_page_needs_a_script_or_another_host() {
    let view = View::new().unwrap();
    for html in pages(&view, &LANGUAGES[0], "MyApp") {
        for foreign in ["<script", "style=", "src=\"http", "href=\"http", " onclick=", " onload="] {
            assert!(!html.contains(foreign), "{foreign} in {html}");
        }
        assert!(html.len() < 15 * 1024, "{} bytes", html.len());
    }
}

#[test]
fn every_language_has_the_same_words() {
    let keys = |file: &str| -> BTreeSet<String> {
        file.lines()
            .filter_map(|line| line.split_once(" ="))
            .map(|(key, _)| key.to_owned())
            .filter(|key| !key.starts_with([' ', '#']))
            .collect()
    };
    let english = keys(include_str!("../../locales/en/pages.ftl"));
    assert!(english.len() > 40, "{}", english.len());
    assert_eq!(english, keys(include_str!("../../locales/de/pages.ftl")));
    assert_eq!(english, keys(include_str!("../../locales/id/pages.ftl")));
}

#[test]
fn the_app_s_wish_comes_before_the_browser_s() {
    let language = |wish: &[&str], accept: &str| {
        let wish: Vec<_> = wish.iter().map(ToString::to_string).collect();
        super::language(&wish, accept).to_string()
    };
    assert_eq!(language(&["id"], "de-DE,de;q=0.9"), "id");
    assert_eq!(language(&["fr"], "de-AT,en;q=0.5"), "de");
    assert_eq!(language(&[], "fr-FR"), "en");
    assert_eq!(language(&["!"], "*;q=0, garbage;;"), "en");
}
