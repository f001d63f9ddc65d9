//! What `latchkey up` says to the person in front of it.

use crate::stack::{DEMO_CLIENT_ID, Stack};
use std::io::{Write as _, stdout};

/// Everything runs: what to open, what to type, where to look.
pub(crate) fn ready(stack: &Stack) {
    let settings = stack.settings();
    let mut lines = vec![
        String::new(),
        format!("  Open      {}", stack.client_url()),
        "  Sign in   user@example.com or user2@example.com, password: password".to_owned(),
        format!("  Client    {DEMO_CLIENT_ID}, at the issuer {}", stack.hydra_public_url()),
    ];
    if settings.jaeger.is_some() {
        lines.push(format!("  Traces    {}", stack.jaeger_url()));
    } else if let Some(collector) = &settings.collector {
        lines.push(format!("  Traces    are sent to {}", collector.grpc));
    }
    lines.push(format!("  Data      {}", settings.data.display()));
    lines.push(format!("  Logs      {}", settings.data.join("logs").display()));
    lines.push(String::new());
    lines.push("Ctrl-C stops everything.".to_owned());
    say(&lines.join("\n"));
}

/// The user wants it to end.
pub(crate) fn stopping() {
    say("Stopping.");
}

/// A reader that has gone away is no reason to stop.
fn say(text: &str) {
    let _ = writeln!(stdout().lock(), "{text}");
}
