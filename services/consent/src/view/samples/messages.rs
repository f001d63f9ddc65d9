//! The messages, by their names in the locale files.

use crate::view::Message;

/// The names of all messages in the locale files.
pub(super) const MESSAGES: [&str; 22] = [
    "no-page",
    "unknown-challenge",
    "expired",
    "answered",
    "too-weak",
    "foreign-form",
    "bad-form",
    "down",
    "broken",
    "signing-out",
    "logged-out",
    "still-signed-in",
    "error-access-denied",
    "error-client",
    "error-request",
    "error-unsupported",
    "error-login-required",
    "error-server",
    "error-interrupted",
    "error-late",
    "error-weak",
    "error-setup",
];

/// One of them.
pub(super) fn message(words: &'static str) -> Message {
    let way_on = match words {
        "answered" | "too-weak" => Some("to-the-app"),
        "down" => Some("try-again"),
        "signing-out" => Some("go-on"),
        _ => None,
    };
    let trace_id = (!matches!(words, "signing-out" | "logged-out" | "still-signed-in"))
        .then(|| "0af7651916cd43dd8448eb211c80319c".to_owned());
    let way_on = way_on.map(|words| (words, "#".to_owned()));
    Message { words, way_on, again: None, trace_id, owner: words.starts_with("error-") }
}
