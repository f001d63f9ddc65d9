//! `latchkey user` as an operator runs it: the real program against a real identity service.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test cannot go on without")]

use chassis::Clock;
use clap::Parser as _;
use database::scratch::{Engine, Scratch};
use latchkey_identity::{Config, Identity, store::MIGRATIONS};
use std::{
    fmt::Write as _,
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    time::Duration,
};
use tempfile::TempDir;

const PASSWORD: &str = "correct horse battery staple";

/// A running identity service, and a folder for files.
struct Place {
    identity: Identity,
    url: String,
    folder: TempDir,
    _scratch: Scratch,
}

impl Place {
    async fn on(engine: Engine) -> Self {
        let scratch = Scratch::new(engine, &MIGRATIONS).await;
        let config = Config::parse_from([
            "latchkey-identity",
            "--listen=127.0.0.1:0",
            "--internal-listen=127.0.0.1:0",
            &format!("--database-url={}", scratch.url),
        ]);
        let identity = Identity::build(config, Clock::System).await.unwrap();
        let url = format!("http://{}", identity.running.address("gRPC").unwrap());
        Self { identity, url, folder: tempfile::tempdir().unwrap(), _scratch: scratch }
    }

    /// What the program answers to these arguments, with `input` to read.
    async fn run(&self, arguments: &[&str], input: &str) -> Output {
        run(&self.url, arguments, input).await
    }

    fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::write(&path, text).unwrap();
        path
    }

    async fn import(&self, file: &Path) -> Output {
        self.run(&["import", file.to_str().unwrap()], "").await
    }

    async fn stop(self) {
        self.identity.running.stop(Duration::from_secs(10)).await;
    }
}

async fn run(url: &str, arguments: &[&str], input: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_latchkey"));
    command.arg("user").arg(format!("--identity-url={url}")).args(arguments);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let input = input.to_owned();
    tokio::task::spawn_blocking(move || {
        let mut child = command.spawn().unwrap();
        // Who does not read it has an answer already.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        child.wait_with_output().unwrap()
    })
    .await
    .unwrap()
}

fn out(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).unwrap()
}

fn err(output: &Output) -> &str {
    std::str::from_utf8(&output.stderr).unwrap()
}

#[track_caller]
fn ended(output: &Output, code: i32) {
    assert_eq!(output.status.code(), Some(code), "{} {}", out(output), err(output));
}

database::both_databases!(
    a_person_from_the_first_day_to_the_last,
    what_is_known_of_a_person_changes_by_what_is_given,
    thousands_are_imported_and_bad_lines_left_out_by_number,
    what_was_exported_can_be_imported,
);

async fn a_person_from_the_first_day_to_the_last(engine: Engine) {
    let place = Place::on(engine).await;
    let mut add =
        vec!["add", "ada@example.com", "--name=Ada", "--username=ada", "--password-stdin"];
    add.extend(["--phone-number=+44 20 7946 0000", "--locality=London", "--country=England"]);
    add.extend(["--group=staff", "--group=sales"]);
    let weak = place.run(&add, "passwordpassword\n").await;
    ended(&weak, 1);
    assert!(err(&weak).contains("the password: it is common"), "{}", err(&weak));
    assert!(!err(&weak).contains("passwordpassword"));
    let added = place.run(&add, &format!("{PASSWORD}\n")).await;
    ended(&added, 0);
    let subject = out(&added).trim();
    let again = place.run(&add, PASSWORD).await;
    ended(&again, 1);
    assert!(err(&again).contains("taken"), "{}", err(&again));

    for who in ["ada@example.com", "ADA", subject] {
        let shown = place.run(&["show", who], "").await;
        ended(&shown, 0);
        for part in [subject, "ada@example.com", "active", "+442079460000", "London, England"] {
            assert!(out(&shown).contains(part), "{}", out(&shown));
        }
        assert!(out(&shown).contains("sales staff"), "{}", out(&shown));
    }
    ended(&place.run(&["passwd", "ada", "--password-stdin"], "purple monkey dishwasher").await, 0);
    ended(&place.run(&["disable", "ada"], "").await, 0);
    let listed = place.run(&["list", "--disabled", "--json"], "").await;
    let json: serde_json::Value = serde_json::from_str(out(&listed)).unwrap();
    assert_eq!(
        (json["subject"].as_str(), json["state"].as_str()),
        (Some(subject), Some("disabled"))
    );
    assert_eq!(json["locality"].as_str(), Some("London"));
    assert_eq!(json["groups"], serde_json::json!(["sales", "staff"]));
    assert!(!out(&listed).contains("argon2"), "{}", out(&listed));
    let active = place.run(&["list", "--active", "--json"], "").await;
    assert_eq!(out(&active), "");
    ended(&place.run(&["enable", subject], "").await, 0);
    let table = place.run(&["list", "--email-prefix=ADA@"], "").await;
    assert_eq!(out(&table).lines().count(), 2, "{}", out(&table));

    let unsure = place.run(&["delete", "ada"], "").await;
    ended(&unsure, 2);
    assert!(err(&unsure).contains("--yes"), "{}", err(&unsure));
    ended(&place.run(&["delete", "ada", "--yes"], "").await, 0);
    let gone = place.run(&["show", "ada"], "").await;
    ended(&gone, 1);
    assert!(err(&gone).contains("nobody has"), "{}", err(&gone));
    what_happened_is_told(&place, subject).await;
    place.stop().await;
}

