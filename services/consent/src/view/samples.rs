//! Every page in every state, with made-up content: what a theme has to be able to show, and what
//! `--preview` shows to whoever makes one.

use super::{
    Apps, AskingApp, Consent, Granted, Hidden, Login, Logout, Message, Page, Shown, SignedIn, Wait,
};
use serde::Serialize;
use std::time::Duration;

/// The names of all messages in the locale files.
const MESSAGES: [&str; 21] = [
    "no-page",
    "unknown-challenge",
    "expired",
    "answered",
    "foreign-form",
    "bad-form",
    "down",
    "broken",
    "signing-out",
    "logged-out",
    "still-signed-in",
    "error-access-denied",
    "error-client",
    "error-request",
    "error-unsupported",
    "error-login-required",
    "error-server",
    "error-interrupted",
    "error-late",
    "error-weak",
    "error-setup",
];

/// A page that is made up.
#[derive(Serialize)]
pub(crate) struct Sample {
    /// What it is called in an address.
    #[serde(skip)]
    pub(crate) name: String,
    #[serde(flatten)]
    content: Content,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Content {
    Apps(Apps),
    Login(Login),
    Consent(Consent),
    Logout(Logout),
    Message(Message),
}

impl Page for Sample {
    fn template(&self) -> &'static str {
        match &self.content {
            Content::Apps(page) => page.template(),
            Content::Login(page) => page.template(),
            Content::Consent(page) => page.template(),
            Content::Logout(page) => page.template(),
            Content::Message(page) => page.template(),
        }
    }

    /// The address says it all.
    fn again(&self) -> Option<String> {
        Some(String::new())
    }
}

impl Sample {
    /// A form that lacks a field of ours would be refused whenever it comes back.
    pub(super) fn complete(&self, html: &str) -> Result<(), minijinja::Error> {
        let needed: &[&str] = match &self.content {
            Content::Apps(_) => &["token", "everywhere"],
            Content::Login(_) => &["token", "action", "email", "password"],
            Content::Consent(_) | Content::Logout(_) => &["token", "action"],
            Content::Message(_) => &[],
        };
        let lacks = |name: &&&str| !html.contains(&format!("name=\"{name}\""));
        needed.iter().find(lacks).map_or(Ok(()), |name| {
            let template = self.template();
            let what =
                format!("{template} has no field with name=\"{name}\"; see docs/branding.md");
            Err(minijinja::Error::new(minijinja::ErrorKind::InvalidOperation, what))
        })
    }

    /// One of each.
    pub(crate) fn all() -> Vec<Self> {
        let mut all = Vec::new();
        let mut add = |name: String, content| all.push(Self { name, content });

        add("login".to_owned(), Content::Login(login(None, None)));
        for problem in ["wrong-credentials", "busy", "down", "other-account"] {
            add(format!("login-{problem}"), Content::Login(login(Some(problem), None)));
        }
        for (name, seconds) in
            [("second", 1), ("seconds", 30), ("minutes", 600), ("hour", 5_500), ("hours", 86_400)]
        {
            let wait = Some(Wait::of(Duration::from_secs(seconds)));
            add(format!("login-throttled-{name}"), Content::Login(login(Some("throttled"), wait)));
        }
        add(
            "login-long".to_owned(),
            Content::Login(Login { app: long_app(), ..login(None, None) }),
        );

        add("consent".to_owned(), Content::Consent(consent()));
        let nothing = Consent { scopes: vec![], always: vec![], ..consent() };
        add("consent-nothing".to_owned(), Content::Consent(nothing));
        let bare = Consent { always: vec![], scopes: vec![bare("orders.read")], ..consent() };
        add("consent-undescribed".to_owned(), Content::Consent(bare));
        add("consent-long".to_owned(), Content::Consent(long_consent()));

        add("logout".to_owned(), Content::Logout(Logout { hidden: hidden(), app: Some(app()) }));
        add("apps".to_owned(), Content::Apps(apps()));
        let none = Apps { granted: vec![], ..apps() };
        add("apps-none".to_owned(), Content::Apps(none));
        for words in MESSAGES {
            add(words.to_owned(), Content::Message(message(words)));
        }
        all
    }
}

#[cfg(test)]
impl Sample {
    /// One of each, with `text` wherever others write.
    pub(super) fn with(text: &str) -> Vec<Self> {
        let mut all = Self::all();
        for sample in &mut all {
            sample.fill(text);
        }
        all
    }

