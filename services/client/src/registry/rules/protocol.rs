//! Grants, scopes and audiences: never more than the kind of app needs.

use super::Findings;
use crate::{
    registry::app::{App, Kind, fitting_response_types},
    scopes::{Asker, Catalogue},
};
use std::collections::HashSet;

const MOST_SCOPES: usize = 50;
const MOST_AUDIENCES: usize = 20;
const LONGEST_AUDIENCE: usize = 255;

pub(super) fn check(app: &App, kind: Kind, catalogue: &Catalogue, findings: &mut Findings) {
    let client = &app.client;
    let words = kind.words();
    let grants = app.fitting_grant_types(kind);
    if client.grant_types != grants {
        let why = format!("{words} with these scopes has {}: leave it away", grants.join(", "));
        findings.add("grant_types", why);
    }
    let responses = fitting_response_types(kind);
    if client.response_types != responses {
        let fitting = if responses.is_empty() { "none" } else { "code" };
        findings.add("response_types", format!("{words} has {fitting}: leave it away"));
    }
    scopes(app, kind, catalogue, findings);
    if client.audience.len() > MOST_AUDIENCES {
        findings.add("audiences", format!("has more than {MOST_AUDIENCES} entries"));
    }
    for (index, audience) in client.audience.iter().enumerate() {
        let good = (1..=LONGEST_AUDIENCE).contains(&audience.len())
            && audience.bytes().all(|byte| byte.is_ascii_graphic());
        if !good {
            let problem =
                "is not 1 to 255 ASCII letters and signs, such as https://api.example.com";
            findings.add(format!("audiences[{index}]"), problem);
        }
    }
    if client.skip_consent && kind == Kind::Machine {
        findings.add("first_party", "has no meaning where nobody is asked: leave it away");
    }
    if kind == Kind::Machine {
        let policy = &app.ours.policy;
        let problem = "has no meaning where nobody signs in: leave it away";
        if !policy.allowed_groups.is_empty() {
            findings.add("policy.allowed_groups", problem);
        }
        if !policy.look.is_empty() {
            findings.add("policy.look", problem);
        }
    }
}

fn scopes(app: &App, kind: Kind, catalogue: &Catalogue, findings: &mut Findings) {
    let asker = if kind.has_people() { Asker::People } else { Asker::Machines };
    if app.scopes().count() > MOST_SCOPES {
        findings.add("scopes", format!("has more than {MOST_SCOPES} entries"));
    }
    let mut seen = HashSet::new();
    for (index, scope) in app.scopes().enumerate() {
        let field = format!("scopes[{index}]");
        if !seen.insert(scope) {
            findings.add(field, format!("{scope} is there twice"));
            continue;
        }
        let askers = catalogue.askers(scope);
        if askers.is_empty() {
            findings.add(field, format!("{scope} is not in the scope catalogue"));
        } else if !askers.contains(&asker) {
            let problem = if kind.has_people() {
                format!("{scope} is for machines, and {} acts for people", kind.words())
            } else {
                format!("{scope} is for apps that people sign in to, and a machine acts for itself")
            };
            findings.add(field, problem);
        }
    }
}
