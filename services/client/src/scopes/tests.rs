use super::*;

fn ours() -> Catalogue {
    Catalogue::read(None).unwrap()
}

fn title(name: &str, languages: &[&str]) -> Option<String> {
    let languages: Vec<_> = languages.iter().map(|&language| language.to_owned()).collect();
    ours().describe(name, &languages).map(|scope| scope.title.to_owned())
}

fn problem(text: &str) -> String {
    file::parse(Path::new("scopes.toml"), text).unwrap_err().to_string()
}

#[test]
fn the_first_language_with_a_text_counts() {
    assert_eq!(title("users.read", &["de"]).unwrap(), "Ihr Profil lesen");
    assert_eq!(title("users.read", &["fr", "id-ID", "de"]).unwrap(), "Membaca profil Anda");
    assert_eq!(title("users.read", &["DE_at"]).unwrap(), "Ihr Profil lesen");
    for none in [[].as_slice(), &["fr"], &[""], &["*"], &["en-GB", "de"]] {
        assert_eq!(title("users.read", none).unwrap(), "Read your profile", "{none:?}");
    }
}

#[test]
fn an_unknown_scope_is_unknown() {
    for name in ["", "users", "users.reader", "USERS.READ"] {
        assert_eq!(title(name, &[]), None);
        assert!(ours().askers(name).is_empty());
    }
}

#[test]
fn every_scope_that_people_are_asked_for_has_words_in_every_language() {
    for (name, entry) in &ours().entries {
        if entry.asked_by.contains(&Asker::People) {
            for language in ["en", "de", "id"] {
                assert!(!entry.title[language].is_empty(), "{name} {language}");
                assert!(entry.description[language].ends_with('.'), "{name} {language}");
            }
        }
    }
}

#[test]
fn what_every_sign_in_needs_is_always_granted() {
    let catalogue = ours();
    let always = catalogue.all(&[]).filter(|scope| scope.always_granted);
    let always: Vec<_> = always.map(|scope| scope.name).collect();
    assert_eq!(always, ["offline", "offline_access", "openid"]);
}

#[test]
fn what_changes_a_person_is_asked_for_by_every_app() {
    for scope in ours().all(&[]) {
        assert!(!scope.first_party || scope.sensitivity != Sensitivity::High, "{scope:?}");
    }
}

#[test]
fn an_operators_file_adds_scopes_and_replaces_ours() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("scopes.toml");
    let text = "[\"orders.read\"]\nsensitivity = \"medium\"\nasked-by = [\"people\", \"machines\"]\n\
                title.en = \"See your orders\"\ntitle.pt-BR = \"Ver seus pedidos\"\n\
                [email]\nsensitivity = \"low\"\ntitle.en = \"Write to you\"\n";
    std::fs::write(&file, text).unwrap();
    let catalogue = Catalogue::read(Some(&file)).unwrap();
    let title = |name: &str, language: &str| {
        catalogue.describe(name, &[language.to_owned()]).unwrap().title.to_owned()
    };
    assert_eq!(title("orders.read", "pt-br"), "Ver seus pedidos");
    assert_eq!(title("orders.read", "pt"), "See your orders");
    assert_eq!(title("email", "de"), "Write to you");
    assert_eq!(catalogue.askers("orders.read"), [Asker::People, Asker::Machines]);
    assert_eq!(title("openid", "de"), "Wissen, wer Sie sind");
}

#[test]
fn a_broken_file_is_told_with_its_line() {
    let good = "[a]\nsensitivity = \"low\"\ntitle.en = \"A\"\n";
    assert!(file::parse(Path::new("scopes.toml"), good).is_ok());
    for (text, line, part) in [
        ("[b]\ntitle.en = \"B\"\n", 4, "sensitivity"),
        ("[b]\nsensitivity = \"lots\"\n", 5, "lots"),
        ("[b]\nsensitivity = \"low\"\ntitel.en = \"B\"\n", 6, "titel"),
        ("[b]\nsensitivity = \"low\"\ntitle.de = \"B\"\n", 4, "title.en"),
        ("[\"b c\"]\nsensitivity = \"low\"\ntitle.en = \"B\"\n", 4, "no scope"),
        ("[b]\nsensitivity = \"low\"\nasked-by = []\ntitle.en = \"B\"\n", 4, "nobody"),
        ("[b]\nsensitivity = \"low\"\ntitle.en = \"B\"\ndescription.de = \"B.\"\n", 4, "title.de"),
    ] {
        let problem = problem(&format!("{good}{text}"));
        let place = format!("scopes.toml:{line}: ");
        assert!(problem.starts_with(&place) && problem.contains(part), "{text}: {problem}");
    }
    let gone = Catalogue::read(Some(Path::new("/nowhere/scopes.toml"))).unwrap_err().to_string();
    assert!(gone.starts_with("/nowhere/scopes.toml:1: "), "{gone}");
}
