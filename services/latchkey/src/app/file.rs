//! A file of apps, as `plan` and `apply` read it.

use super::description::{Description, Kind};
use crate::operator::Failure;
use aws_lc_rs::digest;
use latchkey_proto::client::v1::App;
use serde::Deserialize;
use serde_saphyr::Spanned;
use std::{
    collections::BTreeMap,
    fmt::Write as _,
    io::{Read as _, stdin},
    path::Path,
};

/// What stands in it.
#[derive(Debug)]
pub(super) struct File {
    /// Its name here, for refusals.
    pub(super) path: String,
    /// Its name in the registry: what it keeps.
    pub(super) source: String,
    /// By client id.
    pub(super) apps: BTreeMap<String, Entry>,
}

/// An app in it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) described: Description,
    /// Where it begins, counted from one.
    pub(super) line: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Text {
    source: String,
    apps: BTreeMap<String, Spanned<Description>>,
}

impl File {
    /// Reads a file, or standard input for `-`.
    pub(super) fn read(path: &Path) -> Result<Self, Failure> {
        let name = path.display().to_string();
        let text = if name == "-" {
            let mut text = String::new();
            stdin().lock().read_to_string(&mut text).map(|_| text)
        } else {
            std::fs::read_to_string(path)
        };
        let text = text.map_err(|error| Failure::trouble(format!("{name}: {error}")))?;
        Self::parse(&name, &text).map_err(Failure::Trouble)
    }

    fn parse(path: &str, text: &str) -> Result<Self, String> {
        let text: Text = serde_saphyr::from_str(text).map_err(|error| {
            let line = error.location().map_or(1, |location| location.line());
            format!("{path}:{line}: {}", error.without_snippet())
        })?;
        // Without a name the file would keep every app that there is.
        if text.source.is_empty() {
            return Err(format!(
                "{path}:1: source is empty: give the file a name, such as my-company"
            ));
        }
        let apps = text.apps.into_iter().map(|(id, entry)| {
            let (line, mut described) = (entry.referenced.line(), entry.value);
            // As for an app that is created without scopes.
            if described.scopes.is_empty() && described.kind != Kind::Machine {
                described.scopes.push("openid".to_owned());
            }
            (id, Entry { described, line })
        });
        Ok(Self { path: path.to_owned(), source: text.source, apps: apps.collect() })
    }

    /// The app of this entry, for the registry.
    pub(super) fn app(&self, client_id: &str, entry: &Entry) -> serde_json::Result<App> {
        Ok(App {
            client_id: client_id.to_owned(),
            source: self.source.clone(),
            source_digest: entry.digest()?,
            ..entry.described.clone().into()
        })
    }
}

impl Entry {
    /// Tells later whether the file or the app was changed.
    fn digest(&self) -> serde_json::Result<String> {
        let digest = digest::digest(&digest::SHA256, &serde_json::to_vec(&self.described)?);
        Ok(digest.as_ref().iter().fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "source: shop\napps:\n  my-shop:\n    kind: web\n    name: My shop\n";

    #[test]
    fn an_entry_knows_its_line_and_its_defaults() {
        let file = File::parse("apps.yaml", GOOD).unwrap();
        let shop = &file.apps["my-shop"];
        assert_eq!((shop.line, shop.described.kind), (4, Kind::Web));
        assert_eq!(shop.described.scopes, ["openid"]);
        let app = file.app("my-shop", shop).unwrap();
        assert_eq!((app.source.as_str(), app.source_digest.len()), ("shop", 64));
    }

    #[test]
    fn what_is_not_understood_is_told_with_its_line() {
        for (text, line, part) in [
            ("    redirect_urls: [a]\n", 6, "redirect_urls"),
            ("    kind: toaster\n    x: 1\n", 6, "kind"),
            ("    scopes: openid\n", 6, "sequence"),
            ("    policy: { longest_session: soon }\n", 6, "8h or 30days"),
            ("    name: Again\n", 6, "name"),
            ("   x: [\n", 6, ""),
        ] {
            let problem = File::parse("apps.yaml", &format!("{GOOD}{text}")).unwrap_err();
            assert!(problem.starts_with(&format!("apps.yaml:{line}: ")), "{text}: {problem}");
            assert!(problem.contains(part), "{text}: {problem}");
        }
        for text in [
            "",
            "apps: {}\n",
            "source: shop\n",
            "source: ''\napps: {}\n",
            "source: shop\napps:\n  a: {kind: other}\n",
        ] {
            assert!(File::parse("apps.yaml", text).is_err(), "{text}");
        }
    }
}
