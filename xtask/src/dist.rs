//! `cargo xtask dist`: the archive of a release, the same bytes for whoever builds the same commit.

mod sbom;

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};

use crate::{
    step::{run, step},
    workspace::root,
};

/// Each is a package, too.
const PROGRAMS: [&str; 4] =
    ["latchkey", "latchkey-identity", "latchkey-consent", "latchkey-client"];

const PAGES: [&str; 5] =
    ["CHANGELOG.md", "LICENSE", "README.md", "SECURITY.md", "docs/upgrading.md"];

/// What each shell looks for, below `share`.
const COMPLETIONS: [(&str, &str); 3] = [
    ("bash", "bash-completion/completions/latchkey"),
    ("zsh", "zsh/site-functions/_latchkey"),
    ("fish", "fish/vendor_completions.d/latchkey.fish"),
];

/// Builds the archive into `target/dist`; `twice` builds it a second time elsewhere and compares.
pub(crate) fn dist(twice: bool) -> Result<()> {
    let tree = Tree::committed(root())?;
    let mut archive = PathBuf::new();
    step("dist", || {
        archive = tree.archive()?;
        run(Command::new("sha256sum").arg(&archive))
    })?;
    if !twice {
        return Ok(());
    }
    step("dist again, in another place", || {
        let place = tempfile::tempdir()?;
        let clone = place.path().join("a-clone-with-a-longer-name");
        let from = format!("file://{}", tree.root.display());
        run(Command::new("git").args(["clone", "--quiet", &from]).arg(&clone))?;
        run(Command::new("git").args(["checkout", "--quiet", &tree.commit]).current_dir(&clone))?;
        let second = Tree::committed(clone)?.archive()?;
        run(Command::new("sha256sum").arg(&second))?;
        let contents = [&archive, &second].map(|it| it.with_extension("").with_extension(""));
        run(Command::new("diff").args(["--recursive", "--brief"]).args(contents))?;
        run(Command::new("cmp").arg(&archive).arg(&second))?;
        eprintln!("    both archives are the same, byte for byte");
        Ok(())
    })
}

/// A work tree as it was committed.
struct Tree {
    root: PathBuf,
    commit: String,
    /// When it was committed, in seconds since 1970: the age of all files in the archive.
    time: String,
}

impl Tree {
    fn committed(root: PathBuf) -> Result<Self> {
        if !git(&root, &["status", "--porcelain"])?.is_empty() {
            bail!("commit first: the archive says which commit it is made of");
        }
        let commit = git(&root, &["rev-parse", "--short=12", "HEAD"])?;
        let time = git(&root, &["log", "-1", "--format=%ct"])?;
        Ok(Self { root, commit, time })
    }

    fn archive(&self) -> Result<PathBuf> {
        let host = host()?;
        self.build(&host)?;
        let (version, dist) = (env!("CARGO_PKG_VERSION"), self.root.join("target/dist"));
        let name = format!("latchkey-{version}-{host}");
        let content = dist.join(&name);
        if content.exists() {
            fs::remove_dir_all(&content)?;
        }
        self.fill(&content, &dist.join(&host).join("release"))?;
        sbom::write(
            &self.root,
            &host,
            &PROGRAMS,
            &content.join("share/doc/latchkey/sbom.cdx.json"),
        )?;

        let archive = dist.join(format!("{name}.tar.gz"));
        let mut tar = Command::new("tar");
        tar.args(["--sort=name", "--owner=0", "--group=0", "--numeric-owner", "--format=ustar"])
            .args(["--mode=u=rwX,go=rX", &format!("--mtime=@{}", self.time)])
            .args(["--use-compress-program=gzip -n -9", "--create", "--file"])
            .arg(&archive)
            .args([Path::new("--directory"), &dist, Path::new(&name)]);
        run(&mut tar)?;
        Ok(archive)
    }

    /// Where the tree and cargo's downloads lie is kept out of the programs. With `--target` the
    /// flags do not reach build scripts, and so change nothing that is built for this machine only.
    fn build(&self, host: &str) -> Result<()> {
        let cargo_home = env::var_os("CARGO_HOME").map(PathBuf::from);
        let cargo_home = cargo_home
            .or_else(|| env::home_dir().map(|home| home.join(".cargo")))
            .context("neither CARGO_HOME nor HOME is set")?;
        let (root, cargo_home) = (self.root.display(), cargo_home.display());
        let rust = format!(
            "--remap-path-prefix={root}=/latchkey\u{1f}--remap-path-prefix={cargo_home}=/cargo"
        );
        let c = format!("-ffile-prefix-map={root}=/latchkey -ffile-prefix-map={cargo_home}=/cargo");
        let mut cargo = Command::new("cargo");
        cargo
            .args(["build", "--release", "--locked", "--target", host])
            .args(["--target-dir", "target/dist"])
            .args(PROGRAMS.iter().flat_map(|program| ["--package", program]))
            .env("CARGO_ENCODED_RUSTFLAGS", rust)
            .env("CFLAGS", c)
            .env("LATCHKEY_COMMIT", &self.commit)
            .current_dir(&self.root);
        run(&mut cargo)
    }

    fn fill(&self, content: &Path, built: &Path) -> Result<()> {
        for program in PROGRAMS {
            let (from, to) = (built.join(program), content.join("bin").join(program));
            copy(&from, &to)?;
            let said = output(Command::new(&to).arg("--version"))?;
            let expected = format!("{program} {} ({})", env!("CARGO_PKG_VERSION"), self.commit);
            if said != expected {
                bail!("{program} --version says `{said}`, and not `{expected}`");
            }
        }
        let share = content.join("share");
        let latchkey = content.join("bin/latchkey");
        run(Command::new(&latchkey).arg("man").arg(share.join("man/man1")))?;
        for (shell, file) in COMPLETIONS {
            let script = output(Command::new(&latchkey).args(["completions", shell]))?;
            let file = share.join(file);
            fs::create_dir_all(file.parent().unwrap_or(&share))?;
            fs::write(file, script + "\n")?;
        }
        for page in PAGES {
            let name = Path::new(page).file_name().unwrap_or_default();
            copy(&self.root.join(page), &share.join("doc/latchkey").join(name))?;
        }
        for entry in fs::read_dir(self.root.join("services/latchkey/systemd"))? {
            let path = entry?.path();
            let name = path.file_name().unwrap_or_default();
            let to = if path.extension().is_some_and(|it| it == "sysusers") {
                content.join("lib/sysusers.d/latchkey.conf")
            } else {
                content.join("lib/systemd/system").join(name)
            };
            copy(&path, &to)?;
        }
        Ok(())
    }
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::copy(from, to).with_context(|| from.display().to_string())?;
    Ok(())
}

fn host() -> Result<String> {
    let about = output(Command::new("rustc").arg("-vV"))?;
    let host = about.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(host.context("rustc -vV names no host")?.to_owned())
}

fn git(root: &Path, args: &[&str]) -> Result<String> {
    output(Command::new("git").args(args).current_dir(root))
}

/// What a command prints, without white space around it.
fn output(command: &mut Command) -> Result<String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.output().with_context(|| format!("cannot start `{name}`"))?;
    if !output.status.success() {
        bail!("`{name}` ended with {}: {}", output.status, String::from_utf8_lossy(&output.stderr));
    }
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}
