//! Hashing as a whole, with real hashes.

use super::*;

const FAIR: Cost = Cost { memory_kib: 19_456, iterations: 2, parallelism: 1 };

fn password(text: &str) -> Password {
    Password::parse("password", text).unwrap()
}

impl Hashing {
    async fn compared(&self, text: &str, stored: Option<&str>) -> Result<Compared, HashingError> {
        self.turn(None).unwrap().compare(&password(text), stored).await
    }
}

#[tokio::test]
async fn hashes_are_salted_compared_and_upgraded() {
    let old =
        Hashing::new(Cost { memory_kib: 12_288, iterations: 3, ..FAIR }, Peppers::default(), 1)
            .unwrap();
    let live = Hashing::new(FAIR, Peppers::default(), 1).unwrap();
    let stored = live.hash(&password("a"), None).await.unwrap();
    assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
    assert_ne!(stored, live.hash_if_idle(&password("a")).await.unwrap());

    let right = live.compared("a", Some(&stored)).await;
    assert_eq!(right, Ok(Compared::Right { outdated: false }));
    assert_eq!(live.compared("b", Some(&stored)).await, Ok(Compared::Wrong));
    assert_eq!(live.compared("a", None).await, Ok(Compared::Wrong));

    let stored = old.hash_for_import(&password("a")).await.unwrap();
    let right = live.compared("a", Some(&stored)).await;
    assert_eq!(right, Ok(Compared::Right { outdated: true }));
}

/// Argon2's reference program made these: what works in a reused block comes to the same.
#[tokio::test]
async fn a_block_that_was_used_before_changes_nothing() {
    let live = Hashing::new(FAIR, Peppers::default(), 1).unwrap();
    let larger =
        "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
    let smaller =
        "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";
    for _ in 0..2 {
        for stored in [larger, smaller] {
            let right = live.compared("password", Some(stored)).await;
            assert!(matches!(right, Ok(Compared::Right { .. })), "{stored}: {right:?}");
            let wrong = live.compared("passwore", Some(stored)).await;
            assert_eq!(wrong, Ok(Compared::Wrong));
        }
    }
}

#[tokio::test]
async fn a_stored_hash_that_is_unknown_or_costs_too_much_begins_nothing() {
    let live = Hashing::new(FAIR, Peppers::default(), 1).unwrap();
    let rest = "$c29tZXNhbHQ$RdescudvJCsgt3ub+b4dWRWJTmaaJObG";
    for bad in [
        String::new(),
        "hunter2".to_owned(),
        "$2b$12$abcdefghijklmnopqrstuv".to_owned(),
        "$argon2id$v=19$m=19456,t=2,p=1".to_owned(),
        format!("$argon2id$v=19$m=4194304,t=2,p=1{rest}"),
        format!("$argon2id$v=19$m=19456,t=1000000,p=1{rest}"),
        format!("$argon2id$v=19$m=19456,t=2,p=1000{rest}"),
    ] {
        let refused = live.compared("a", Some(&bad)).await;
        assert!(matches!(refused, Err(HashingError::Unusable(_))), "{bad}: {refused:?}");
    }
    assert_eq!(live.begun(), 0);
}

#[tokio::test]
async fn who_is_late_begins_nothing() {
    let live = Hashing::new(FAIR, Peppers::default(), 1).unwrap();
    let late = live.turn(Some(Instant::now()));
    assert!(matches!(late, Err(HashingError::TooLate)), "{late:?}");
    assert_eq!(live.begun(), 0);
    assert_eq!(live.compared("a", None).await, Ok(Compared::Wrong));
    assert_eq!(live.begun(), 1);
}

fn peppered(keys: &str) -> Hashing {
    let key = |id| format!("{id} {id}123456789abcdef0123456789abcdef\n");
    let text: String = keys.chars().map(key).collect();
    Hashing::new(FAIR, Peppers::parse(&text.into()).unwrap(), 1).unwrap()
}

#[tokio::test]
async fn a_hash_is_renewed_with_the_newest_pepper_and_opened_by_its_own_alone() {
    let plain = Hashing::new(FAIR, Peppers::default(), 1).unwrap();
    let (first, second, other) = (peppered("a"), peppered("ba"), peppered("c"));
    let bare = plain.hash(&password("a"), None).await.unwrap();
    let old = first.hash(&password("a"), None).await.unwrap();
    let new = second.hash(&password("a"), None).await.unwrap();
    assert!(old.contains(",keyid=YQ$") && new.contains(",keyid=Yg$"), "{old} {new}");
    for (hashing, stored, outdated) in [
        (&first, &bare, true),
        (&first, &old, false),
        (&second, &old, true),
        (&second, &new, false),
    ] {
        let right = hashing.compared("a", Some(stored)).await;
        assert_eq!(right, Ok(Compared::Right { outdated }), "{stored}");
        let wrong = hashing.compared("b", Some(stored)).await;
        assert_eq!(wrong, Ok(Compared::Wrong), "{stored}");
    }
    // The same id with another key.
    let renamed = new.replace("keyid=Yg", "keyid=YQ");
    let wrong = second.compared("a", Some(&renamed)).await;
    assert_eq!(wrong, Ok(Compared::Wrong));
    for (hashing, stored) in [(&plain, &old), (&first, &new), (&other, &new)] {
        let begun = hashing.begun();
        let lost = hashing.compared("a", Some(stored)).await.unwrap_err();
        assert!(lost.to_string().contains("pepper key"), "{lost}");
        assert_eq!(hashing.begun(), begun);
        assert!(hashing.accepts(stored).is_err() && hashing.accepts(&bare).is_ok());
    }
    assert!(!format!("{second:?}").contains("123456789abcdef"));
}
