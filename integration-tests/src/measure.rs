//! What a page costs, and whether it stays where it is.

use serde::Deserialize;
use serde_json::Value;
use thirtyfour::WebDriver;

/// The most that a page may have with everything that it loads.
const BYTES: u64 = 15 * 1024;

/// A page as a browser has loaded it.
#[derive(Debug, Deserialize)]
pub struct Measured {
    /// Of the page and of all that it loads, uncompressed.
    pub bytes: u64,
    /// What it loads, by address.
    pub loads: Vec<String>,
    /// Cumulative Layout Shift.
    pub shift: f64,
    /// How much wider the page is than the window, in CSS pixels.
    pub overflow: i64,
}

/// Measures the page once it is loaded and drawn.
pub async fn measure(chromium: &WebDriver) -> Measured {
    let measured = chromium
        .execute_async(
            "const done = arguments[0];
             let shift = 0;
             const add = (entries) => entries.forEach((entry) => { shift += entry.value; });
             const observer = new PerformanceObserver((list) => add(list.getEntries()));
             observer.observe({ type: 'layout-shift', buffered: true });
             const [page] = performance.getEntriesByType('navigation');
             const loaded = performance.getEntriesByType('resource');
             const root = document.documentElement;
             requestAnimationFrame(() => requestAnimationFrame(() => {
               add(observer.takeRecords());
               done({
                 bytes: [page, ...loaded].reduce((sum, one) => sum + one.decodedBodySize, 0),
                 loads: loaded.map(({ name }) => name),
                 shift,
                 overflow: root.scrollWidth - root.clientWidth,
               });
             }));",
            Vec::<Value>::new(),
        )
        .await
        .unwrap();
    measured.convert().unwrap()
}

impl Measured {
    /// Fails unless the page is small, still, no wider than the window, and loads from one host.
    #[track_caller]
    pub fn holds(&self, page: &str, host: &str) {
        assert!(self.bytes > 1024 && self.bytes < BYTES, "{page}: {} bytes", self.bytes);
        assert!(self.shift.abs() < f64::EPSILON, "{page} shifts by {}", self.shift);
        assert!(self.overflow <= 0, "{page} is {} px too wide", self.overflow);
        assert!(!self.loads.is_empty(), "{page} loads nothing");
        for address in &self.loads {
            assert!(address.starts_with(host), "{page} loads {address}");
        }
    }
}
