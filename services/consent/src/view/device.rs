//! A browser and its system, as people call them.
//!
//! A User-Agent header names others before itself (RFC 9110, section 10.1.5, and history), so the first
//! name of these lists that is in it counts. Nothing is decided by it: it helps people to remember.

use serde::Serialize;

const BROWSERS: [(&str, &str); 10] = [
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("YaBrowser/", "Yandex Browser"),
    ("Vivaldi/", "Vivaldi"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("CriOS/", "Chrome"),
    ("Safari/", "Safari"),
];

const SYSTEMS: [(&str, &str); 7] = [
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
];

/// What is known of it; both may be missing.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) struct Device {
    browser: Option<&'static str>,
    system: Option<&'static str>,
}

impl Device {
    /// What a User-Agent header says.
    pub(crate) fn of(user_agent: &str) -> Self {
        let first = |list: &[(&str, &'static str)]| {
            list.iter().find(|(mark, _)| user_agent.contains(mark)).map(|(_, name)| *name)
        };
        Self { browser: first(&BROWSERS), system: first(&SYSTEMS) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_and_systems_are_called_as_people_call_them() {
        const WEBKIT: &str = "AppleWebKit/537.36 (KHTML, like Gecko)";
        for (user_agent, browser, system) in [
            (
                "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0".to_owned(),
                "Firefox",
                "Linux",
            ),
            (
                format!(
                    "Mozilla/5.0 (Windows NT 10.0) {WEBKIT} Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0"
                ),
                "Edge",
                "Windows",
            ),
            (
                format!(
                    "Mozilla/5.0 (Linux; Android 10; K) {WEBKIT} Chrome/140.0.0.0 Mobile Safari/537.36"
                ),
                "Chrome",
                "Android",
            ),
            (
                format!(
                    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {WEBKIT} Version/18.0 Safari/605.1.15"
                ),
                "Safari",
                "macOS",
            ),
            (
                format!(
                    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) {WEBKIT} CriOS/140.0 Mobile/15E148 Safari/604.1"
                ),
                "Chrome",
                "iPhone",
            ),
            (
                format!(
                    "Mozilla/5.0 (X11; Linux x86_64) {WEBKIT} HeadlessChrome/140.0.0.0 Safari/537.36"
                ),
                "Chrome",
                "Linux",
            ),
        ] {
            let known = Device { browser: Some(browser), system: Some(system) };
            assert_eq!(Device::of(&user_agent), known, "{user_agent}");
        }
        assert_eq!(Device::of("curl/8.5.0"), Device::default());
    }
}
