//! Hashes as other systems write them, and hashes that nobody should.

use super::*;
use proptest::prelude::*;

const LIVE: Cost = Cost { memory_kib: 19_456, iterations: 2, parallelism: 1 };
const SALT: &str = "c29tZXNhbHRzb21lc2FsdA";
const OUTPUT: &str = "RdescudvJCsgt3ub+b4dWRWJTmaaJObG";

fn right(stored: &str, password: &str) -> bool {
    let scheme = Scheme::parse(stored).unwrap_or_else(|error| panic!("{stored} {error}"));
    let mut memory = Memory::new(LIVE.memory_kib);
    scheme.verify(password.as_bytes(), &Peppers::default(), &mut memory).unwrap()
}

/// Published vectors of passlib, PHP, Python and the argon2 reference.
#[test]
fn hashes_of_other_systems_are_compared_and_outdated() {
    for (stored, password) in [
        ("$2a$04$UuTkLRZZ6QofpDOlMz32MuuxEHA43WOemOYHPz6.SjsVsyO1tDU96", "password"),
        (
            "$2b$04$EGdrhbKUv8Oc9vGiXX0HQOxSg445d458Muh7DAHskb6QbtCvdxcie",
            "correctbatteryhorsestapler",
        ),
        (
            "$scrypt$ln=16,r=8,p=1$aM15713r3Xsvxbi31lqr1Q$nFNh2CVHVjNldFVKDHDlm4CbdRSCdEBsjjJxD+iCs5E",
            "password",
        ),
        (
            "$pbkdf2-sha256$i=4096,l=40$c2FsdFNBTFRzYWx0U0FMVHNhbHRTQUxUc2FsdFNBTFRzYWx0\
             $NIyJ28vTKy8y2BS4EW6EzysXNH68GAAYHE4qH7jdU+HGNVGMfaxH6Q",
            "passwordPASSWORDpassword",
        ),
        (
            "$pbkdf2-sha256$i=4096$c2FsdFNBTFRzYWx0U0FMVHNhbHRTQUxUc2FsdFNBTFRzYWx0\
             $NIyJ28vTKy8y2BS4EW6EzysXNH68GAAYHE4qH7jdU+HGNVGMfaxH6Q",
            "passwordPASSWORDpassword",
        ),
        (
            "$argon2i$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$wWKIMhR9lyDFvRz9YTZweHKfbftvj+qf+YFY4NeBbtA",
            "password",
        ),
        (
            "$argon2i$m=65536,t=2,p=1$c29tZXNhbHQ$9sTbSlTio3Biev89thdrlKKiCaYsjjYVJxGAL3swxpQ",
            "password",
        ),
        (
            "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
            "password",
        ),
    ] {
        assert!(right(stored, password), "{stored}");
        assert!(!right(stored, "another"), "{stored}");
        let expected = !stored.starts_with("$argon2id");
        assert_eq!(
            Scheme::parse(stored).unwrap().outdated(LIVE, &Peppers::default()),
            expected,
            "{stored}"
        );
    }
}

#[test]
fn bcrypt_cuts_where_its_source_did() {
    let long = "x".repeat(72);
    let stored = bcrypt::hash(format!("{long}one"), 4).unwrap();
    for prefix in ["$2a$", "$2b$", "$2y$"] {
        let stored = stored.replacen("$2b$", prefix, 1);
        assert!(right(&stored, &format!("{long}two")) && !right(&stored, &long[1..]));
    }
}

#[test]
fn what_costs_too_much_or_cannot_be_read_is_refused_before_any_work() {
    let bcrypt =
        |cost: &str| format!("$2b${cost}$EGdrhbKUv8Oc9vGiXX0HQOxSg445d458Muh7DAHskb6QbtCvdxcie");
    for (bad, why) in [
        (bcrypt("15"), "costs"),
        (bcrypt("31"), "costs"),
        (bcrypt("03"), "read"),
        (bcrypt("xx"), "read"),
        (format!("$scrypt$ln=19,r=8,p=1${SALT}${OUTPUT}"), "costs"),
        (format!("$scrypt$ln=40,r=8,p=1${SALT}${OUTPUT}"), "costs"),
        (format!("$scrypt$ln=10,r=8,p=17${SALT}${OUTPUT}"), "costs"),
        (format!("$scrypt$ln=10,r=1000000,p=1${SALT}${OUTPUT}"), "costs"),
        // Small but for its lanes: 16 of 128 MiB.
        (format!("$scrypt$ln=0,r=1048576,p=16${SALT}${OUTPUT}"), "costs"),
        (format!("$pbkdf2-sha256$i=2000001${SALT}${OUTPUT}"), "costs"),
        (format!("$pbkdf2-sha256$i=0${SALT}${OUTPUT}"), "read"),
        (format!("$argon2i$v=19$m=4194304,t=2,p=1${SALT}${OUTPUT}"), "costs"),
        (format!("$argon2id$v=20$m=19456,t=2,p=1${SALT}${OUTPUT}"), "read"),
        ("$argon2id$v=19$m=19456,t=2,p=1".to_owned(), "salt"),
        (format!("$md5${SALT}${OUTPUT}"), "no hash of"),
        ("hunter2".to_owned(), "no hash of"),
        (String::new(), "no hash of"),
        ("$2b$".repeat(200), "longer"),
    ] {
        let error = Scheme::parse(&bad).err().unwrap_or_else(|| panic!("{bad} is read"));
        assert!(error.contains(why), "{bad}: {error}");
        assert!(!error.contains(OUTPUT) && !error.contains("hunter2"), "{error}");
    }
}

#[test]
fn a_kind_is_what_is_before_the_salt() {
    for (stored, kind) in [
        ("$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHQ$CTFh", "$argon2id$v=19$m=19456,t=2,p=1"),
        ("$2b$12$EGdrhbKUv8Oc9vGiXX0HQOxSg445d458Muh7DAHskb6QbtCvdxcie", "$2b$12"),
        ("$scrypt$ln=16,r=8,p=1$aM15713r3Xsvxbi31lqr1Q$nFNh", "$scrypt$ln=16,r=8,p=1"),
        ("$pbkdf2-sha256$i=4096,l=40$c2Fsd$NIyJ", "$pbkdf2-sha256$i=4096,l=40"),
    ] {
        assert_eq!(Kind::of(stored), Kind(kind.to_owned()));
    }
}

#[test]
fn what_does_not_fit_in_a_block_is_known_beforehand() {
    let extra = |kind: &str| {
        let scheme = Scheme::parse(&format!("{kind}${SALT}${OUTPUT}")).unwrap();
        scheme.extra_kib(LIVE.memory_kib)
    };
    assert_eq!(extra("$argon2id$v=19$m=19456,t=2,p=1"), 0);
    assert_eq!(extra("$argon2id$v=19$m=65536,t=2,p=1"), 65_536);
    assert_eq!(extra("$pbkdf2-sha256$i=4096"), 0);
    assert_eq!(extra("$scrypt$ln=14,r=8,p=1"), 16 * 1024 + 2);
}

proptest! {
    #[test]
    fn no_text_breaks_the_reader(
        text in "(\\$(argon2id|argon2i|2b|2a|scrypt|pbkdf2-sha256|pbkdf2-sha512))?[$a-zA-Z0-9=,./+\\PC]{0,80}"
    ) {
        let _ = Scheme::parse(&text);
    }
}
