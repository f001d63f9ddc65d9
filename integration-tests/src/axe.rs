//! axe-core in the page that a browser shows: what it finds against WCAG 2.2 AA.

use serde::Deserialize;
use serde_json::{Value, json};
use std::{fmt::Write as _, ops::AddAssign, path::Path, sync::OnceLock};
use thirtyfour::WebDriver;

const PROGRAM: &str = "../target/tools/axe/node_modules/axe-core/axe.min.js";

/// The levels of WCAG that pages keep to, and what axe-core's makers advise beyond.
const TAGS: [&str; 6] = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/// What was looked at, over pages.
#[derive(Debug, Default)]
pub struct Report {
    /// Pages looked at.
    pub pages: usize,
    /// Rules that held, counted for each page.
    pub passes: usize,
    /// What axe-core cannot decide alone.
    pub undecided: Vec<String>,
    /// What is wrong.
    pub violations: Vec<String>,
}

#[derive(Deserialize)]
struct Findings {
    passes: usize,
    incomplete: Vec<Finding>,
    violations: Vec<Finding>,
}

#[derive(Deserialize)]
struct Finding {
    id: String,
    help: String,
    nodes: Vec<Node>,
}

#[derive(Deserialize)]
struct Node {
    html: String,
    #[serde(rename = "failureSummary")]
    summary: Option<String>,
}

impl Finding {
    fn told(&self, page: &str) -> String {
        let mut told = format!("{page}: {}: {}", self.id, self.help);
        for node in &self.nodes {
            let summary = node.summary.as_deref().unwrap_or_default();
            write!(told, "\n  {} {summary}", node.html).unwrap();
        }
        told
    }
}

/// Looks at the page as it is now. `name` stands for it in the report.
pub async fn look(chromium: &WebDriver, name: &str) -> Report {
    static AXE: OnceLock<String> = OnceLock::new();
    let axe = AXE.get_or_init(|| {
        let program = Path::new(env!("CARGO_MANIFEST_DIR")).join(PROGRAM);
        std::fs::read_to_string(program).expect("axe-core: run `cargo xtask prepare`")
    });
    let options = json!({
        "runOnly": TAGS,
        "rules": { "target-size": { "enabled": true } },
        "resultTypes": ["violations", "incomplete"],
    });
    chromium.execute(axe.as_str(), Vec::<Value>::new()).await.unwrap();
    let found = chromium
        .execute_async(
            "const done = arguments[1];
             const short = (rules) => rules.map(({ id, help, nodes }) => ({ id, help, nodes:
               nodes.map(({ html, failureSummary }) => ({ html, failureSummary })) }));
             axe.run(document, arguments[0]).then(({ passes, incomplete, violations }) => done({
               passes: passes.length, incomplete: short(incomplete), violations: short(violations),
             }), (error) => done({ error: String(error) }));",
            vec![options],
        )
        .await
        .unwrap();
    let findings: Findings = serde_json::from_value(found.json().clone())
        .unwrap_or_else(|error| panic!("{name}: {error}: {}", found.json()));
    Report {
        pages: 1,
        passes: findings.passes,
        undecided: findings.incomplete.iter().map(|finding| finding.told(name)).collect(),
        violations: findings.violations.iter().map(|finding| finding.told(name)).collect(),
    }
}

impl AddAssign for Report {
    fn add_assign(&mut self, other: Self) {
        self.pages += other.pages;
        self.passes += other.passes;
        self.undecided.extend(other.undecided);
        self.violations.extend(other.violations);
    }
}

impl Report {
    /// Prints the counts, and fails where something is wrong.
    #[expect(clippy::print_stdout, reason = "the counts are what a test run is asked for")]
    #[track_caller]
    pub fn holds(&self, of: &str) {
        let Self { pages, passes, undecided, violations } = self;
        println!(
            "axe-core, {of}: {pages} pages, {passes} rules held, {} undecided, {} violations",
            undecided.len(),
            violations.len(),
        );
        assert!(*pages > 0 && *passes > 10 * pages, "{of}: axe-core did not look");
        assert!(violations.is_empty(), "{of}: {}", violations.join("\n"));
        assert!(undecided.is_empty(), "{of}, undecided: {}", undecided.join("\n"));
    }
}
