//! Every page in every state, with made-up content: what a theme has to be able to show, and what
//! `--preview` shows to whoever makes one.

mod messages;

use super::{
    Ago, Apps, AskingApp, Consent, Device, Granted, Hidden, Login, Logout, Message, Page, Shown,
    SignedIn, TurnedAway, Wait,
};
use chrono::{DateTime, TimeDelta, Utc};
use messages::{MESSAGES, message};
use serde::Serialize;
use std::time::Duration;

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
    TurnedAway(TurnedAway),
    Logout(Logout),
    Message(Message),
}

impl Page for Sample {
    fn template(&self) -> &'static str {
        match &self.content {
            Content::Apps(page) => page.template(),
            Content::Login(page) => page.template(),
            Content::Consent(page) => page.template(),
            Content::TurnedAway(page) => page.template(),
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
            Content::Consent(_) | Content::TurnedAway(_) | Content::Logout(_) => {
                &["token", "action"]
            }
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

        add("turned-away".to_owned(), Content::TurnedAway(turned_away()));
        let long = TurnedAway { app: long_app(), person: long_consent().person, ..turned_away() };
        add("turned-away-long".to_owned(), Content::TurnedAway(long));

        add("logout".to_owned(), Content::Logout(Logout { hidden: hidden(), app: Some(app()) }));
        add("apps".to_owned(), Content::Apps(apps()));
        let none = Apps { granted: vec![], ..apps() };
        add("apps-none".to_owned(), Content::Apps(none));
        let mut long = apps();
        long.granted.push(Granted {
            id: "long".to_owned(),
            name: long_app().name,
            scopes: long_consent().scopes,
        });
        add("apps-long".to_owned(), Content::Apps(long));
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

    /// A consent page with so many scopes, described at usual length.
    pub(super) fn consent_with(scopes: usize) -> Self {
        let scope = |number| {
            let about = "The app can see what you ordered, and what became of it.";
            shown(&format!("orders.read.{number:02}"), "See your orders of last year", about)
        };
        let page = Consent { scopes: (1..=scopes).map(scope).collect(), ..consent() };
        Self { name: "consent".to_owned(), content: Content::Consent(page) }
    }

    fn fill(&mut self, text: &str) {
        let fill = |field: &mut String| text.clone_into(field);
        match &mut self.content {
            Content::Apps(page) => {
                fill(&mut page.person);
                for app in &mut page.granted {
                    fill(&mut app.id);
                    fill(&mut app.name);
                    app.scopes.iter_mut().for_each(|scope| scope.fill(text));
                }
                for session in &mut page.sessions {
                    fill(&mut session.id);
                    fill(&mut session.place);
                }
            }
            Content::Login(page) => {
                fill(&mut page.app.name);
                fill(&mut page.identifier);
            }
            Content::Consent(page) => {
                fill(&mut page.app.name);
                fill(&mut page.person);
                let scopes = page.scopes.iter_mut().chain(&mut page.always);
                scopes.for_each(|scope| scope.fill(text));
            }
            Content::TurnedAway(page) => {
                fill(&mut page.app.name);
                fill(&mut page.person);
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

#[cfg(test)]
impl Shown {
    fn fill(&mut self, text: &str) {
        for field in [&mut self.name, &mut self.title, &mut self.description] {
            text.clone_into(field);
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
    let now = DateTime::<Utc>::UNIX_EPOCH + TimeDelta::days(20_454);
    let session = |id: &str, user_agent: &str, began, used| SignedIn {
        id: id.to_owned(),
        this: id == "here",
        device: Device::of(user_agent),
        place: "192.0.2.1".to_owned(),
        began: Ago::of(now - began, now),
        used: Ago::of(now - used, now),
    };
    let (days, hours, minutes) = (TimeDelta::days, TimeDelta::hours, TimeDelta::minutes);
    let granted =
        |id: &str, name: &str, scopes| Granted { id: id.to_owned(), name: name.to_owned(), scopes };
    Apps {
        hidden: hidden(),
        person: "ada@example.com".to_owned(),
        granted: vec![
            granted("myapp", "MyApp", consent().scopes),
            granted("reports", "Reports", vec![bare("reports.read")]),
        ],
        sessions: vec![
            session("here", "X11; Linux Firefox/140.0", hours(1), TimeDelta::zero()),
            session("phone", "iPhone CriOS/140.0 Safari/604.1", days(12), hours(5)),
            session("elsewhere", "", days(1), minutes(20)),
        ],
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

fn turned_away() -> TurnedAway {
    TurnedAway { hidden: hidden(), app: app(), person: "ada@example.com".to_owned() }
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
