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
