//! How far a build is: a spinner on a terminal, a line now and then elsewhere.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::{
    io::{IsTerminal as _, stderr},
    time::{Duration, Instant},
};

/// Between two lines where there is no terminal.
const SELDOM: Duration = Duration::from_secs(15);

pub(super) struct Progress {
    title: String,
    spinner: Option<ProgressBar>,
    began: Instant,
    told: Instant,
    packages: u32,
}

impl Progress {
    pub(super) fn begin(title: String) -> Self {
        let spinner = stderr().is_terminal().then(|| spinner(&title));
        if spinner.is_none() {
            eprintln!("{title}: this takes a few minutes");
        }
        Self { title, spinner, began: Instant::now(), told: Instant::now(), packages: 0 }
    }

    /// Go has printed a line: a package that it compiles, or a module that it fetches.
    pub(super) fn step(&mut self, line: &str) {
        self.packages += u32::from(!line.starts_with("go: "));
        let state = format!("{} packages, {line}", self.packages);
        if let Some(spinner) = &self.spinner {
            spinner.set_message(state);
        } else if self.told.elapsed() >= SELDOM {
            self.told = Instant::now();
            eprintln!("{}: {} s, {state}", self.title, self.began.elapsed().as_secs());
        }
    }

    /// Nothing more comes; `text` is said in the end.
    pub(super) fn end(self, text: Option<&str>) {
        if let Some(spinner) = &self.spinner {
            spinner.finish_and_clear();
        }
        if let Some(text) = text {
            eprintln!("{text} in {} s", self.began.elapsed().as_secs());
        }
    }
}

fn spinner(title: &str) -> ProgressBar {
    let spinner = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    if let Ok(style) = ProgressStyle::with_template("{spinner} {prefix}: {elapsed}, {wide_msg}") {
        spinner.set_style(style);
    }
    spinner.set_prefix(title.to_owned());
    spinner.enable_steady_tick(Duration::from_millis(120));
    spinner
}
