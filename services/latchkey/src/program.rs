//! Programs of others that the suite runs: which they are, and how they are found or built.

mod docker;
mod find;
mod go;
mod progress;

pub use find::Search;

use std::path::{Path, PathBuf};

/// A program of others, in the one version that the suite is tested with.
#[derive(Debug, Clone, Copy)]
pub struct Program {
    /// How people call it.
    pub title: &'static str,
    /// The version, as the program tells it.
    pub version: &'static str,
    /// The file's name, on `PATH` and in the data folder.
    pub file: &'static str,
    /// The option that names a file, without dashes.
    pub option: &'static str,
    /// That option's environment variable.
    pub environment: &'static str,
    /// The Go package, of the module in `docker/hydra`.
    package: &'static str,
    /// Whether it needs C code (SQLite).
    cgo: bool,
    /// Go's build tags, separated by commas.
    tags: &'static str,
    /// The variable that holds the version.
    version_variable: &'static str,
    /// A container image, and the program's path in it.
    image: (&'static str, &'static str),
}

/// Ory Hydra, the OAuth 2.0 and OpenID Connect server.
pub const HYDRA: Program = Program {
    title: "Hydra",
    version: "v2.3.0",
    file: "hydra",
    option: "hydra",
    environment: "HYDRA_BIN",
    package: "github.com/ory/hydra/v2",
    cgo: true,
    tags: "sqlite,json1",
    version_variable: "github.com/ory/hydra/v2/driver/config.Version",
    image: ("oryd/hydra:v2.3.0", "/usr/bin/hydra"),
};

/// Jaeger, which collects and shows traces. The Go module has its API, but not its pages.
pub const JAEGER: Program = Program {
    title: "Jaeger",
    version: "v1.62.0",
    file: "jaeger-all-in-one",
    option: "jaeger-bin",
    environment: "JAEGER_BIN",
    package: "github.com/jaegertracing/jaeger/cmd/all-in-one",
    cgo: false,
    tags: "",
    version_variable: "github.com/jaegertracing/jaeger/pkg/version.latestVersion",
    image: ("jaegertracing/all-in-one:1.62.0", "/go/bin/all-in-one-linux"),
};

impl Program {
    /// Where the data folder keeps it once it has been built.
    #[must_use]
    pub fn kept(&self, data: &Path) -> PathBuf {
        data.join("bin").join(format!("{}-{}", self.file, self.version))
    }
}
