use super::*;
use crate::view::View;
use std::collections::{BTreeMap, BTreeSet};
use tempfile::TempDir;

/// An operator's folder with these files.
fn theme(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    folder
}

/// Why a folder with this one file is refused, without the folder's own path.
fn refused(name: &str, content: &str) -> String {
    let folder = theme(&[(name, content)]);
    let told = View::new(Some(folder.path())).err().unwrap().to_string();
    told.replace(&format!("{}/", folder.path().display()), "")
}

#[test]
fn an_empty_folder_changes_nothing() {
    View::new(Some(theme(&[]).path())).unwrap();
}

#[test]
fn what_is_broken_is_told_with_file_and_line() {
    for (name, content, told) in [
        (
            "templates/login.html",
            "{% extends 'layout.html' %}\n\n{% if %}",
            "templates/login.html:3: syntax error",
        ),
        (
            "templates/footer.html",
            "<footer>\n{{ brand.nmae }}</footer>",
            "templates/footer.html:2: undefined value",
        ),
        (
            "templates/footer.html",
            "\n{{ t('no-such') }}",
            "templates/footer.html:2: invalid operation: no words for no-such in en",
        ),
        (
            "templates/header.html",
            "{{ asset('a.png') }}",
            "templates/header.html:1: invalid operation: there is no file static/a.png",
        ),
        ("templates/logout.html", "<form></form>", "name=\"token\""),
        (
            "templates/logout.htm",
            "",
            "templates/logout.htm: a template is a file that ends in .html",
        ),
        (
            "template/logout.html",
            "",
            "template: not a folder of a theme: expected templates, static, locales",
        ),
        ("static/logo.gif", "", "static/logo.gif: not a kind of file for pages: css, ico"),
        ("locales/fr/pages.ftl", "a = b\nlogin-title = {", "locales/fr/pages.ftl:2: "),
        (
            "locales/fr/pages.ftl",
            "a = b\nlogin-lead = vers { $ap }",
            "locales/fr/pages.ftl:2: login-lead: Resolver error: Unknown variable: $ap",
        ),
        ("locales/f/pages.ftl", "", "locales/f: not the name of a language"),
        ("brand.toml", "name = 'Acme'\nlogos = 'x.svg'", "brand.toml:2: unknown field `logos`"),
        (
            "brand.toml",
            "name = 'Acme'\nlogo = 'x.svg'",
            "brand.toml:2: there is no file static/x.svg",
        ),
        (
            "brand.toml",
            "name = 'Acme'\nlanguages = ['fr']",
            "languages: there is no folder locales/fr",
        ),
        (
            "brand.toml",
            "\n[[links]]\nname = 'help'\nhref = 'javascript:x'",
            "brand.toml:4: `javascript:x` leads nowhere",
        ),
        (
            "brand.toml",
            "\n[[links]]\nname = 'shop'\nhref = 'https://a'",
            "no words for link-shop in en",
        ),
        ("brand.toml", "\n[colours.light]\naccent = 'red'", "brand.toml:3: `red` is no colour"),
        (
            "brand.toml",
            "\n[colours.light]\naccent = '#ffcc00'",
            "brand.toml:2: colours: light: accent #ffcc00 on paper #ffffff has a contrast of 1.51",
        ),
    ] {
        let refused = refused(name, content);
        assert!(refused.contains(told), "{told:?} in {refused:?}");
    }
    let nowhere = View::new(Some(Path::new("no-such-theme"))).err().unwrap().to_string();
    assert!(nowhere.starts_with("no-such-theme: "), "{nowhere}");
}

#[test]
fn a_language_is_a_folder_and_lacks_no_word() {
    let folder =
        theme(&[("locales/fr/a.ftl", "language-name = Français\nlogin-title = Se connecter")]);
    let theme = Theme::read(Some(folder.path())).unwrap();
    let names: Vec<_> = theme.languages.iter().map(|language| language.name.as_str()).collect();
    assert_eq!(names, ["English", "Deutsch", "Bahasa Indonesia", "Français"]);
    assert_eq!(theme.languages.best("fr-CA, en;q=0.5").unwrap().tag, "fr");
}

#[test]
fn languages_are_offered_as_chosen() {
    let folder = theme(&[("brand.toml", "languages = ['id', 'de']")]);
    let theme = Theme::read(Some(folder.path())).unwrap();
    let tags: Vec<_> = theme.languages.iter().map(|language| language.tag.as_str()).collect();
    assert_eq!(tags, ["id", "de"]);
    assert!(theme.languages.best("en").is_none());
    assert_eq!(theme.languages.first().tag, "id");
}

#[test]
fn hebrew_is_read_from_right_to_left() {
    let folder = theme(&[("locales/he/pages.ftl", "language-name = עברית")]);
    let theme = Theme::read(Some(folder.path())).unwrap();
    assert_eq!(theme.languages.find("he").unwrap().direction, "rtl");
}

#[test]
fn every_language_of_ours_has_the_same_words_and_variables() {
    let words = |source: &str| -> BTreeMap<String, BTreeSet<String>> {
        let mut words: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let mut current = String::new();
        for line in source.lines().filter(|line| !line.starts_with('#')) {
            if let Some((id, _)) = line.split_once(" =").filter(|_| !line.starts_with(' ')) {
                current = id.to_owned();
                assert!(words.insert(current.clone(), BTreeSet::new()).is_none(), "{id} twice");
            }
            let variables = line.split('$').skip(1).map(|rest| {
                rest.chars().take_while(char::is_ascii_alphanumeric).collect::<String>()
            });
            words.entry(current.clone()).or_default().extend(variables);
        }
        words.remove("");
        words
    };
    let english = words(include_str!("../../locales/en/pages.ftl"));
    assert!(english.len() > 60, "{}", english.len());
    assert_eq!(english, words(include_str!("../../locales/de/pages.ftl")));
    assert_eq!(english, words(include_str!("../../locales/id/pages.ftl")));
}
