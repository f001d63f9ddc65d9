//! The files that pages load: style, script, logo. Kept in memory, each with a tag of its content.

use super::{Broken, room};
use aws_lc_rs::digest;
use axum::{
    body::Bytes,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use std::{collections::BTreeMap, fs, path::Path};

const STYLE: &str = "style.css";

/// Ours; a file of an operator with the same name stands in for it.
const OURS: [(&str, &str); 3] = [
    (STYLE, include_str!("../../static/style.css")),
    ("password.js", include_str!("../../static/password.js")),
    ("icon.svg", include_str!("../../static/icon.svg")),
];

/// The kinds of files that pages may load.
const KINDS: [(&str, &str); 9] = [
    ("css", "text/css; charset=utf-8"),
    ("ico", "image/x-icon"),
    ("jpg", "image/jpeg"),
    ("js", "text/javascript; charset=utf-8"),
    ("png", "image/png"),
    ("svg", "image/svg+xml"),
    ("txt", "text/plain; charset=utf-8"),
    ("webp", "image/webp"),
    ("woff2", "font/woff2"),
];

/// All of them, in one look.
#[derive(Debug, Clone)]
pub(crate) struct Assets {
    /// Where they are below `static/`: names in style sheets lead to files of the same look.
    place: String,
    files: BTreeMap<String, Asset>,
}

#[derive(Debug, Clone)]
pub(crate) struct Asset {
    kind: &'static str,
    body: Bytes,
    tag: String,
}

impl Assets {
    /// Those of a later folder come in place of an earlier one's. The colours come first in the style
    /// sheet.
    pub(super) fn read(
        folders: &[&Path],
        look: Option<&str>,
        colours: &str,
    ) -> Result<Self, Broken> {
        let mut bodies = BTreeMap::new();
        for (name, text) in OURS {
            bodies.insert(name.to_owned(), text.as_bytes().to_vec());
        }
        let mut theirs = Vec::new();
        for folder in folders {
            theirs.extend(room(Some(folder), "static")?);
        }
        for (name, path) in theirs {
            let body = fs::read(&path).map_err(|error| Broken::new(&path, error.to_string()))?;
            if kind(&name).is_none() {
                let known = KINDS.map(|(extension, _)| extension).join(", ");
                return Err(Broken::new(path, format!("not a kind of file for pages: {known}")));
            }
            let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
            if !name.chars().all(plain) {
                let problem = "name it with letters, digits, -, _ and . alone".to_owned();
                return Err(Broken::new(path, problem));
            }
            bodies.insert(name, body);
        }
        if let Some(style) = bodies.get_mut(STYLE) {
            style.splice(0..0, colours.bytes());
        }
        let assets = bodies.into_iter().filter_map(|(name, body)| {
            let hash = digest::digest(&digest::SHA256, &body);
            let tag = URL_SAFE_NO_PAD.encode(hash).chars().take(16).collect();
            Some((name.clone(), Asset { kind: kind(&name)?, body: body.into(), tag }))
        });
        let place = look.map(|look| format!("{look}/")).unwrap_or_default();
        Ok(Self { place, files: assets.collect() })
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Asset> {
        self.files.get(name)
    }

    /// The address of a file, which changes with its content.
    pub(crate) fn address(&self, name: &str) -> Option<String> {
        let Asset { tag, .. } = self.get(name)?;
        Some(format!("/authentication/static/{}{name}?v={tag}", self.place))
    }
}

impl Asset {
    /// What a browser loads.
    #[cfg(test)]
    pub(crate) fn content(&self) -> &[u8] {
        &self.body
    }

    /// The file, or nothing where the browser has it (RFC 9110, section 13.1.2). Only an address
    /// with this very content's tag is kept for good: an older replica could be answering.
    pub(crate) fn answer(&self, query: Option<&str>, asked: &HeaderMap) -> Response {
        let wanted = query.and_then(|query| query.strip_prefix("v="));
        let kept = if wanted == Some(self.tag.as_str()) {
            "public, max-age=31536000, immutable"
        } else {
            "public, no-cache"
        };
        let tag = format!("\"{}\"", self.tag);
        let known = asked.get(header::IF_NONE_MATCH).and_then(|known| known.to_str().ok());
        let fresh = known.is_some_and(|known| known.split(',').any(|one| one.trim() == tag));
        let mut response = if fresh {
            StatusCode::NOT_MODIFIED.into_response()
        } else {
            ([(header::CONTENT_TYPE, self.kind)], self.body.clone()).into_response()
        };
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(kept));
        if let Ok(tag) = HeaderValue::from_str(&tag) {
            headers.insert(header::ETAG, tag);
        }
        response
    }
}

fn kind(name: &str) -> Option<&'static str> {
    let (_, extension) = name.rsplit_once('.')?;
    KINDS.iter().find(|(known, _)| *known == extension).map(|(_, kind)| *kind)
}
