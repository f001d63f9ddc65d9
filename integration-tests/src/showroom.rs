//! The consent app with every page on show: `--preview`, and nothing behind it.

use chassis::process::Running;
use clap::Parser as _;
use latchkey_consent::{Config, Consent};
use std::path::Path;
use url::Url;

/// It stands as long as this lives.
#[derive(Debug)]
pub struct Showroom {
    base: Url,
    _running: Running,
}

impl Showroom {
    /// Opens it, with an operator's theme or ours.
    pub async fn open(theme: Option<&Path>) -> Self {
        let nowhere = ["hydra-admin-url", "identity-url", "client-url"]
            .map(|option| format!("--{option}=http://127.0.0.1:9"));
        let theme = theme.map(|theme| format!("--theme={}", theme.display()));
        let options = [
            "consent",
            "--listen=127.0.0.1:0",
            "--internal-listen=127.0.0.1:0",
            "--cookie-key=0123456789abcdef0123456789abcdef",
            "--preview",
        ];
        let all = options.map(ToOwned::to_owned).into_iter().chain(nowhere).chain(theme);
        let running = Consent::start(Config::parse_from(all)).await.unwrap();
        let port = running.address("pages").unwrap().port();
        let base = Url::parse(&format!("http://localhost:{port}/authentication/preview/")).unwrap();
        Self { base, _running: running }
    }

    /// Where a page is.
    #[must_use]
    pub fn page(&self, name: &str) -> Url {
        self.base.join(name).unwrap()
    }

    /// The start of every address of this host.
    #[must_use]
    pub fn host(&self) -> String {
        self.base.origin().ascii_serialization()
    }

    /// The names of all pages.
    pub async fn names(&self) -> Vec<String> {
        let list = self.base.join("../preview").unwrap();
        let html = crate::Visitor::new().open(list).await.html;
        let links = html.split("/authentication/preview/").skip(1);
        links.filter_map(|rest| Some(rest.split_once('"')?.0.to_owned())).collect()
    }
}
