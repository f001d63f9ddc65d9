//! What an app has to be like (RFC 6749, RFC 8252, RFC 9700). All that is wrong is told at once, each
//! with what to do.

mod addresses;
mod keys;
mod protocol;
mod text;

use super::app::App;
use crate::scopes::Catalogue;

/// A field that breaks a rule. No secret is ever part of an app, and so its values may be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Violation {
    /// The field's path in the contract's `App`.
    pub(crate) field: String,
    /// What is wrong, and what to do.
    pub(crate) problem: String,
}

/// What was found so far.
#[derive(Debug, Default)]
struct Findings(Vec<Violation>);

impl Findings {
    fn add(&mut self, field: impl Into<String>, problem: impl Into<String>) {
        self.0.push(Violation { field: field.into(), problem: problem.into() });
    }

    /// Keeps what a check complains of.
    fn check(&mut self, field: impl Into<String>, checked: Result<(), String>) {
        if let Err(problem) = checked {
            self.add(field, problem);
        }
    }
}

/// All that is wrong with an app.
pub(crate) fn violations(app: &App, catalogue: &Catalogue) -> Vec<Violation> {
    let mut findings = Findings::default();
    let Some(kind) = app.ours.kind else {
        findings.add("kind", "is required: say web, spa, native or machine");
        return findings.0;
    };
    text::check(app, &mut findings);
    addresses::check(app, kind, &mut findings);
    protocol::check(app, kind, catalogue, &mut findings);
    keys::check(app, kind, &mut findings);
    findings.0
}
