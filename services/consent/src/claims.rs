//! What tokens say about a person, at the sign-in and at every refresh.

use latchkey_proto::identity::v1::{Address, User};
use serde_json::{Map, Value};

/// What the ID token says about the person, by granted scope (OpenID Connect Core, section 5.4).
pub(crate) fn claims(user: &User, granted: &[String]) -> Map<String, Value> {
    let by_scope = [
        ("profile", "name", &user.display_name),
        ("profile", "preferred_username", &user.username),
        ("email", "email", &user.email),
        ("phone", "phone_number", &user.phone_number),
    ];
    let is_granted = |scope: &str| granted.iter().any(|granted| granted == scope);
    let changed = user.update_time.filter(|_| is_granted("profile"));
    let address = user.address.as_ref().filter(|_| is_granted("address")).map(postal);
    // Whoever is in none has an empty list: to an app that is another thing than no claim.
    let groups = is_granted("groups").then(|| Value::from(user.groups.clone()));
    by_scope
        .into_iter()
        .filter(|(scope, _, value)| is_granted(scope) && !value.is_empty())
        .map(|(_, claim, value)| (claim.to_owned(), Value::from(value.as_str())))
        .chain(changed.map(|time| ("updated_at".to_owned(), Value::from(time.seconds))))
        .chain(address.map(|address| ("address".to_owned(), address)))
        .chain(groups.map(|groups| ("groups".to_owned(), groups)))
        .collect()
}

/// The `address` claim (OpenID Connect Core, section 5.1.1): what is known of it.
fn postal(address: &Address) -> Value {
    let parts = [
        ("formatted", &address.formatted),
        ("street_address", &address.street_address),
        ("locality", &address.locality),
        ("region", &address.region),
        ("postal_code", &address.postal_code),
        ("country", &address.country),
    ];
    let known = parts.into_iter().filter(|(_, part)| !part.is_empty());
    known.map(|(name, part)| (name.to_owned(), Value::from(part.as_str()))).collect()
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
            phone_number: "+442079460000".to_owned(),
            address: Some(Address { locality: "London".to_owned(), ..Address::default() }),
            groups: vec!["sales".to_owned(), "staff".to_owned()],
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
        assert_eq!(names(&["phone"]), ["phone_number"]);
        let granted = ["address".to_owned()];
        let expected = serde_json::json!({ "address": { "locality": "London" } });
        assert_eq!(Value::from(claims(&user, &granted)), expected);
        let granted = ["groups".to_owned()];
        let expected = serde_json::json!({ "groups": ["sales", "staff"] });
        assert_eq!(Value::from(claims(&user, &granted)), expected);
        let expected = serde_json::json!({ "groups": [] });
        assert_eq!(Value::from(claims(&User::default(), &granted)), expected, "in none");
        assert!(claims(&User::default(), &["address".to_owned(), "phone".to_owned()]).is_empty());
    }
}