/// Of somebody who was removed too, by subject.
async fn what_happened_is_told(place: &Place, subject: &str) {
    let kinds = async |more: &[&str]| {
        let told = place.run(&[&["events", subject, "--json"], more].concat(), "").await;
        ended(&told, 0);
        let events = out(&told).lines().map(|line| {
            let event: serde_json::Value = serde_json::from_str(line).unwrap();
            assert_eq!((event["subject"].as_str(), event["ip"].as_str()), (Some(subject), None));
            event["event"].as_str().unwrap().to_owned()
        });
        (events.collect::<Vec<_>>(), err(&told).to_owned())
    };
    let (all, more) = kinds(&[]).await;
    let first = ["user.delete", "user.enable", "user.disable", "user.password", "user.create"];
    let named: Vec<_> = all.iter().filter(|event| event.starts_with("user.")).collect();
    assert_eq!(named, first);
    assert_eq!(more, "");
    let (two, more) = kinds(&["--limit=2"]).await;
    assert_eq!(two, all[..2]);
    assert!(more.contains("earlier") && more.contains("--limit"), "{more}");
    assert_eq!(kinds(&["--event=user.disable"]).await.0, ["user.disable"]);
    assert_eq!(kinds(&["--since=1day"]).await.0, all);
    assert!(kinds(&["--since=2999-01-01T00:00:00Z"]).await.0.is_empty());

    let eve = ["add", "eve@example.com", "--name=Eve", "--password-stdin"];
    ended(&place.run(&eve, PASSWORD).await, 0);
    let table = place.run(&["events", "EVE@example.com"], "").await;
    ended(&table, 0);
    assert!(out(&table).starts_with("TIME") && out(&table).contains("user.create"));
    assert!(!out(&table).contains(subject), "{}", out(&table));
    let everybody = place.run(&["events", "--limit=1000"], "").await;
    assert!(out(&everybody).contains(subject), "{}", out(&everybody));
    for (wrong, code, told) in [
        (&["events", "mallory"][..], 1, "nobody has the subject"),
        (&["events", "--since=yesterday"], 2, "8h, or a time such as"),
        (&["events", "--limit=0"], 2, "--limit"),
    ] {
        let refused = place.run(wrong, "").await;
        ended(&refused, code);
        assert!(err(&refused).contains(told), "{told} in {}", err(&refused));
    }
}

async fn what_is_known_of_a_person_changes_by_what_is_given(engine: Engine) {
    let place = Place::on(engine).await;
    let text = "email,display_name,phone_number,locality,country,groups\n\
                ada@example.com,Ada,+442079460000,London,England,staff interns\n";
    ended(&place.import(&place.file("people.csv", text)).await, 0);
    let shown = async || -> serde_json::Value {
        let shown = place.run(&["show", "ada", "--json"], "").await;
        serde_json::from_str(out(&shown)).unwrap()
    };
    let update = ["update", "ada@example.com", "--username=ada", "--locality=Ockham"];
    ended(&place.run(&update, "").await, 0);
    let update =
        ["update", "ada", "--phone-number=", "--add-group=sales", "--remove-group=interns"];
    ended(&place.run(&update, "").await, 0);
    let ada = shown().await;
    assert_eq!(ada["groups"], serde_json::json!(["sales", "staff"]));
    for (field, value) in [
        ("email", "ada@example.com"),
        ("display_name", "Ada"),
        ("phone_number", ""),
        ("locality", "Ockham"),
        ("country", "England"),
        ("etag", "v3"),
    ] {
        assert_eq!(ada[field], value, "{field}");
    }
    let again = place.run(&update[..2], "").await;
    ended(&again, 0);
    assert!(err(&again).contains("Nothing to change"), "{}", err(&again));
    let both = ["update", "ada", "--add-group=sales", "--remove-group=sales"];
    let both = place.run(&both, "").await;
    ended(&both, 2);
    assert!(err(&both).contains("both name sales"), "{}", err(&both));
    let refused = place.run(&["update", "ada", "--add-group=the board", "--name="], "").await;
    ended(&refused, 1);
    for part in ["--name: it is required", "--add-group the board: it is not 1 to 64"] {
        assert!(err(&refused).contains(part), "{}", err(&refused));
    }
    assert_eq!(shown().await, ada, "nothing was changed");
    place.stop().await;
}

