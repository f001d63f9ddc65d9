use super::*;

const APP: &str = "https://hydra/oauth2/auth?client_id=app";

fn starts() -> Starts {
    let cookies = Cookies::new(&Url::parse("http://localhost").unwrap());
    Starts::new(cookies, Seal::new(&"k".repeat(32).into(), None).unwrap())
}

fn challenge(text: &str) -> Challenge {
    Challenge::parse(text).unwrap()
}

/// The browser after it has kept this.
fn keeping(starts: &Starts, start: &Start) -> Browser {
    let browser = Browser::default();
    let (_, line) = starts.keep(&browser, start).unwrap();
    let value = line.to_str().unwrap().split(['=', ';']).nth(1).unwrap().to_owned();
    Browser { starts: vec![value], ..browser }
}

#[test]
fn a_second_tab_overtakes_the_first() {
    let mut start = Start::default();
    let (one, two) = (challenge("one"), challenge("two"));
    start.reach(Step::Login, &one, "https://hydra/1");
    assert_eq!(start.standing(Step::Login, &one), Standing::Latest);
    assert_eq!(start.standing(Step::Consent, &one), Standing::New);
    start.reach(Step::Login, &two, "https://hydra/2");
    assert_eq!(start.standing(Step::Login, &one), Standing::Overtaken);
    assert_eq!(start.standing(Step::Login, &two), Standing::Latest);
    for further in ["a", "b", "c", "d", "e"] {
        start.reach(Step::Login, &challenge(further), "https://hydra/3");
    }
    assert_eq!(start.standing(Step::Login, &one), Standing::New, "long ago");
}

#[test]
fn only_the_latest_page_is_found_and_it_begins_anew_once() {
    let starts = starts();
    let mut start = starts.of(&Browser::default(), APP);
    start.reach(Step::Login, &challenge("one"), "https://hydra/1");
    let browser = keeping(&starts, &start);
    let found = starts.latest(&browser, Step::Login, &challenge("one")).unwrap();
    assert_eq!(found, start);
    assert!(starts.latest(&browser, Step::Consent, &challenge("one")).is_none());
    assert!(starts.latest(&browser, Step::Login, &challenge("two")).is_none());
    let browser = keeping(&starts, &found.anew(None));
    assert!(starts.latest(&browser, Step::Login, &challenge("one")).is_none());
}

#[test]
fn what_was_typed_is_kept_for_the_same_sign_in_only() {
    let mut start = Start::default();
    start.reach(Step::Login, &challenge("one"), "https://hydra/1");
    let mut anew = start.anew(Some("ada@example.com".to_owned()));
    anew.reach(Step::Login, &challenge("two"), "https://hydra/1");
    assert_eq!(anew.identifier, "ada@example.com");
    anew.reach(Step::Login, &challenge("three"), "https://hydra/2");
    assert_eq!(anew.identifier, "");
}

#[test]
fn another_browser_s_cookie_is_nobody_s() {
    let starts = starts();
    let mut start = starts.of(&Browser::default(), APP);
    start.reach(Step::Login, &challenge("one"), "https://hydra/1");
    let theirs = Browser { id: "another".to_owned(), ..keeping(&starts, &start) };
    assert!(starts.latest(&theirs, Step::Login, &challenge("one")).is_none());
}

#[test]
fn cookies_stay_few_and_short() {
    let starts = starts();
    let mut start = starts.of(&Browser::default(), APP);
    let long = format!("https://hydra/{}", "a".repeat(5_000));
    start.reach(Step::Login, &challenge("one"), &long);
    let browser = keeping(&starts, &start);
    assert!(browser.starts[0].len() <= LONGEST);
    assert_eq!(starts.of(&browser, APP).standing(Step::Login, &challenge("one")), Standing::Latest);
    let names: std::collections::BTreeSet<String> = (0..50)
        .map(|app| {
            let start = starts.of(&browser, &format!("{APP}{app}"));
            let (_, line) = starts.keep(&browser, &start).unwrap();
            line.to_str().unwrap().split('=').next().unwrap().to_owned()
        })
        .collect();
    assert!(names.len() <= COOKIES.len(), "{names:?}");
}
