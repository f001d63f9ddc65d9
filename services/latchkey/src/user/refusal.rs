//! How identity's refusals read on the command line: each field by the option that sets it.

use crate::operator::{Failure, violations};
use tonic::Status;

/// The contract's fields that every command sets by the same option.
const OPTIONS: [(&str, &str); 15] = [
    ("username", "--username"),
    ("display_name", "--name"),
    ("phone_number", "--phone-number"),
    ("address.formatted", "--formatted-address"),
    ("address.street_address", "--street-address"),
    ("address.locality", "--locality"),
    ("address.region", "--region"),
    ("address.postal_code", "--postal-code"),
    ("address.country", "--country"),
    ("password", "the password"),
    ("filter.email_prefix", "--email-prefix"),
    ("filter.identifier", "the name"),
    ("target.identifier", "the name"),
    ("event", "--event"),
    ("start_time", "--since"),
];

/// A refusal of whatever is given by none of the options of `email` and `groups`.
pub(super) fn refusal(status: Status) -> Failure {
    refusal_of(status, "the email address", "the group", &[])
}

/// A refusal where these options give the email address and the groups.
pub(super) fn refusal_of(status: Status, email: &str, group: &str, groups: &[String]) -> Failure {
    let violations = violations(&status);
    if violations.is_empty() {
        return Failure::from(status);
    }
    let lines = violations.into_iter().map(|(field, problem)| {
        let path = field.strip_prefix("user.").unwrap_or(&field);
        let option = match path.strip_prefix("groups[").and_then(|it| it.strip_suffix(']')) {
            Some(index) => {
                let given = index.parse().ok().and_then(|index: usize| groups.get(index));
                format!("{group} {}", given.map_or(index, String::as_str))
            }
            None if path == "email" => email.to_owned(),
            None if path == "groups" => group.to_owned(),
            None => {
                let known = OPTIONS.iter().find(|(field, _)| *field == path);
                known.map_or(path, |(_, option)| option).to_owned()
            }
        };
        format!("\n  {option}: it {problem}")
    });
    Failure::Refused(std::iter::once(status.message().to_owned()).chain(lines).collect())
}
