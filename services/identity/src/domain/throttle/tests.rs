use super::*;
use crate::domain::identifier::Identifier;
use proptest::prelude::*;
use std::{net::IpAddr, sync::LazyLock};

const RULE: Rule = Rule {
    free: 3,
    most: 100,
    delay: TimeDelta::seconds(1),
    longest: TimeDelta::hours(1),
    memory: TimeDelta::hours(24),
    sliding: true,
};

static KEYS: LazyLock<Keys> = LazyLock::new(Keys::default);

fn name(typed: &str) -> Identifier {
    Identifier::parse("identifier", typed).unwrap()
}

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

#[test]
fn the_delay_doubles_up_to_the_longest_and_then_waits_to_be_forgotten() {
    let seconds = |failures| RULE.delay(failures).num_seconds();
    assert_eq!([0, 1, 2, 3, 4, 5, 6].map(seconds), [0, 0, 0, 1, 2, 4, 8]);
    assert_eq!([14, 15, 50, 99].map(seconds), [2048, 3600, 3600, 3600]);
    assert_eq!([100, 101, i64::MAX].map(seconds), [86_400; 3]);
}

#[test]
fn an_attempt_that_waited_long_enough_is_looked_at() {
    let last_at = DateTime::UNIX_EPOCH;
    let forget_at = last_at + RULE.memory;
    let early = |failures, seconds| {
        let tally = Tally { failures, last_at, forget_at };
        RULE.early(&tally, last_at + TimeDelta::seconds(seconds)).map_or(0, |it| it.num_seconds())
    };
    assert_eq!([early(0, 0), early(2, 0), early(2, -5)], [0, 0, 0]);
    assert_eq!([early(3, 0), early(3, 1), early(5, 1)], [1, 0, 3]);
    assert_eq!([early(100, 3600), early(100, 86_400)], [82_800, 0]);
    // The clock was set back.
    assert_eq!([early(5, -60), early(5, -3601), early(100, -86_400)], [64, 0, 0]);
}

#[test]
fn what_is_counted_where() {
    let kinds = |ip, device| {
        let mut kinds: Vec<_> = KEYS
            .counters(KEYS.account(&name("ada"), None), ip, device)
            .into_iter()
            .map(|counter| format!("{:?}", counter.kind))
            .collect();
        kinds.sort();
        kinds
    };
    assert_eq!(kinds(None, None), ["Account"]);
    assert_eq!(kinds(Some(ip("192.0.2.1")), None), ["Account", "Pair", "Source"]);
    assert_eq!(kinds(Some(ip("192.0.2.1")), Some(&[7; 32])), ["Device"]);
}

#[test]
fn spellings_of_a_name_are_one_account_and_a_network_is_one_source() {
    assert_eq!(KEYS.account(&name("Ada"), None), KEYS.account(&name(" ADA "), None));
    assert_ne!(KEYS.account(&name("ada"), None), KEYS.account(&name("bob"), None));
    let person = KEYS.account(&name("ada"), Some("1"));
    assert_eq!(person, KEYS.account(&name("ada@example.com"), Some("1")));
    assert_ne!(person, KEYS.account(&name("ada"), None));
    assert_ne!(person, KEYS.account(&name("1"), None));
    assert_eq!(KEYS.source(ip("2001:db8::1")), KEYS.source(ip("2001:db8::ffff:1")));
    assert_ne!(KEYS.source(ip("2001:db8::1")), KEYS.source(ip("2001:db8:0:1::1")));
    assert_eq!(KEYS.source(ip("192.0.2.1")), KEYS.source(ip("::ffff:192.0.2.1")));
    assert_ne!(KEYS.source(ip("192.0.2.1")), KEYS.source(ip("192.0.2.2")));
}

#[test]
fn a_secret_makes_other_keys_and_shows_nowhere() {
    let keyed = |secret: &str| Keys::new(Some(&secret.into()));
    let key = |keys: &Keys| keys.source(ip("192.0.2.1"));
    assert_eq!(key(&keyed("a")), key(&keyed("a")));
    assert_ne!(key(&keyed("a")), key(&keyed("b")));
    assert_ne!(key(&keyed("a")), key(&KEYS));
    assert!(!format!("{:?}", keyed("hunter2")).contains("hunter2"));
}

proptest! {
    #[test]
    fn a_delay_never_shrinks_and_never_overflows(failures in 0..i64::MAX, free in 1..1000i64) {
        let rule = Rule { free, ..RULE };
        prop_assert!(rule.delay(failures) <= rule.delay(failures + 1));
    }

    #[test]
    fn rows_are_locked_in_one_order(typed in "[a-z]{1,9}", bits: u32) {
        let counters = KEYS.counters(KEYS.account(&name(&typed), None), Some(std::net::Ipv4Addr::from(bits).into()), None);
        let kinds: Vec<_> = counters.iter().map(|counter| counter.kind).collect();
        prop_assert_eq!(kinds, [Kind::Pair, Kind::Source, Kind::Account]);
    }
}
