//! Every page with made-up content, for whoever makes a theme: `--preview`.

use crate::{App, browser::Browser, refusal::Refusal, view::Sample};
use axum::{
    extract::{Path, State},
    response::{Html, IntoResponse as _, Response},
};
use std::{fmt::Write as _, iter};

/// The names of all pages in all looks, each a link.
pub(crate) async fn list(State(app): State<App>) -> Html<String> {
    let mut html = "<!doctype html><html lang=\"en\"><title>All pages</title>\
                    <main><h1>All pages, with made-up content</h1><ul>"
        .to_owned();
    let looks = app.view.looks().map(|look| format!("{look}/"));
    for look in iter::once(String::new()).chain(looks) {
        for Sample { name, .. } in Sample::all() {
            // Writing to a String cannot fail.
            let _ = write!(
                html,
                "<li><a href=\"/authentication/preview/{look}{name}\">{look}{name}</a>"
            );
        }
    }
    Html(html + "</ul></main>")
}

/// One of them, in the main look.
pub(crate) async fn show(
    State(app): State<App>,
    browser: Browser,
    Path(name): Path<String>,
) -> Result<Response, Refusal> {
    page(&app, &browser, None, &name)
}

/// One of them, in another look.
pub(crate) async fn show_in(
    State(app): State<App>,
    browser: Browser,
    Path((look, name)): Path<(String, String)>,
) -> Result<Response, Refusal> {
    app.view.look(&look).ok_or(Refusal::NoPage)?;
    page(&app, &browser, Some(&look), &name)
}

fn page(app: &App, browser: &Browser, look: Option<&str>, name: &str) -> Result<Response, Refusal> {
    let sample = Sample::all().into_iter().find(|sample| sample.name == name);
    let sample = sample.ok_or(Refusal::NoPage)?;
    let reader = app.view.reader(&browser.preference, &[]);
    Ok(app.view.render_in(look, &reader, &sample)?.into_response())
}
