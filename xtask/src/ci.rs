//! `cargo xtask ci`: what must pass before a change is merged.

use anyhow::Result;

use crate::{
    compose::{self, Profile},
    lint, prepare,
    step::step,
    test,
};

/// Lints first: they fail sooner.
pub(crate) fn ci() -> Result<()> {
    step("ci", || {
        prepare::prepare()?;
        lint::lint(&[])?;
        test::test(&[])?;
        if compose::is_possible() {
            return compose::compose(Profile::Quick);
        }
        eprintln!(
            "\n*** NOT CHECKED: the containers of docker/. No Docker with compose answers here.\n"
        );
        Ok(())
    })
}
