//! Lines as people and programs write them.

use super::*;
use proptest::prelude::*;

#[test]
fn columns_may_stand_in_any_order() {
    let header = Header::parse("display_name, email,password").unwrap();
    let row = header.row(2, "\"Lovelace, \"\"Ada\"\"\",ada@example.com,\" a,b \"").unwrap();
    assert_eq!(row.display_name, "Lovelace, \"Ada\"");
    assert_eq!((row.email.as_str(), row.password.as_str()), ("ada@example.com", " a,b "));
    assert_eq!((row.row, row.state()), (2, UserState::Active));
}

#[test]
fn groups_are_a_list() {
    let header = Header::parse("email,display_name,groups").unwrap();
    for (text, names) in
        [("a@b,A,", &[][..]), ("a@b,A,staff", &["staff"]), ("a@b,A, b  a ", &["b", "a"])]
    {
        assert_eq!(header.row(2, text).unwrap().groups, names, "{text}");
    }
    let row = json(2, r#"{"email":"a@b","display_name":"A","groups":["b","a"]}"#).unwrap();
    assert_eq!(row.groups, ["b", "a"]);
    assert!(json(2, r#"{"email":"a@b","display_name":"A","groups":"a"}"#).is_err());
}

#[test]
fn a_header_names_known_columns_once() {
    for (line, why) in [
        ("email,display_name,passwort", "column 3 of line 1 is none of subject, email"),
        ("email,display_name,email", "twice"),
        ("email,username", "display_name"),
        ("ada@example.com,Ada", "none of"),
    ] {
        let error = Header::parse(line).unwrap_err();
        assert!(error.contains(why) && !error.contains("ada@"), "{line}: {error}");
    }
}

#[test]
fn what_is_wrong_with_a_line_is_told_without_what_stands_in_it() {
    let header = Header::parse("email,display_name,state").unwrap();
    for (text, why) in [
        ("hunter2", "1 fields where the header has 3"),
        ("a@b,Ada,hunter2", "neither active nor disabled"),
        ("\"a@b,Ada,hunter2", "not closed"),
        ("\u{feff}a@b,hunter2,active", "no row"),
    ] {
        let error = header.row(7, text).unwrap_err().to_string();
        assert!(error.starts_with("line 7") && error.contains(why), "{error}");
        assert!(!error.contains("hunter2"), "{error}");
    }
    for text in ["hunter2", "{\"hunter2\":1}", "{\"email\":[\"hunter2\"]}", "[]", "{\"email\":1}"] {
        let error = json(7, text).unwrap_err().to_string();
        assert!(error.starts_with("line 7") && !error.contains("hunter2"), "{error}");
    }
}

proptest! {
    #[test]
    fn what_csv_writes_is_read_as_it_was(
        email in "([^\n\r\u{feff}][^\n\r]{0,40})?", name in "[^\n\r]{0,40}", password in "[^\n\r]{0,40}"
    ) {
        let mut written = csv::Writer::from_writer(Vec::new());
        written.write_record([&email, &name, &password]).unwrap();
        let line = String::from_utf8(written.into_inner().unwrap()).unwrap();
        let header = Header::parse("email,display_name,password").unwrap();
        let row = header.row(1, line.trim_end_matches('\n')).unwrap();
        prop_assert_eq!((row.email, row.display_name, row.password), (email, name, password));
    }

    #[test]
    fn no_line_breaks_the_readers(text in "\\PC{0,200}|[\",{}:\\[\\]a-z@\0 ]{0,80}") {
        let header = Header::parse("email,display_name,password").unwrap();
        let _ = header.row(1, &text);
        let _ = json(1, &text);
        let _ = Header::parse(&text);
    }
}
