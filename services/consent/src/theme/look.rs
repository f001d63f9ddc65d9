//! `looks/NAME`: a brand of its own for some of the apps, over the main one.

use super::{Assets, Brand, Broken, known_rooms, room};
use minijinja::{ErrorKind, Value, context, value::Serde};
use std::{collections::BTreeMap, path::Path};

/// Where they lie in an operator's folder.
pub(super) const ROOM: &str = "looks";

/// As long as the registry takes a name.
const LONGEST_NAME: usize = 32;

/// A brand, and the files that its pages load.
pub(crate) struct Look {
    pub(super) brand: Brand,
    pub(crate) assets: Assets,
    /// What templates know of it: `brand` and `asset`.
    pub(crate) shown: Value,
}

impl Look {
    /// The one of an operator's folder, over ours.
    pub(super) fn main(folder: Option<&Path>) -> Result<Self, Broken> {
        let folders: Vec<_> = folder.into_iter().collect();
        Self::read(&folders, None, &Brand::default())
    }

    /// The others of an operator's folder, over this one, by name.
    pub(super) fn others(&self, folder: &Path) -> Result<BTreeMap<String, Self>, Broken> {
        let mut looks = BTreeMap::new();
        for (name, path) in room(Some(folder), ROOM)? {
            if name.starts_with('.') {
                continue;
            }
            let letters = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
            if !path.is_dir() || name.len() > LONGEST_NAME || !name.chars().all(letters) {
                let problem =
                    "not a look: expected a folder whose name is at most 32 of a-z, 0-9 and -";
                return Err(Broken::new(path, problem.to_owned()));
            }
            known_rooms(&path, "look", &["static"])?;
            let look = Self::read(&[folder, &path], Some(&name), &self.brand)?;
            if !look.brand.languages.is_empty() {
                let problem = "languages: all looks have those of the theme's own brand.toml";
                return Err(Broken::new(path.join("brand.toml"), problem.to_owned()));
            }
            looks.insert(name, look);
        }
        Ok(looks)
    }

    fn read(folders: &[&Path], name: Option<&str>, main: &Brand) -> Result<Self, Broken> {
        let (brand, style) = Brand::read(folders.last().copied(), main)?;
        let assets = Assets::read(folders, name, &style)?;
        brand.check(&assets)?;
        let files = assets.clone();
        let asset = Value::from_function(move |name: &str| {
            let missing = || format!("there is no file static/{name}");
            let address = files.address(name).map(Value::from_safe_string);
            address.ok_or_else(|| minijinja::Error::new(ErrorKind::InvalidOperation, missing()))
        });
        let shown = context! { brand => Value::from(Serde(&brand)), asset };
        Ok(Self { brand, assets, shown })
    }
}
