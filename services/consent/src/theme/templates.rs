//! The templates, ours and an operator's.

use super::{Broken, room, text};
use minijinja::{Environment, UndefinedBehavior, syntax::SyntaxConfig};
use std::{
    error::Error as _,
    path::{Path, PathBuf},
};

const OURS: [(&str, &str); 11] = [
    ("layout.html", include_str!("../../templates/layout.html")),
    ("header.html", include_str!("../../templates/header.html")),
    ("footer.html", include_str!("../../templates/footer.html")),
    ("languages.html", include_str!("../../templates/languages.html")),
    ("form.html", include_str!("../../templates/form.html")),
    ("login.html", include_str!("../../templates/login.html")),
    ("consent.html", include_str!("../../templates/consent.html")),
    ("logout.html", include_str!("../../templates/logout.html")),
    ("turned-away.html", include_str!("../../templates/turned-away.html")),
    ("apps.html", include_str!("../../templates/apps.html")),
    ("message.html", include_str!("../../templates/message.html")),
];

/// All templates, well formed. Whether they can be filled is seen when they are.
pub(super) fn read(folder: Option<&Path>) -> Result<Environment<'static>, Broken> {
    let mut templates = Environment::new();
    templates.set_undefined_behavior(UndefinedBehavior::Strict);
    // A line with a tag alone is no line of the page.
    let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build();
    templates.set_syntax(syntax.map_err(|error| broken(None, &error))?);
    for (name, source) in OURS {
        templates.add_template(name, source).map_err(|error| broken(None, &error))?;
    }
    for (name, path) in room(folder, "templates")? {
        if path.extension().is_none_or(|extension| extension != "html") {
            return Err(Broken::new(path, "a template is a file that ends in .html".to_owned()));
        }
        let source = text(&path)?;
        templates.add_template_owned(name, source).map_err(|error| broken(folder, &error))?;
    }
    Ok(templates)
}

/// The innermost error knows the place: the others only include or extend what it lies in.
pub(crate) fn broken(folder: Option<&Path>, error: &minijinja::Error) -> Broken {
    let mut innermost = error;
    while let Some(source) = innermost.source().and_then(|source| source.downcast_ref()) {
        innermost = source;
    }
    let name = PathBuf::from("templates");
    let name = innermost.name().map_or(name.clone(), |template| name.join(template));
    let theirs = folder.map(|folder| folder.join(&name)).filter(|path| path.exists());
    let file = theirs.unwrap_or(name);
    let problem = match innermost.detail() {
        Some(detail) => format!("{}: {detail}", innermost.kind()),
        None => innermost.kind().to_string(),
    };
    Broken::at(file, innermost.line(), problem)
}