/// So many people as CSV; every line whose number ends with 500 is bad in one of four ways.
fn people(count: usize) -> (String, Vec<usize>) {
    let mut text = "email,display_name,username,password_hash\n".to_owned();
    let mut bad = Vec::new();
    for line in 2..=count + 1 {
        let hash = "$2a$04$UuTkLRZZ6QofpDOlMz32MuuxEHA43WOemOYHPz6.SjsVsyO1tDU96";
        let row = match (line % 1000, line / 1000 % 4) {
            (500, 0) => "no address,Nobody,,".to_owned(),
            (500, 1) => "two,fields".to_owned(),
            (500, 2) => format!("p{line}@example.com,\"Quote,,"),
            (500, _) => format!("p{line}@example.com,Expensive,,$2a$31${}", &hash[7..]),
            _ => format!("p{line}@example.com,\"Person, {line}\",u{line},{hash}"),
        };
        if line % 1000 == 500 {
            bad.push(line);
        }
        writeln!(text, "{row}").unwrap();
    }
    (text, bad)
}

async fn thousands_are_imported_and_bad_lines_left_out_by_number(engine: Engine) {
    let place = Place::on(engine).await;
    let (text, bad) = people(5000);
    let file = place.file("people.csv", &text);
    let imported = place.import(&file).await;
    ended(&imported, 1);
    assert_eq!(out(&imported), "4,995 added, 5 left out\n");
    let told: Vec<_> = err(&imported).lines().collect();
    assert_eq!(told.len(), bad.len(), "{told:#?}");
    for line in bad {
        assert!(told.iter().any(|it| it.starts_with(&format!("line {line}"))), "{line}: {told:#?}");
    }
    assert!(!err(&imported).contains("$2a$"), "{}", err(&imported));

    let again = place.import(&file).await;
    ended(&again, 1);
    assert_eq!(out(&again), "0 added, 5,000 left out\n");
    let shown = place.run(&["show", "u4711", "--json"], "").await;
    assert!(out(&shown).contains("\"display_name\":\"Person, 4711\""), "{}", out(&shown));
    place.stop().await;
}

async fn what_was_exported_can_be_imported(engine: Engine) {
    let (from, to) = (Place::on(engine).await, Place::on(engine).await);
    let file = from.file(
        "people.jsonl",
        "{\"email\":\"ada@example.com\",\"display_name\":\"\u{5d0}\\\"a, b\\\"\",\"subject\":\"legacy-1\",\
         \"phone_number\":\"+442079460000\",\"formatted_address\":\"1 \\\"Big\\\" Street\\nLondon\",\
         \"postal_code\":\"SW1Y 4JH\",\"groups\":[\"staff\",\"eu/sales\"]}\n\
         {\"email\":\"bob@example.com\",\"display_name\":\"Bob\",\"state\":\"disabled\",\"username\":\"bob\"}\n",
    );
    ended(&from.import(&file).await, 0);
    for name in ["export.csv", "export.jsonl"] {
        let path = from.folder.path().join(name);
        ended(&from.run(&["export", path.to_str().unwrap()], "").await, 0);
        assert!(!fs::read_to_string(&path).unwrap().contains("password"));
        ended(&from.run(&["export", path.to_str().unwrap()], "").await, 2);
    }
    ended(&to.import(&from.folder.path().join("export.csv")).await, 0);
    let exported = to.run(&["export"], "").await;
    let expected = fs::read_to_string(from.folder.path().join("export.jsonl")).unwrap();
    let sorted = |text: &str| {
        let mut lines: Vec<_> = text.lines().map(str::to_owned).collect();
        lines.sort();
        lines
    };
    assert_eq!(sorted(out(&exported)), sorted(&expected));
    for kept in [
        "legacy-1",
        "disabled",
        "+442079460000",
        "Street\\nLondon",
        "SW1Y 4JH",
        "[\"eu/sales\",\"staff\"]",
    ] {
        assert!(expected.contains(kept), "{kept}: {expected}");
    }
    from.stop().await;
    to.stop().await;
}

