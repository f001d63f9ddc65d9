//! The forms and links of a page, as a browser understands them.

use html5ever::{ParseOpts, parse_document, tendril::TendrilSink as _};
use markup5ever_rcdom::{Handle, NodeData, RcDom};
use url::Url;

/// A form, filled as the page fills it.
#[derive(Debug, Clone)]
pub struct Form {
    /// Where it goes.
    pub action: Url,
    /// All fields but buttons, in order.
    pub fields: Vec<Field>,
    /// All buttons, in order.
    pub buttons: Vec<Field>,
}

/// A field or a button.
#[derive(Debug, Clone)]
pub struct Field {
    /// Its element id.
    pub id: String,
    /// The name it is sent under.
    pub name: String,
    /// `text`, `password`, `checkbox`, `hidden`, ...
    pub kind: String,
    /// What is sent.
    pub value: String,
    /// Whether it is sent: boxes only when ticked.
    pub sent: bool,
}

/// The page's forms that are sent with this method.
pub(crate) fn forms(html: &str, base: &Url, method: &str) -> Vec<Form> {
    let mut forms = Vec::new();
    each(&parse(html), &mut |element| {
        let sent = element.attribute("method").is_some_and(|it| it.eq_ignore_ascii_case(method));
        if element.name == "form" && sent {
            let action = element.attribute("action").unwrap_or_default();
            let mut form =
                Form { action: base.join(&action).unwrap(), fields: vec![], buttons: vec![] };
            each(element.node, &mut |inner| form.add(inner));
            forms.push(form);
        }
    });
    forms
}

/// The text of the page, in one line.
pub(crate) fn text(html: &str) -> String {
    fn collect(node: &Handle, text: &mut String) {
        if let NodeData::Text { contents } = &node.data {
            text.push_str(&contents.borrow());
            text.push(' ');
        }
        node.children.borrow().iter().for_each(|child| collect(child, text));
    }
    let mut found = String::new();
    collect(&parse(html), &mut found);
    found.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Where the link with this id leads.
pub(crate) fn link(html: &str, base: &Url, id: &str) -> Option<Url> {
    let mut found = None;
    each(&parse(html), &mut |element| {
        if element.name == "a" && element.attribute("id").as_deref() == Some(id) {
            found = element.attribute("href").map(|href| base.join(&href).unwrap());
        }
    });
    found
}

impl Form {
    fn add(&mut self, element: &Element<'_>) {
        let attribute = |name: &str| element.attribute(name).unwrap_or_default();
        let kind = match element.name {
            "button" => "submit".to_owned(),
            "input" => element.attribute("type").unwrap_or_else(|| "text".to_owned()),
            _ => return,
        };
        let unticked = kind == "checkbox" && element.attribute("checked").is_none();
        let field = Field {
            id: attribute("id"),
            name: attribute("name"),
            value: attribute("value"),
            sent: !unticked && kind != "submit",
            kind,
        };
        if field.kind == "submit" { &mut self.buttons } else { &mut self.fields }.push(field);
    }
}

struct Element<'a> {
    node: &'a Handle,
    name: &'a str,
}

impl Element<'_> {
    fn attribute(&self, name: &str) -> Option<String> {
        let NodeData::Element { attrs, .. } = &self.node.data else { return None };
        let attrs = attrs.borrow();
        let found = attrs.iter().find(|attribute| &*attribute.name.local == name)?;
        Some(found.value.to_string())
    }
}

fn parse(html: &str) -> Handle {
    parse_document(RcDom::default(), ParseOpts::default()).one(html).document
}

fn each(node: &Handle, visit: &mut impl FnMut(&Element<'_>)) {
    if let NodeData::Element { name, .. } = &node.data {
        visit(&Element { node, name: &name.local });
    }
    for child in node.children.borrow().iter() {
        each(child, visit);
    }
}
