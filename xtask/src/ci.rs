//! `cargo xtask ci`: what must pass before a change is merged.

use anyhow::Result;

use crate::{lint, prepare, step::step, test};

/// Lints first: they fail sooner.
pub(crate) fn ci() -> Result<()> {
    step("ci", || {
        prepare::prepare()?;
        lint::lint(&[])?;
        test::test(&[])
    })
}
