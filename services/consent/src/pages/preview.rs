//! Every page with made-up content, for whoever makes a theme: `--preview`.

use crate::{App, browser::Browser, refusal::Refusal, view::Sample};
use axum::{
    extract::{Path, State},
    response::{Html, IntoResponse as _, Response},
};
use std::fmt::Write as _;

/// The names of all pages, each a link.
pub(crate) async fn list() -> Html<String> {
    let mut html = "<!doctype html><html lang=\"en\"><title>All pages</title>\
                    <main><h1>All pages, with made-up content</h1><ul>"
        .to_owned();
    for Sample { name, .. } in Sample::all() {
        // Writing to a String cannot fail.
        let _ = write!(html, "<li><a href=\"/authentication/preview/{name}\">{name}</a>");
    }
    Html(html + "</ul></main>")
}

/// One of them.
pub(crate) async fn show(
    State(app): State<App>,
    browser: Browser,
    Path(name): Path<String>,
) -> Result<Response, Refusal> {
    let sample = Sample::all().into_iter().find(|sample| sample.name == name);
    let sample = sample.ok_or(Refusal::NoPage)?;
    let reader = app.view.reader(&browser.preference, &[]);
    Ok(app.view.render(&reader, &sample)?.into_response())
}
