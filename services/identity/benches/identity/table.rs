//! What was measured, each figure with its target.

use database::scratch::Engine;

/// Rows in the order of measurement. Each is printed as it comes, too.
pub(crate) struct Table(Vec<[String; 5]>);

impl Table {
    pub(crate) fn new() -> Self {
        Self(Vec::new())
    }

    /// A figure without a target.
    pub(crate) fn tell(&mut self, engine: Engine, what: &str, figure: f64) {
        self.row(engine, what, figure, String::new(), "");
    }

    pub(crate) fn at_least(&mut self, engine: Engine, what: &str, figure: f64, least: f64) {
        let verdict = if figure >= least { "ok" } else { "MISSED" };
        self.row(engine, what, figure, format!(">= {least}"), verdict);
    }

    /// A figure that cannot be above 1, since its peer does a part of the same work. One that is by more
    /// than noise says that the machine was busy with something else.
    pub(crate) fn part(&mut self, engine: Engine, what: &str, figure: f64, least: f64) {
        let verdict = match figure {
            1.05.. => "INVALID",
            figure if figure >= least => "ok",
            _ => "MISSED",
        };
        self.row(engine, what, figure, format!(">= {least}"), verdict);
    }

    pub(crate) fn at_most(&mut self, engine: Engine, what: &str, figure: f64, most: f64) {
        let verdict = if figure <= most { "ok" } else { "MISSED" };
        self.row(engine, what, figure, format!("<= {most}"), verdict);
    }

    fn row(&mut self, engine: Engine, what: &str, figure: f64, target: String, verdict: &str) {
        let figure = if figure < 10.0 { format!("{figure:.3}") } else { format!("{figure:.1}") };
        eprintln!("    {engine:?}: {what}: {figure} {target} {verdict}");
        let engine = format!("{engine:?}");
        self.0.push([what.to_owned(), engine, figure, target, verdict.to_owned()]);
    }

    /// As Markdown.
    pub(crate) fn print(&self) {
        println!("| figure | database | measured | target | |\n|---|---|---:|---:|---|");
        for row in &self.0 {
            println!("| {} |", row.join(" | "));
        }
    }
}
