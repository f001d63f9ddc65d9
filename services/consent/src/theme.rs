//! What the pages look like and say: our templates, words, style and logo, and an operator's folder
//! whose files stand in for them.

mod assets;
mod brand;
mod broken;
mod colours;
mod templates;
mod words;

pub(crate) use assets::{Asset, Assets};
pub(crate) use brand::Brand;
pub(crate) use broken::Broken;
pub(crate) use templates::broken as broken_template;
pub(crate) use words::{Language, Languages};

use minijinja::Environment;
use std::{
    fs,
    path::{Path, PathBuf},
};

/// The rooms of an operator's folder.
const ROOMS: [&str; 3] = ["templates", "static", "locales"];

/// Everything that a page is made of. Read once, at the start.
pub(crate) struct Theme {
    pub(crate) templates: Environment<'static>,
    pub(crate) languages: Languages,
    pub(crate) brand: Brand,
    pub(crate) assets: Assets,
}

impl Theme {
    /// Ours, with the files of `folder` in place of those of the same name.
    pub(crate) fn read(folder: Option<&Path>) -> Result<Self, Broken> {
        if let Some(folder) = folder {
            known_rooms(folder)?;
        }
        let (brand, style) = Brand::read(folder)?;
        let assets = Assets::read(folder, &style)?;
        brand.check(&assets)?;
        let languages = Languages::read(folder, &brand.languages)?;
        let templates = templates::read(folder)?;
        Ok(Self { templates, languages, brand, assets })
    }
}

/// A folder whose name is mistyped would be overlooked in silence.
fn known_rooms(folder: &Path) -> Result<(), Broken> {
    for (name, path) in entries(folder)? {
        if path.is_dir() && !ROOMS.contains(&name.as_str()) && !name.starts_with('.') {
            let expected = ROOMS.join(", ");
            return Err(Broken::new(path, format!("not a folder of a theme: expected {expected}")));
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
