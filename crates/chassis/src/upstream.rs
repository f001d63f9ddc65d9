//! Services that this one depends on.

use url::{Position, Url};

/// clap's parser for where another service is: scheme, host and port. Its paths are those of its API, and
/// not configured.
pub fn origin(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    url.filter(|url| url.username().is_empty() && url.password().is_none())
        .filter(|url| matches!(&url[Position::BeforePath..], "" | "/"))
        .ok_or_else(|| {
            "expected scheme, host and port alone, such as http://localhost:4445".to_owned()
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_scheme_host_and_port_and_nothing_else() {
        for (text, url) in [
            ("http://127.0.0.1:4445", "http://127.0.0.1:4445/"),
            ("https://hydra/", "https://hydra/"),
            ("http://[::1]:4445/", "http://[::1]:4445/"),
        ] {
            assert_eq!(origin(text).unwrap().as_str(), url);
        }
        for text in [
            "",
            "hydra",
            "localhost:4445",
            "127.0.0.1:4445",
            "ftp://hydra:4445",
            "http://",
            "http://hydra:4445/hydra",
            "http://hydra:4445/?a=b",
            "http://hydra:4445/#a",
            "http://user@hydra:4445",
            "http://:secret@hydra:4445",
        ] {
            let refused = origin(text).unwrap_err();
            assert!(refused.contains("scheme, host and port"), "{text}");
        }
    }
}
