//! `cargo xtask bench`: how fast the services are.

use anyhow::Result;
use clap::ValueEnum;

use crate::{
    prepare,
    step::{run, step},
    tools,
    workspace::cargo,
};

/// What can be measured.
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Service {
    /// Sign-ins beside bare argon2id and reads beside a bare echo, on both databases
    Identity,
    /// The token guard beside a bare handler and a bare introspection, and sessions by their number
    Client,
    /// Whole sign-ins and login pages, beside Ory's reference app on the same Hydra
    Consent,
}

/// Builds with the release profile and measures; nothing else should run on the machine.
pub(crate) fn bench(service: Service, parts: &[String]) -> Result<()> {
    prepare::prepare()?;
    let benches: &[(&str, &str)] = match service {
        Service::Identity => &[("latchkey-identity", "identity")],
        Service::Client => {
            &[("latchkey-token-guard", "remembered"), ("latchkey-integration-tests", "client")]
        }
        Service::Consent => {
            step("reference app", tools::reference)?;
            &[("latchkey-integration-tests", "consent")]
        }
    };
    for (package, bench) in benches {
        let args = ["bench", "--package", package, "--bench", bench, "--locked"];
        step("bench", || run(cargo(args).arg("--").args(parts)))?;
    }
    Ok(())
}