#[tokio::test]
async fn an_identity_that_is_not_there_is_told_and_how_to_start_it() {
    let nowhere = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let output = run(&format!("http://{nowhere}"), &["list"], "").await;
    ended(&output, 2);
    for part in ["cannot be reached", "latchkey up", "latchkey identity", "--identity-url"] {
        assert!(err(&output).contains(part), "{}", err(&output));
    }
}

#[tokio::test]
async fn a_file_that_cannot_be_imported_is_told_before_anything_is_sent() {
    let place = Place::on(Engine::Sqlite).await;
    for (name, text, why) in [
        ("people.txt", "", "--format"),
        ("empty.csv", "", "empty"),
        ("headless.csv", "ada@example.com,Ada\n", "line 1"),
        ("typo.csv", "email,display_name,pasword\n", "none of"),
    ] {
        let output = place.import(&place.file(name, text)).await;
        ended(&output, 2);
        assert!(err(&output).contains(why) && err(&output).contains(name), "{}", err(&output));
    }
    let output = place.import(&place.folder.path().join("nowhere.csv")).await;
    ended(&output, 2);
    place.stop().await;
}

/// RFC 4180, section 2, rule 6: a quoted field may have lines.
#[tokio::test]
async fn a_field_may_have_lines_and_a_stray_quote_spoils_no_other_row() {
    let place = Place::on(Engine::Sqlite).await;
    let text = "email,display_name,formatted_address\n\
                a@example.com,A,\"1 Street\nCity\"\n\
                \"b@example.com,B,\n\
                c@example.com,C,\n\
                d@example.com,D,\"2 \"\"Big\"\" Street\nCity\"\n\
                e@example.com,E,\"\n";
    let output = place.import(&place.file("people.csv", text)).await;
    ended(&output, 1);
    assert_eq!(out(&output), "3 added, 2 left out\n", "{}", err(&output));
    assert!(err(&output).starts_with("line 4 "), "{}", err(&output));
    let exported = place.run(&["export"], "").await;
    for kept in ["1 Street\\nCity", "c@example.com", "2 \\\"Big\\\" Street\\nCity"] {
        assert!(out(&exported).contains(kept), "{}", out(&exported));
    }
    place.stop().await;
}

#[tokio::test]
async fn an_import_needs_no_more_memory_for_a_larger_file() {
    let place = Place::on(Engine::Sqlite).await;
    let file = place.file("people.csv", "email,display_name\na@example.com,A\n");
    let mut long = fs::OpenOptions::new().append(true).open(&file).unwrap();
    let length = long.metadata().unwrap().len() + 300_000_000;
    long.set_len(length).unwrap();
    writeln!(long, "\nb@example.com,B").unwrap();
    let limited = format!(
        "ulimit -d 150000 && exec {} user --identity-url={} import {}",
        env!("CARGO_BIN_EXE_latchkey"),
        place.url,
        file.display()
    );
    let import = move || Command::new("sh").arg("-c").arg(limited).output().unwrap();
    let output = tokio::task::spawn_blocking(import).await.unwrap();
    ended(&output, 1);
    assert_eq!(out(&output), "2 added, 1 left out\n");
    assert!(err(&output).starts_with("line 3 is longer than"), "{}", err(&output));
    place.stop().await;
}

#[tokio::test]
async fn a_password_is_no_option_and_help_has_examples() {
    let output = run("http://127.0.0.1:1", &["add", "--password=hunter2"], "").await;
    ended(&output, 2);
    for arguments in [&["--help"][..], &["import", "--help"], &["add", "--help"]] {
        let help = run("http://127.0.0.1:1", arguments, "").await;
        ended(&help, 0);
        assert!(out(&help).contains("Examples:"), "{}", out(&help));
    }
    let piped = run("http://127.0.0.1:1", &["import", "--help"], "").await;
    assert!(out(&piped).contains("Exit codes: 0"), "{}", out(&piped));
}
