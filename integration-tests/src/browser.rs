//! A real Chromium.

use futures_util::FutureExt as _;
use serde_json::json;
use std::{
    net::TcpListener,
    panic::{AssertUnwindSafe, resume_unwind},
    process::Stdio,
    time::Duration,
};
use thirtyfour::{
    ChromiumLikeCapabilities as _, DesiredCapabilities, LoggingPrefsLogLevel, WebDriver,
};
use tokio::process::{Child, Command};

/// A whole sign-in takes some seconds, a look at all pages some more.
const PATIENCE: Duration = Duration::from_mins(5);

/// How the browser is set up.
#[derive(Debug, Clone, Copy)]
pub struct Setup {
    /// Width and height of the window, in CSS pixels. Below 500 it is a phone's.
    pub window: (u32, u32),
    /// The preferred colour scheme.
    pub dark: bool,
    /// Whether scripts run.
    pub scripts: bool,
    /// The preferred language (BCP 47).
    pub language: &'static str,
}

impl Default for Setup {
    fn default() -> Self {
        Self { window: (1280, 900), dark: false, scripts: true, language: "en" }
    }
}

/// Runs a test in a browser, and closes the browser also where the test fails.
pub async fn with<T>(setup: Setup, test: impl AsyncFnOnce(&WebDriver) -> T) -> T {
    let (driver, mut process) = start(setup).await;
    let test = AssertUnwindSafe(test(&driver)).catch_unwind();
    let outcome = tokio::time::timeout(PATIENCE, test).await;
    let _ = tokio::time::timeout(PATIENCE, driver.quit()).await;
    process.kill().await.unwrap();
    match outcome.expect("a browser that answers") {
        Ok(value) => value,
        Err(panic) => resume_unwind(panic),
    }
}

async fn start(setup: Setup) -> (WebDriver, Child) {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let process = Command::new("chromedriver")
        .arg(format!("--port={port}"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .expect("chromedriver: run `cargo xtask prepare`");
    let server = format!("http://127.0.0.1:{port}");
    for _ in 0..100 {
        if let Ok(driver) = WebDriver::new(&server, capabilities(setup)).await {
            return (driver, process);
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("Chromium does not start");
}

fn capabilities(setup: Setup) -> thirtyfour::ChromeCapabilities {
    let (width, height) = setup.window;
    let mut chrome = DesiredCapabilities::chrome();
    let arguments = [
        "--headless=new".to_owned(),
        "--no-sandbox".to_owned(),
        "--disable-gpu".to_owned(),
        "--disable-quic".to_owned(),
        "--disable-dev-shm-usage".to_owned(),
        "--disable-background-networking".to_owned(),
        "--disable-component-update".to_owned(),
        "--disable-sync".to_owned(),
        "--no-first-run".to_owned(),
        "--hide-scrollbars".to_owned(),
        format!("--window-size={width},{height}"),
        format!("--accept-lang={}", setup.language),
    ];
    for argument in &arguments {
        chrome.add_arg(argument).unwrap();
    }
    chrome.set_browser_log_level(LoggingPrefsLogLevel::All).unwrap();
    if width < 500 {
        let metrics = json!({ "width": width, "height": height, "pixelRatio": 1.0, "touch": false, "mobile": false });
        chrome
            .add_experimental_option("mobileEmulation", json!({ "deviceMetrics": metrics }))
            .unwrap();
    }
    if setup.dark {
        chrome.add_arg("--force-dark-mode").unwrap();
        chrome.add_arg("--blink-settings=preferredColorScheme=0").unwrap();
    }
    if !setup.scripts {
        let off = json!({ "profile.managed_default_content_settings.javascript": 2 });
        chrome.add_experimental_option("prefs", off).unwrap();
    }
    chrome
}
