//! What the pages look like and say: our templates, words, style and logo, and an operator's folder
//! whose files stand in for them.

mod assets;
mod brand;
mod broken;
mod colours;
mod look;
mod templates;
mod words;

pub(crate) use assets::Asset;
pub(crate) use broken::Broken;
pub(crate) use look::Look;
pub(crate) use templates::broken as broken_template;
pub(crate) use words::{Language, Languages};

use assets::Assets;
use brand::Brand;
use minijinja::Environment;
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

/// The rooms of an operator's folder.
const ROOMS: [&str; 4] = ["templates", "static", "locales", look::ROOM];

/// Everything that a page is made of. Read once, at the start.
pub(crate) struct Theme {
    pub(crate) templates: Environment<'static>,
    pub(crate) languages: Languages,
    /// The look of all apps that have none of their own.
    pub(crate) main: Look,
    /// The others, by name.
    pub(crate) looks: BTreeMap<String, Look>,
}

impl Theme {
    /// Ours, with the files of `folder` in place of those of the same name.
    pub(crate) fn read(folder: Option<&Path>) -> Result<Self, Broken> {
        if let Some(folder) = folder {
            known_rooms(folder, "theme", &ROOMS)?;
        }
        let main = Look::main(folder)?;
        let languages = Languages::read(folder, &main.brand.languages)?;
        let templates = templates::read(folder)?;
        let looks = folder.map(|folder| main.others(folder)).transpose()?.unwrap_or_default();
        Ok(Self { templates, languages, main, looks })
    }
}

/// A folder whose name is mistyped would be overlooked in silence.
fn known_rooms(folder: &Path, of: &str, rooms: &[&str]) -> Result<(), Broken> {
    for (name, path) in entries(folder)? {
        if path.is_dir() && !rooms.contains(&name.as_str()) && !name.starts_with('.') {
            let expected = rooms.join(", ");
            return Err(Broken::new(path, format!("not a folder of a {of}: expected {expected}")));
        }
    }
    Ok(())
}

/// What lies in one room of an operator's folder, by name. A room that is not there is empty.
fn room(folder: Option<&Path>, name: &str) -> Result<Vec<(String, PathBuf)>, Broken> {
    match folder.map(|folder| folder.join(name)) {
        Some(room) if room.exists() => entries(&room),
        _ => Ok(Vec::new()),
    }
}

fn entries(folder: &Path) -> Result<Vec<(String, PathBuf)>, Broken> {
    let unreadable = |error: std::io::Error| Broken::new(folder, error.to_string());
    let mut entries = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let name = path.file_name().and_then(|name| name.to_str()).map(ToOwned::to_owned);
        let name = name.ok_or_else(|| Broken::new(&path, "its name is not UTF-8".to_owned()))?;
        entries.push((name, path));
    }
    entries.sort();
    Ok(entries)
}

fn text(path: &Path) -> Result<String, Broken> {
    fs::read_to_string(path).map_err(|error| Broken::new(path, error.to_string()))
}

#[cfg(test)]
mod tests;
