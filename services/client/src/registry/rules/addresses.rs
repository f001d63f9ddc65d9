//! Where browsers may be sent, and what people may be shown.

mod uri;

use super::Findings;
use crate::registry::app::{App, Kind};
use std::collections::HashSet;
use uri::Uri;

const MOST: usize = 20;

pub(super) fn check(app: &App, kind: Kind, findings: &mut Findings) {
    let client = &app.client;
    let redirects = redirect_uris(app, kind, findings);
    let origins: HashSet<_> = redirects.iter().map(Uri::origin).collect();
    let beside = "has not the scheme, host and port of a redirect URI, which Hydra demands";

    if client.post_logout_redirect_uris.len() > MOST {
        findings.add("post_logout_redirect_uris", format!("has more than {MOST} entries"));
    }
    for (index, text) in client.post_logout_redirect_uris.iter().enumerate() {
        let field = format!("post_logout_redirect_uris[{index}]");
        match Uri::parse(text).and_then(|uri| uri.fits(kind).map(|()| uri)) {
            Ok(uri) if origins.contains(&uri.origin()) => {}
            Ok(_) => findings.add(field, beside),
            Err(problem) => findings.add(field, problem),
        }
    }
    if !client.frontchannel_logout_uri.is_empty() {
        match Uri::parse(&client.frontchannel_logout_uri).and_then(Uri::web) {
            Ok(uri) if origins.contains(&uri.origin()) => {}
            Ok(_) => findings.add("frontchannel_logout_uri", beside),
            Err(problem) => findings.add("frontchannel_logout_uri", problem),
        }
    }
    for (field, text) in [
        ("backchannel_logout_uri", &client.backchannel_logout_uri),
        ("home_uri", &client.client_uri),
        ("logo_uri", &client.logo_uri),
        ("policy_uri", &client.policy_uri),
        ("tos_uri", &client.tos_uri),
    ] {
        if !text.is_empty() {
            findings.check(field, Uri::parse(text).and_then(Uri::web).map(drop));
        }
    }
}

/// Those that may be used.
fn redirect_uris(app: &App, kind: Kind, findings: &mut Findings) -> Vec<Uri> {
    let texts = &app.client.redirect_uris;
    match (kind.has_people(), texts.len()) {
        (true, 0) => {
            findings.add("redirect_uris", "is required: say where people come back to");
        }
        (false, 1..) => findings.add("redirect_uris", "has to be empty: nobody signs in there"),
        (true, 1..=MOST) | (false, 0) => {}
        (true, _) => findings.add("redirect_uris", format!("has more than {MOST} entries")),
    }
    let production = app.ours.environment == "production";
    let (mut usable, mut seen) = (Vec::new(), HashSet::new());
    for (index, text) in texts.iter().enumerate() {
        let field = format!("redirect_uris[{index}]");
        match Uri::parse(text).and_then(|uri| uri.fits(kind).map(|()| uri)) {
            Ok(_) if !seen.insert(text) => findings.add(field, "is there twice"),
            Ok(uri) if production && kind != Kind::Native && uri.is_loopback() => {
                findings.add(field, "is on a loopback host, and the environment is production");
            }
            Ok(uri) => usable.push(uri),
            Err(problem) => findings.add(field, problem),
        }
    }
    usable
}
