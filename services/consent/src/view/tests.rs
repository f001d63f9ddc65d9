use super::*;

/// Every page in every language, with what others wrote replaced by `text`.
fn pages(text: &str) -> Vec<(String, Html<String>)> {
    let view = View::new(None).unwrap();
    let mut pages = Vec::new();
    for language in view.languages().iter() {
        for sample in Sample::with(text) {
            let html = view.render(&Reader::alone(language), &sample).unwrap();
            sample.complete(&html.0).unwrap();
            pages.push((language.tag.clone(), html));
        }
    }
    pages
}

#[test]
fn every_page_renders_in_every_language() {
    let pages = pages("MyApp");
    assert!(pages.len() >= 90, "{}", pages.len());
    for (language, Html(html)) in pages {
        assert!(html.contains(&format!("<html lang=\"{language}\" dir=\"ltr\"")), "{html}");
        assert!(html.contains("<h1") && html.contains("<main"), "{html}");
    }
}

#[test]
fn what_others_wrote_cannot_become_markup() {
    for (_, Html(html)) in pages("\"><svg onload=alert(1)>") {
        assert!(!html.contains("<svg on"), "{html}");
    }
}

#[test]
fn nothing_is_written_into_a_page_and_nothing_comes_from_elsewhere() {
    for (_, Html(html)) in pages("MyApp") {
        for foreign in ["<style", "style=", "src=\"http", "href=\"http", " onclick=", " onload="] {
            assert!(!html.contains(foreign), "{foreign} in {html}");
        }
        let scripts = html.matches("<script").count();
        assert_eq!(scripts, html.matches("<script src=\"/authentication/static/").count());
        assert_eq!(scripts == 1, html.contains("type=\"password\""), "{html}");
    }
}

#[test]
fn a_long_list_of_scopes_stays_small() {
    let view = View::new(None).unwrap();
    for sample in Sample::all() {
        let reader = Reader::alone(view.languages().first());
        let Html(html) = view.render(&reader, &sample).unwrap();
        assert!(html.len() < 15 * 1024, "{}: {} bytes", sample.name, html.len());
    }
}

/// The page with its styles and its icon, as `docs/branding.md` tells.
#[test]
fn twelve_scopes_fit_into_fifteen_kilobytes() {
    let view = View::new(None).unwrap();
    let reader = Reader::alone(view.languages().first());
    let weight = |scopes| {
        let Html(html) = view.render(&reader, &Sample::consent_with(scopes)).unwrap();
        let loaded =
            ["style.css", "icon.svg"].map(|name| view.asset(name).unwrap().content().len());
        html.len() + loaded.iter().sum::<usize>()
    };
    let fit = (1..100).take_while(|scopes| weight(*scopes) < 15 * 1024).count();
    println!("{fit} scopes fit into 15 KB; {} bytes for each", weight(2) - weight(1));
    assert!(fit >= 12, "{fit}");
}

#[test]
fn an_app_s_addresses_become_links_only_where_they_are_safe() {
    let of = |address: &str| {
        let client = Client {
            policy_uri: address.to_owned(),
            tos_uri: address.to_owned(),
            logo_uri: address.to_owned(),
            ..Client::default()
        };
        AskingApp::of(&client, &["https://logos.example.com".parse().unwrap()])
    };
    for address in ["javascript:alert(1)", "data:text/html,x", "vbscript:x", "//evil", "nonsense"] {
        let app = of(address);
        assert!(app.policy.is_none() && app.terms.is_none() && app.logo.is_none(), "{address}");
    }
    let allowed = "https://logos.example.com/app.png";
    assert_eq!(of(allowed).logo.as_deref(), Some(allowed));
    assert_eq!(of("https://elsewhere.example.com/app.png").logo, None);
    assert_eq!(of("http://logos.example.com/app.png").logo, None);
}

#[test]
fn a_scope_is_new_beside_others_that_were_granted() {
    let is_new = |before: &[&str], name: &str| {
        let before: Vec<_> = before.iter().map(ToString::to_string).collect();
        Shown::beside(&before, Scope { name: name.to_owned(), ..Scope::default() }).new
    };
    assert!(!is_new(&[], "email"));
    assert!(!is_new(&["email"], "email"));
    assert!(is_new(&["openid"], "email"));
}