    fn fill(&mut self, text: &str) {
        let fill = |field: &mut String| text.clone_into(field);
        match &mut self.content {
            Content::Apps(page) => {
                fill(&mut page.person);
                for app in &mut page.granted {
                    fill(&mut app.id);
                    fill(&mut app.name);
                    app.scopes.insert(text.to_owned());
                }
                for session in &mut page.sessions {
                    for field in [&mut session.id, &mut session.device, &mut session.place] {
                        fill(field);
                    }
                }
            }
            Content::Login(page) => {
                fill(&mut page.app.name);
                fill(&mut page.identifier);
            }
            Content::Consent(page) => {
                fill(&mut page.app.name);
                fill(&mut page.person);
                for scope in page.scopes.iter_mut().chain(&mut page.always) {
                    for field in [&mut scope.name, &mut scope.title, &mut scope.description] {
                        fill(field);
                    }
                }
            }
            Content::Logout(page) => page.app.iter_mut().for_each(|app| fill(&mut app.name)),
            Content::Message(page) => {
                if let Some((_, href)) = &mut page.way_on {
                    fill(href);
                }
            }
        }
    }
}

fn hidden() -> Hidden {
    Hidden { token: "made-up".to_owned(), challenge: String::new() }
}

fn app() -> AskingApp {
    AskingApp {
        name: "MyApp".to_owned(),
        logo: None,
        policy: Some("#policy".to_owned()),
        terms: Some("#terms".to_owned()),
    }
}

fn long_app() -> AskingApp {
    let name = "Arbeitszeiterfassungsverwaltung of the International Office".to_owned();
    AskingApp { name, ..app() }
}

fn login(problem: Option<&'static str>, wait: Option<Wait>) -> Login {
    Login {
        hidden: hidden(),
        app: app(),
        identifier: problem.map(|_| "ada@example.com".to_owned()).unwrap_or_default(),
        remember: problem.is_some(),
        problem,
        wait,
    }
}

fn apps() -> Apps {
    let session = |this, device: &str| SignedIn {
        id: device.len().to_string(),
        this,
        device: device.to_owned(),
        place: "192.0.2.1".to_owned(),
        began: "2026-01-01T08:00:00Z".to_owned(),
        used: "2026-01-02T09:30:00Z".to_owned(),
    };
    let granted = Granted {
        id: "myapp".to_owned(),
        name: "MyApp".to_owned(),
        scopes: ["openid", "users.read"].map(str::to_owned).into(),
    };
    Apps {
        hidden: hidden(),
        person: "user@example.com".to_owned(),
        granted: vec![granted],
        sessions: vec![session(true, "Mozilla/5.0 (X11; Linux x86_64)"), session(false, "")],
    }
}

fn consent() -> Consent {
    Consent {
        hidden: hidden(),
        app: app(),
        person: "ada@example.com".to_owned(),
        scopes: vec![
            shown("orders.read", "See your orders", "The app can see what you ordered."),
            shown("orders.write", "Order for you", "The app can order in your name."),
        ],
        always: vec![shown("openid", "Know who you are", "The app learns your user number.")],
    }
}

fn long_consent() -> Consent {
    let number = |number: u8| {
        shown(
            &format!("https://api.example.com/scopes/a-rather-long-name.{number}"),
            "Donaudampfschifffahrtsgesellschaftskapitäne benachrichtigen",
            "The app can send messages to all of them, at any time of the day, and see who read them.",
        )
    };
    let person = "a.very.long.address.of.somebody.with.many.names@subdomain.example.com";
    Consent {
        app: long_app(),
        person: person.to_owned(),
        scopes: (1..=8).map(number).collect(),
        ..consent()
    }
}

fn shown(name: &str, title: &str, description: &str) -> Shown {
    Shown {
        name: name.to_owned(),
        title: title.to_owned(),
        description: description.to_owned(),
        new: name == "orders.write",
    }
}

/// What the catalogue does not know.
fn bare(name: &str) -> Shown {
    shown(name, name, "")
}

fn message(words: &'static str) -> Message {
    let way_on = match words {
        "answered" => Some("to-the-app"),
        "down" => Some("try-again"),
        "signing-out" => Some("go-on"),
        _ => None,
    };
    let trace_id = (!matches!(words, "signing-out" | "logged-out" | "still-signed-in"))
        .then(|| "0af7651916cd43dd8448eb211c80319c".to_owned());
    let way_on = way_on.map(|words| (words, "#".to_owned()));
    Message { words, way_on, again: None, trace_id, owner: words.starts_with("error-") }
}
