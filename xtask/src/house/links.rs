//! The docs name only files that exist: relative links, and paths in inline code.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use pulldown_cmark::{Event, Parser, Tag};

const PAGES: [&str; 4] = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md"];

/// Inline code that begins with one of these is a path. Listed, so that a path into a folder
/// that went away is still seen as one.
const FOLDERS: [&str; 10] = [
    ".cargo",
    ".ci",
    "crates",
    "docker",
    "docs",
    "integration-tests",
    "k8s",
    "proto",
    "services",
    "xtask",
];

/// A place that a page names.
#[derive(Debug, PartialEq)]
enum Place {
    /// A link, relative to the page.
    Link(String),
    /// Inline code, relative to the root.
    Code(String),
}

impl Place {
    fn name(&self) -> &str {
        let (Self::Link(name) | Self::Code(name)) = self;
        name
    }
}

/// What the pages under `root` name and what is not there.
pub(super) fn faults(root: &Path) -> Result<Vec<String>> {
    let mut faults = Vec::new();
    for page in pages(root)? {
        let text =
            fs::read_to_string(&page).with_context(|| format!("cannot read {}", page.display()))?;
        let absent = places(&text).into_iter().filter(|place| !target(root, &page, place).exists());
        let shown = page.strip_prefix(root).unwrap_or(&page).display();
        let fault = |place: Place| format!("{shown} names `{}`: not there", place.name());
        faults.extend(absent.map(fault));
    }
    Ok(faults)
}

fn pages(root: &Path) -> Result<Vec<PathBuf>> {
    let top = PAGES.map(|page| root.join(page)).into_iter();
    let mut pages: Vec<_> = top.filter(|page| page.exists()).collect();
    if root.join("docs").exists() {
        add_markdown(&root.join("docs"), &mut pages)?;
    }
    pages.sort();
    Ok(pages)
}

fn add_markdown(folder: &Path, pages: &mut Vec<PathBuf>) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            add_markdown(&path, pages)?;
        } else if path.extension().is_some_and(|it| it == "md") {
            pages.push(path);
        }
    }
    Ok(())
}

fn places(text: &str) -> Vec<Place> {
    let named = |event| match event {
        Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
            linked(&dest_url).map(|it| Place::Link(it.to_owned()))
        }
        Event::Code(code) => coded(&code).map(|it| Place::Code(it.to_owned())),
        _ => None,
    };
    Parser::new(text).filter_map(named).collect()
}

/// The file part of a link that stays in the repository.
fn linked(link: &str) -> Option<&str> {
    let file = link.split(['#', '?']).next()?;
    let leaves = file.contains("://") || file.starts_with("mailto:");
    (!file.is_empty() && !leaves).then_some(file)
}

/// The path in inline code, up to a line number, an item name, or the folder before a pattern.
fn coded(code: &str) -> Option<&str> {
    let word = code.split_whitespace().next()?;
    let (folder, _) = word.split_once('/')?;
    let plain = word.split([':', '#']).next()?;
    let path = match plain.find(['*', '?', '{', '<', '[', '$', '…']) {
        Some(pattern) => plain.get(..pattern)?.rsplit_once('/')?.0,
        None => plain,
    };
    FOLDERS.contains(&folder).then_some(path)
}

fn target(root: &Path, page: &Path, place: &Place) -> PathBuf {
    match place {
        Place::Code(path) => root.join(path),
        Place::Link(link) => match link.strip_prefix('/') {
            Some(from_root) => root.join(from_root),
            None => page.parent().unwrap_or(root).join(link),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_followed_to_their_file() {
        assert_eq!(linked("docs/grpc.md#errors"), Some("docs/grpc.md"));
        assert_eq!(linked("../LICENSE"), Some("../LICENSE"));
        for elsewhere in ["#here", "https://example.org/a", "mailto:a@example.org"] {
            assert_eq!(linked(elsewhere), None, "{elsewhere}");
        }
    }

    #[test]
    fn inline_code_is_a_path_when_it_begins_with_a_folder_of_ours() {
        assert_eq!(coded("proto/buf.yaml"), Some("proto/buf.yaml"));
        assert_eq!(coded("services/identity/src/lib.rs:12"), Some("services/identity/src/lib.rs"));
        assert_eq!(coded("docker/compose.yaml up"), Some("docker/compose.yaml"));
        for other in ["/oauth2/auth", "application/json", "proto", "target/debug", ""] {
            assert_eq!(coded(other), None, "{other}");
        }
    }

    #[test]
    fn a_pattern_is_checked_by_the_folder_before_it() {
        assert_eq!(coded("docs/**/*.md"), Some("docs"));
        assert_eq!(coded("services/identity/{src,tests}"), Some("services/identity"));
        assert_eq!(coded("crates/<name>/Cargo.toml"), Some("crates"));
    }

    #[test]
    fn code_blocks_name_nothing_and_images_do() {
        let text = "![one](a.png) `docs/b.md`\n\n```\n`docs/c.md` [x](d.md)\n```\n";
        assert_eq!(places(text), [Place::Link("a.png".into()), Place::Code("docs/b.md".into())]);
    }

    #[test]
    fn links_start_at_the_page_and_code_at_the_root() {
        let (root, page) = (Path::new("/r"), Path::new("/r/docs/page.md"));
        let at = |place| target(root, page, &place);
        assert_eq!(at(Place::Link("a.md".into())), Path::new("/r/docs/a.md"));
        assert_eq!(at(Place::Link("/a.md".into())), Path::new("/r/a.md"));
        assert_eq!(at(Place::Code("docs/a.md".into())), Path::new("/r/docs/a.md"));
    }
}
