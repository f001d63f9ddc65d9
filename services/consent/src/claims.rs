//! What tokens say about a person, at the sign-in and at every refresh.

use latchkey_proto::identity::v1::User;
use serde_json::{Map, Value};

/// What the ID token says about the person, by granted scope (OpenID Connect Core, section 5.4).
pub(crate) fn claims(user: &User, granted: &[String]) -> Map<String, Value> {
    let by_scope = [
        ("profile", "name", &user.display_name),
        ("profile", "preferred_username", &user.username),
        ("email", "email", &user.email),
    ];
    let is_granted = |scope: &str| granted.iter().any(|granted| granted == scope);
    let changed = user.update_time.filter(|_| is_granted("profile"));
    by_scope
        .into_iter()
        .filter(|(scope, _, value)| is_granted(scope) && !value.is_empty())
        .map(|(_, claim, value)| (claim.to_owned(), Value::from(value.as_str())))
        .chain(changed.map(|time| ("updated_at".to_owned(), Value::from(time.seconds))))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn claims_follow_the_granted_scopes() {
        let user = User {
            subject: "1".to_owned(),
            email: "ada@example.com".to_owned(),
            display_name: "Ada".to_owned(),
            ..User::default()
        };
        let names = |granted: &[&str]| -> Vec<String> {
            let granted: Vec<_> = granted.iter().map(ToString::to_string).collect();
            let mut names: Vec<_> =
                claims(&user, &granted).into_iter().map(|(name, _)| name).collect();
            names.sort();
            names
        };
        assert!(names(&["openid", "users.read"]).is_empty());
        assert_eq!(names(&["profile"]), ["name"]);
        assert_eq!(names(&["profile", "email"]), ["email", "name"]);
    }
}
