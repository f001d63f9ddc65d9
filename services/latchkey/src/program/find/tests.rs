//! The order of the ways, with small scripts in place of the programs.

use super::super::HYDRA;
use super::*;
use tempfile::TempDir;

/// A machine with an empty `PATH` and an empty data folder.
struct Machine {
    root: TempDir,
    search: Search,
}

impl Machine {
    fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        let [bin, data] = ["bin", "data"].map(|it| root.path().join(it));
        fs::create_dir(&bin).unwrap();
        Self { search: Search { given: None, path: vec![bin], data }, root }
    }

    fn script(&self, name: &str, body: &str) -> PathBuf {
        let file = self.root.path().join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        // Written by another process: a file that this one has open cannot be run ("text file
        // busy"), and every other test's fork keeps it open for a moment longer.
        let write = "printf '%s\\n' '#!/bin/sh' \"$1\" > \"$0\"; chmod 755 \"$0\"";
        let mut shell = std::process::Command::new("sh");
        assert!(shell.args(["-c", write]).arg(&file).arg(body).status().unwrap().success());
        file
    }

    fn hydra(&self, name: &str, version: &str) -> PathBuf {
        self.script(name, &says(version))
    }

    /// A compiler that writes a Hydra to where `-o` says.
    fn go(&self, version: &str) {
        // In a folder that holds the module, as Go needs it.
        let write = format!("printf '#!/bin/sh\\n%s\\n' '{}'", says(version));
        self.script(
            "bin/go",
            &format!(
                "grep -q ory/hydra go.mod && grep -q ory/hydra go.sum || exit 1\n\
             while [ $# -gt 0 ]; do case $1 in -o) out=$2;; esac; shift; done\n\
             {write} > \"$out\"; chmod 755 \"$out\""
            ),
        );
    }

    /// Docker with the image: `cp` writes a Hydra to its second argument.
    fn docker(&self, version: &str) {
        let write = format!("printf '#!/bin/sh\\n%s\\n' '{}'", says(version));
        self.script(
            "bin/docker",
            &format!("case $1 in create) echo abc;; cp) {write} > \"$3\"; chmod 755 \"$3\";; esac"),
        );
    }

    async fn find(&self) -> Result<PathBuf> {
        self.search.find(&HYDRA).await
    }
}

fn says(version: &str) -> String {
    format!("echo \"Version:    {version}\"")
}

#[tokio::test]
async fn the_given_file_comes_first() {
    let mut machine = Machine::new();
    machine.hydra("bin/hydra", "v2.3.0");
    let mine = machine.hydra("mine", "v2.3.0");
    machine.search.given = Some(mine.clone());
    assert_eq!(machine.find().await.unwrap(), mine.canonicalize().unwrap());
}

#[tokio::test]
async fn a_given_file_that_is_missing_stops_the_search() {
    let mut machine = Machine::new();
    machine.hydra("bin/hydra", "v2.3.0");
    machine.search.given = Some("/nowhere/hydra".into());
    let error = format!("{:#}", machine.find().await.unwrap_err());
    assert!(error.contains("--hydra /nowhere/hydra"), "{error}");
}

#[tokio::test]
async fn then_the_one_on_the_path() {
    let machine = Machine::new();
    let on_path = machine.hydra("bin/hydra", "v2.3.0");
    machine.hydra("data/bin/hydra-v2.3.0", "v2.3.0");
    assert_eq!(machine.find().await.unwrap(), on_path);
}

#[tokio::test]
async fn then_the_kept_one_and_another_version_on_the_path_is_passed_over() {
    let machine = Machine::new();
    machine.hydra("bin/hydra", "v2.2.0");
    machine.go("v2.3.0");
    let kept = machine.hydra("data/bin/hydra-v2.3.0", "v2.3.0");
    assert_eq!(machine.find().await.unwrap(), kept);
}

#[tokio::test]
async fn then_it_is_built_and_kept() {
    let machine = Machine::new();
    machine.go("v2.3.0");
    machine.docker("v2.3.0");
    let built = machine.find().await.unwrap();
    assert_eq!(built, HYDRA.kept(&machine.search.data));
    fs::remove_file(machine.root.path().join("bin/go")).unwrap();
    assert_eq!(machine.find().await.unwrap(), built);
}

#[tokio::test]
async fn then_it_is_taken_from_an_image_also_where_the_build_fails() {
    let machine = Machine::new();
    machine.script("bin/go", "echo no network >&2; exit 1");
    machine.docker("v2.3.0");
    assert_eq!(machine.find().await.unwrap(), HYDRA.kept(&machine.search.data));
}

#[tokio::test]
async fn a_build_of_another_version_is_not_kept() {
    let machine = Machine::new();
    machine.go("v9.9.9");
    assert!(machine.find().await.unwrap_err().to_string().contains("v9.9.9, not v2.3.0"));
    assert!(!HYDRA.kept(&machine.search.data).exists());
}

#[tokio::test]
async fn in_the_end_every_way_is_listed() {
    let machine = Machine::new();
    let error = machine.find().await.unwrap_err().to_string();
    for way in ["--hydra FILE", "HYDRA_BIN", "on PATH", "hydra-v2.3.0", "Go 1.26", "docker pull"] {
        assert!(error.contains(way), "{way} in: {error}");
    }
}

#[test]
fn a_version_is_told_from_other_words() {
    assert!(is_version("v2.3.0") && is_version("v1.62.0"));
    assert!(
        !is_version("version") && !is_version("2.3.0") && !is_version("v2") && !is_version("v")
    );
}
