//! The scope catalogue: what each scope means, in words that a person understands.

/// A scope in all languages.
struct Entry {
    name: &'static str,
    /// Granted whenever it is asked for.
    always_granted: bool,
    english: Words,
    german: Words,
    indonesian: Words,
}

/// A title of a few words, and one sentence.
struct Words(&'static str, &'static str);

/// A scope in one language.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Described {
    pub(crate) name: &'static str,
    pub(crate) title: &'static str,
    pub(crate) description: &'static str,
    pub(crate) always_granted: bool,
}

/// The scope in the first of these languages (BCP 47) that it has a text in, else in English.
/// `None` for a scope that the catalogue does not know.
pub(crate) fn describe(name: &str, languages: &[String]) -> Option<Described> {
    let entry = CATALOGUE.iter().find(|entry| entry.name == name)?;
    let words = languages.iter().find_map(|language| entry.words(language));
    let Words(title, description) = words.unwrap_or(&entry.english);
    Some(Described { name: entry.name, title, description, always_granted: entry.always_granted })
}

/// Whether an app may be registered for it.
pub(crate) fn is_known(name: &str) -> bool {
    is_for_services(name) || CATALOGUE.iter().any(|entry| entry.name == name)
}

/// Whether it opens calls between services, which no person is ever asked for.
pub(crate) fn is_for_services(name: &str) -> bool {
    FOR_SERVICES.contains(&name)
}

/// What services ask of their callers.
const FOR_SERVICES: [&str; 9] = [
    "clients.manage",
    "identity.audit",
    "identity.sessions",
    "identity.throttles",
    "identity.users",
    "identity.users.read",
    "identity.verify",
    "scopes.read",
    "sessions.end",
];

impl Entry {
    /// `de-AT` is German, too.
    fn words(&self, language: &str) -> Option<&Words> {
        let primary = language.split(['-', '_']).next().unwrap_or_default();
        match primary.to_ascii_lowercase().as_str() {
            "en" => Some(&self.english),
            "de" => Some(&self.german),
            "id" => Some(&self.indonesian),
            _ => None,
        }
    }
}

const CATALOGUE: [Entry; 9] = [
    Entry {
        name: "openid",
        always_granted: true,
        english: Words(
            "Know who you are",
            "The app learns your user number, and that you signed in.",
        ),
        german: Words(
            "Wissen, wer Sie sind",
            "Die App erfährt Ihre Benutzernummer und dass Sie sich angemeldet haben.",
        ),
        indonesian: Words(
            "Mengetahui siapa Anda",
            "Aplikasi mengetahui nomor pengguna Anda dan bahwa Anda telah masuk.",
        ),
    },
    OFFLINE,
    Entry { name: "offline_access", ..OFFLINE },
    Entry {
        name: "profile",
        always_granted: false,
        english: Words("See your name", "The app can read your name and your user name."),
        german: Words(
            "Ihren Namen sehen",
            "Die App kann Ihren Namen und Ihren Benutzernamen lesen.",
        ),
        indonesian: Words(
            "Melihat nama Anda",
            "Aplikasi dapat membaca nama dan nama pengguna Anda.",
        ),
    },
    Entry {
        name: "email",
        always_granted: false,
        english: Words("See your email address", "The app can read your email address."),
        german: Words("Ihre E-Mail-Adresse sehen", "Die App kann Ihre E-Mail-Adresse lesen."),
        indonesian: Words("Melihat alamat email Anda", "Aplikasi dapat membaca alamat email Anda."),
    },
    Entry {
        name: "users.read",
        always_granted: false,
        english: Words(
            "Read your profile",
            "The app can read your name, your user name and your email address.",
        ),
        german: Words(
            "Ihr Profil lesen",
            "Die App kann Ihren Namen, Ihren Benutzernamen und Ihre E-Mail-Adresse lesen.",
        ),
        indonesian: Words(
            "Membaca profil Anda",
            "Aplikasi dapat membaca nama, nama pengguna, dan alamat email Anda.",
        ),
    },
    Entry {
        name: "users.write",
        always_granted: false,
        english: Words(
            "Add to your profile",
            "The app can add what your profile does not have yet.",
        ),
        german: Words(
            "Ihr Profil ergänzen",
            "Die App kann hinzufügen, was in Ihrem Profil noch fehlt.",
        ),
        indonesian: Words(
            "Melengkapi profil Anda",
            "Aplikasi dapat menambahkan hal yang belum ada di profil Anda.",
        ),
    },
    Entry {
        name: "users.edit",
        always_granted: false,
        english: Words("Change your profile", "The app can change what stands in your profile."),
        german: Words("Ihr Profil ändern", "Die App kann ändern, was in Ihrem Profil steht."),
        indonesian: Words("Mengubah profil Anda", "Aplikasi dapat mengubah isi profil Anda."),
    },
    Entry {
        name: "users.delete",
        always_granted: false,
        english: Words(
            "Delete from your profile",
            "The app can delete what stands in your profile.",
        ),
        german: Words(
            "Aus Ihrem Profil löschen",
            "Die App kann löschen, was in Ihrem Profil steht.",
        ),
        indonesian: Words(
            "Menghapus dari profil Anda",
            "Aplikasi dapat menghapus isi profil Anda.",
        ),
    },
];

/// The same scope under Hydra's name and under that of OpenID Connect Core, section 11.
const OFFLINE: Entry = Entry {
    name: "offline",
    always_granted: true,
    english: Words("Stay signed in", "The app keeps its access while you do not use it."),
    german: Words(
        "Angemeldet bleiben",
        "Die App behält ihren Zugriff, während Sie sie nicht benutzen.",
    ),
    indonesian: Words(
        "Tetap masuk",
        "Aplikasi mempertahankan aksesnya selama Anda tidak menggunakannya.",
    ),
};

#[cfg(test)]
mod tests {
    use super::*;

    fn title(name: &str, languages: &[&str]) -> Option<&'static str> {
        let languages: Vec<_> = languages.iter().map(|&language| language.to_owned()).collect();
        describe(name, &languages).map(|scope| scope.title)
    }

    #[test]
    fn the_first_language_with_a_text_counts() {
        assert_eq!(title("users.read", &["de"]), Some("Ihr Profil lesen"));
        assert_eq!(title("users.read", &["fr", "id-ID", "de"]), Some("Membaca profil Anda"));
        assert_eq!(title("users.read", &["DE_at"]), Some("Ihr Profil lesen"));
        for none in [[].as_slice(), &["fr"], &[""], &["*"], &["en-GB", "de"]] {
            assert_eq!(title("users.read", none), Some("Read your profile"), "{none:?}");
        }
    }

    #[test]
    fn an_unknown_scope_is_unknown() {
        for name in ["", "users", "users.reader", "USERS.READ"] {
            assert_eq!(title(name, &[]), None);
        }
    }

    #[test]
    fn every_scope_has_words_in_every_language() {
        for entry in &CATALOGUE {
            for Words(title, sentence) in [&entry.english, &entry.german, &entry.indonesian] {
                assert!(!title.is_empty() && sentence.ends_with('.'), "{}", entry.name);
            }
        }
    }

    #[test]
    fn what_every_sign_in_needs_is_always_granted() {
        let always: Vec<_> =
            CATALOGUE.iter().filter(|entry| entry.always_granted).map(|entry| entry.name).collect();
        assert_eq!(always, ["openid", "offline", "offline_access"]);
    }
}
