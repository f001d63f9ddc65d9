//! The worked example of `docs/branding.md`, and a language that is read from right to left.

use crate::chromium::{click, text, wait_for};
use latchkey_integration_tests::{
    Showroom,
    axe::{self, Report},
    browser::{self, Setup},
    measure::measure,
};
use std::{fs, path::Path};
use thirtyfour::{By, WebDriver};

const EXAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/branding");

#[test]
fn the_document_shows_the_example_as_it_is() {
    let document = include_str!("../../../docs/branding.md");
    let example = include_str!("../../../docs/branding/brand.toml");
    let shown = example.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    for line in shown {
        assert!(document.lines().any(|known| known == line), "{line}");
    }
}

#[tokio::test]
async fn an_organisation_puts_its_own_name_look_and_language_on_every_page() {
    let showroom = Showroom::open(Some(Path::new(EXAMPLE))).await;
    let mut names = showroom.names().await;
    // The library's differ by a colour and a logo.
    names.retain(|name| !name.contains('/') || name == "library/login");
    let mut report = Report::default();
    for dark in [false, true] {
        report += browser::with(Setup { dark, ..Setup::default() }, async |chromium| {
            let mut report = Report::default();
            for name in &names {
                chromium.goto(showroom.page(name).as_str()).await.unwrap();
                measure(chromium).await.holds(name, &showroom.host());
                report += axe::look(chromium, name).await;
            }
            looks_like_northwind(chromium, &showroom, dark).await;
            looks_like_the_library(chromium, &showroom, dark).await;
            report
        })
        .await;
    }
    report.holds("the example of docs/branding.md");
}

async fn looks_like_northwind(chromium: &WebDriver, showroom: &Showroom, dark: bool) {
    chromium.goto(showroom.page("login").as_str()).await.unwrap();
    assert_eq!(chromium.title().await.unwrap(), "Sign in · Northwind University");
    let logo = chromium.find(By::Css(".logo")).await.unwrap();
    assert_ne!(logo.prop("naturalWidth").await.unwrap().as_deref(), Some("0"));
    let source = logo.prop("currentSrc").await.unwrap().unwrap();
    assert_eq!(source.contains("/logo-dark.svg"), dark, "{source}");
    let button = chromium.find(By::Id("accept")).await.unwrap();
    let colour = button.css_value("background-color").await.unwrap();
    assert_eq!(colour.contains("107, 31, 92"), !dark, "{colour}");
    for words in ["Help", "Privacy", "Legal notice", "service desk"] {
        assert!(text(chromium, "footer").await.contains(words), "{words}");
    }
    assert_eq!(text(chromium, "label[for='email']").await, "University account or email");
    click(chromium, "language-fr").await;
    wait_for(chromium, "language-en").await;
    assert_eq!(text(chromium, "h1").await, "Se connecter");
    assert!(chromium.find_all(By::Id("language-id")).await.unwrap().is_empty());
}

async fn looks_like_the_library(chromium: &WebDriver, showroom: &Showroom, dark: bool) {
    chromium.goto(showroom.page("library/login").as_str()).await.unwrap();
    assert!(chromium.title().await.unwrap().ends_with(" · Northwind Library"));
    let logo = chromium.find(By::Css(".logo")).await.unwrap();
    assert_ne!(logo.prop("naturalWidth").await.unwrap().as_deref(), Some("0"));
    let source = logo.prop("currentSrc").await.unwrap().unwrap();
    let file = if dark { "/library/logo-dark.svg" } else { "/library/logo.svg" };
    assert!(source.contains(file), "{source}");
    let button = chromium.find(By::Id("accept")).await.unwrap();
    let colour = button.css_value("background-color").await.unwrap();
    assert_eq!(colour.contains("31, 92, 58"), !dark, "{colour}");
}

#[tokio::test]
async fn a_language_from_right_to_left_mirrors_the_page() {
    let theme = tempfile::tempdir().unwrap();
    let folder = theme.path().join("locales/he");
    fs::create_dir_all(&folder).unwrap();
    let words = "language-name = עברית\nlogin-title = כניסה\nlogin-lead = כדי להמשיך אל { $app }\n\
                 login-identifier = שם משתמש\nlogin-password = סיסמה\nlogin-accept = כניסה\n";
    fs::write(folder.join("pages.ftl"), words).unwrap();
    let showroom = Showroom::open(Some(theme.path())).await;
    browser::with(Setup { language: "he", ..Setup::default() }, async |chromium| {
        let mut report = Report::default();
        for name in ["login-wrong-credentials", "consent", "consent-long"] {
            chromium.goto(showroom.page(name).as_str()).await.unwrap();
            measure(chromium).await.holds(name, &showroom.host());
            report += axe::look(chromium, name).await;
        }
        report.holds("a page from right to left");
        chromium.goto(showroom.page("login").as_str()).await.unwrap();
        let html = chromium.find(By::Css("html")).await.unwrap();
        assert_eq!(html.attr("dir").await.unwrap().as_deref(), Some("rtl"));
        let place =
            async |css: &str| chromium.find(By::Css(css)).await.unwrap().rect().await.unwrap();
        let (field, button) = (place("#password").await, place("#show-password").await);
        assert!(button.x < field.x + field.width / 2.0, "{button:?} in {field:?}");
        assert!(place("#reject").await.x < place("#accept").await.x);
    })
    .await;
}
