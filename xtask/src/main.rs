//! The repository's own chores, as commands: `cargo xtask --help` lists them.

mod bench;
mod ci;
mod cluster;
mod compose;
mod dist;
mod house;
mod lint;
mod manifests;
mod prepare;
mod step;
mod test;
mod tools;
mod units;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Chores of this repository: what continuous integration runs, and what you run before it.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Measure how fast a service is, as ratios beside a peer in the same run: see docs/benchmarks.md
    Bench {
        /// What is measured
        #[arg(value_enum, value_name = "SERVICE")]
        service: bench::Service,
        /// Of identity only these databases and parts, such as `sqlite reads`: see docs/benchmarks.md
        #[arg(value_name = "PART")]
        parts: Vec<String>,
    },
    /// Run all that must pass before a change is merged: lint, then test, then compose where Docker is
    Ci,
    /// Run the suite in a Kubernetes cluster, and people in front of it: see docs/kubernetes.md
    ///
    /// Takes whatever cluster kubectl reaches, and its namespace `latchkey`. Builds the images with
    /// Docker, applies k8s/overlays/local, tries scaling, restarts, lost pods and changed keys under
    /// load, and takes everything away again.
    Cluster(cluster::Options),
    /// Build, start, use, restart and stop the containers of docker/compose.yaml, and print what they cost
    ///
    /// Needs a Docker with compose, and the ports of docs/compose.md. It is a project of its own, so that
    /// the data of a suite that is stopped stays as it is.
    Compose {
        /// How the images are built
        #[arg(long, value_enum, default_value = "release")]
        profile: compose::Profile,
    },
    /// Build the archive of a release: programs, manual pages, completions, units, components
    ///
    /// It is made of the commit, which has to be whole, and ends up in target/dist with the sum of
    /// its bytes printed. Whoever builds the same commit with the same toolchain gets the same bytes.
    Dist {
        /// Build a second time from a clone in another place, and fail unless the bytes are the same
        #[arg(long)]
        twice: bool,
    },
    /// Check the form of the tree: format, lints, docs, licences, contracts, house rules, units, manifests
    ///
    /// Runs every check in the order below and stops at the first that fails.
    Lint {
        /// Run these checks alone
        #[arg(value_enum, value_name = "CHECK")]
        checks: Vec<lint::Check>,
    },
    /// Install what checks and tests need on this machine: Chromium and driver, npm, PostgreSQL, Python,
    /// systemd's programs
    ///
    /// Uses Debian's packages and needs root only when something is missing. PostgreSQL is
    /// installed without its default cluster, so that no server is left running. axe-core, which
    /// checks the pages, comes from npm into target/tools.
    Prepare,
    /// Take the pictures of every page in docs/screenshots anew, with the real suite in Chromium
    Screenshots,
    /// Run every test of the workspace, after `prepare` and after building what they start
    #[command(after_help = "Examples:\n  \
        cargo xtask test\n  \
        cargo xtask test -- --package latchkey-identity\n  \
        cargo xtask test -- --test sign_in -- --nocapture")]
    Test {
        /// Passed on to `cargo test --workspace --locked`
        #[arg(last = true, value_name = "ARGS")]
        args: Vec<String>,
    },
}

fn main() -> ExitCode {
    let outcome = match Cli::parse().command {
        Command::Bench { service, parts } => bench::bench(service, &parts),
        Command::Ci => ci::ci(),
        Command::Cluster(options) => cluster::cluster(&options),
        Command::Compose { profile } => compose::compose(profile),
        Command::Dist { twice } => dist::dist(twice),
        Command::Lint { checks } => lint::lint(&checks),
        Command::Prepare => prepare::prepare(),
        Command::Screenshots => test::screenshots(),
        Command::Test { args } => test::test(&args),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nerror: {error:#}");
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_sound() {
        super::Cli::command().debug_assert();
    }
}
