//! Every template is drawn with every kind of content.

use super::*;

fn drawn(page: Page) -> String {
    page.0.unwrap()
}

fn home(resource: Resource) -> Home {
    Home {
        subject: "1".to_owned(),
        name: None,
        scopes: vec![
            Granted { name: "users.read".to_owned(), title: Some("Read your profile".to_owned()) },
            Granted { name: "custom".to_owned(), title: None },
        ],
        resource,
        form_token: "token".to_owned(),
    }
}

fn view() -> View {
    View::new("Shop <1>", true).unwrap()
}

fn hostile() -> Resource {
    let text = "<script>alert(1)</script>\"'".to_owned();
    Resource::Profile { email: text.clone(), username: text.clone(), display_name: text }
}

fn every_page(view: &View) -> Vec<String> {
    let way_on = Link { href: String::new(), label: "Try again" };
    let trace_id = Some("abc123".to_owned());
    let tokens = Tokens {
        access: "access".to_owned(),
        refresh: Some("<b>".to_owned()),
        id: "id".to_owned(),
        name: None,
    };
    let notice = Notice { title: "Title", text: "Text", way_on, trace_id };
    vec![
        drawn(view.welcome()),
        drawn(view.home(&home(hostile()))),
        drawn(view.home(&Home { name: Some("<b>".to_owned()), ..home(Resource::NotGranted) })),
        drawn(view.home(&home(Resource::Refused))),
        drawn(view.home(&Home { scopes: vec![], ..home(Resource::Unavailable) })),
        drawn(view.notice(&notice)),
        drawn(view.leaving("http://localhost:4444/?a=b&c=\"d")),
        drawn(view.tokens(&tokens)),
        drawn(view.tokens(&Tokens { refresh: None, ..tokens })),
        drawn(view.signed_out()),
        drawn(view.signed_out_here_only(None)),
        drawn(view.ended()),
    ]
}

#[test]
fn every_page_has_a_language_a_title_a_heading_and_landmarks() {
    for page in every_page(&view()) {
        for part in ["<html lang=\"en\">", "<title>", "<header", "<main", "name=\"viewport\""] {
            assert!(page.contains(part), "{part} is missing:\n{page}");
        }
        assert_eq!(page.matches("<h1").count(), 1, "{page}");
    }
}

#[test]
fn no_page_needs_a_script_or_anything_from_elsewhere() {
    for page in every_page(&view()) {
        for part in ["<script", "style=\"", "<style", "src=\"http", "onclick"] {
            assert!(!page.contains(part), "{part}:\n{page}");
        }
    }
}

#[test]
fn every_page_has_the_name_of_the_app_and_says_what_is_a_demonstration() {
    for page in every_page(&view()) {
        assert!(page.contains("Shop &lt;1&gt;") && page.contains("A demonstration"), "{page}");
    }
    for page in every_page(&View::new("Shop", false).unwrap()) {
        assert!(!page.contains("A demonstration") && !page.contains("my tokens"), "{page}");
    }
}

#[test]
fn what_others_wrote_is_text() {
    let page = drawn(view().home(&home(hostile())));
    assert!(page.contains("&lt;script&gt;"), "{page}");
}

#[test]
fn a_refusal_is_clear() {
    let view = view();
    let page = drawn(view.home(&home(Resource::NotGranted)));
    assert!(page.contains("did not grant") && page.contains("users.read"), "{page}");
    let page = drawn(view.home(&home(Resource::Unavailable)));
    assert!(page.contains("not available"), "{page}");
}

#[test]
fn an_error_shows_its_trace_id() {
    let way_on = Link { href: String::new(), label: "Try again" };
    let trace_id = Some("abc123".to_owned());
    let page = drawn(view().notice(&Notice { title: "T", text: "t", way_on, trace_id }));
    assert!(page.contains("abc123") && page.contains("href=\"\""), "{page}");
}
