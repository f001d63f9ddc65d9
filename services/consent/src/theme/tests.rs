use super::*;
use crate::{
    reader::Reader,
    view::{Sample, View},
};
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
            "template: not a folder of a theme: expected templates, static, locales, looks",
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
        (
            "looks/shop/brand.toml",
            "\n[colours.light]\naccent = '#ffcc00'",
            "looks/shop/brand.toml:2: colours: light: accent #ffcc00 on paper #ffffff has a contrast",
        ),
        (
            "looks/shop/brand.toml",
            "logo = 'x.svg'",
            "looks/shop/brand.toml:1: there is no file static/x.svg",
        ),
        (
            "looks/shop/brand.toml",
            "[[links]]\nname = 'shop'\nhref = 'https://a'",
            "in the look shop: invalid operation: no words for link-shop in en",
        ),
        (
            "looks/shop/brand.toml",
            "languages = ['de']",
            "looks/shop/brand.toml: languages: all looks have those of the theme's own brand.toml",
        ),
        (
            "looks/shop/locales/de/pages.ftl",
            "",
            "looks/shop/locales: not a folder of a look: expected static",
        ),
        ("looks/Shop/brand.toml", "", "looks/Shop: not a look: expected a folder whose name is"),
        ("looks/shop.toml", "", "looks/shop.toml: not a look: expected a folder whose name is"),
    ] {
        let refused = refused(name, content);
        assert!(refused.contains(told), "{told:?} in {refused:?}");
    }
    let nowhere = View::new(Some(Path::new("no-such-theme"))).err().unwrap().to_string();
    assert!(nowhere.starts_with("no-such-theme: "), "{nowhere}");
}

/// The page of a look, and its style sheet.
fn seen(view: &View, look: Option<&str>) -> (String, String) {
    let reader = Reader::alone(view.languages().first());
    let login = Sample::all().into_iter().find(|sample| sample.name == "login").unwrap();
    let axum::response::Html(html) = view.render_in(look, &reader, &login).unwrap();
    let path = match look.filter(|look| view.look(look).is_some()) {
        None => "style.css".to_owned(),
        Some(look) => format!("{look}/style.css"),
    };
    (html, String::from_utf8(view.asset(&path).unwrap().content().to_vec()).unwrap())
}

#[test]
fn a_look_changes_what_it_says_and_keeps_the_rest() {
    let folder = theme(&[
        (
            "brand.toml",
            "name = 'Acme'\nlogo = 'logo.svg'\nlogo-dark = 'dark.svg'\nicon = 'acme.svg'\n\
             links = [{ name = 'help', href = 'https://acme.example' }]\n\
             colours.light = { accent = '#6b1f5c', on-accent = '#fff0ff', ground = '#f6f2f5' }\n\
             colours.dark.accent = '#d9a5cf'",
        ),
        ("static/logo.svg", "<svg/>"),
        ("static/dark.svg", "<svg/>"),
        ("static/acme.svg", "<svg/>"),
        ("looks/bare/brand.toml", ""),
        (
            "looks/shop/brand.toml",
            "name = 'Acme Shop'\nlogo = 'logo.svg'\nlinks = []\ncolours.light.accent = '#1f5c3a'",
        ),
        ("looks/shop/static/logo.svg", "<svg id='shop'/>"),
    ]);
    let view = View::new(Some(folder.path())).unwrap();
    let (main, main_style) = seen(&view, None);
    let (bare, bare_style) = seen(&view, Some("bare"));
    let (shop, shop_style) = seen(&view, Some("shop"));
    assert_eq!(bare.replace("/static/bare/", "/static/"), main);
    assert_eq!(bare_style, main_style);
    assert_eq!(seen(&view, None).0, main, "one look leaves no trace in another");

    assert!(main.contains("Acme</title>") && main.contains("acme.example"), "{main}");
    assert!(main.contains("/static/dark.svg?"), "{main}");
    assert!(shop.contains("Acme Shop</title>") && !shop.contains("acme.example"), "{shop}");
    assert!(shop.contains("/static/shop/logo.svg?") && !shop.contains("dark.svg"), "{shop}");
    assert!(shop.contains("/static/shop/acme.svg?"), "{shop}");
    assert!(!shop.contains("/static/logo.svg") && !shop.contains("/static/style.css"), "{shop}");
    let logo = |path| view.asset(path).unwrap().content().to_vec();
    assert_eq!(
        (logo("logo.svg"), logo("shop/logo.svg")),
        (b"<svg/>".into(), b"<svg id='shop'/>".into())
    );
    assert!(view.asset("shop/style.css").is_some() && view.asset("shops/style.css").is_none());

    // What follows from an accent follows from the nearer one; the ground is still the main one.
    for part in ["--accent: #1f5c3a", "--on-accent: #ffffff", "--ground: #f6f2f5"] {
        assert!(shop_style.contains(part), "{part} in {shop_style}");
    }
    for part in ["#6b1f5c", "#fff0ff", "#d9a5cf"] {
        assert!(main_style.contains(part) && !shop_style.contains(part), "{part}");
    }
    assert_eq!(seen(&view, Some("no-such-look")).0, main);
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

    // The example of a theme has a paragraph of its own besides.
    let mut example = words(include_str!("../../../../docs/branding/locales/fr/pages.ftl"));
    assert!(example.remove("support").is_some());
    assert_eq!(english, example);
}
