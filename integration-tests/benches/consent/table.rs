//! What was measured, each figure with its target.

/// Rows in the order of measurement. Each is printed as it comes, too.
pub(crate) struct Table(Vec<[String; 4]>);

impl Table {
    pub(crate) fn new() -> Self {
        Self(Vec::new())
    }

    /// A figure without a target.
    pub(crate) fn tell(&mut self, what: &str, figure: f64) {
        self.row(what, figure, String::new(), "");
    }

    pub(crate) fn at_least(&mut self, what: &str, figure: f64, least: f64) {
        let verdict = if figure >= least { "ok" } else { "MISSED" };
        self.row(what, figure, format!(">= {least}"), verdict);
    }

    pub(crate) fn at_most(&mut self, what: &str, figure: f64, most: f64) {
        let verdict = if figure <= most { "ok" } else { "MISSED" };
        self.row(what, figure, format!("<= {most}"), verdict);
    }

    fn row(&mut self, what: &str, figure: f64, target: String, verdict: &str) {
        let figure = if figure < 10.0 { format!("{figure:.3}") } else { format!("{figure:.1}") };
        eprintln!("    {what}: {figure} {target} {verdict}");
        self.0.push([what.to_owned(), figure, target, verdict.to_owned()]);
    }

    /// As Markdown.
    pub(crate) fn print(&self) {
        println!("| figure | measured | target | |\n|---|---:|---:|---|");
        for row in &self.0 {
            println!("| {} |", row.join(" | "));
        }
    }
}
