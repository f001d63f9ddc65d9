//! What a suite is made of.

use super::Component;
use crate::{databases::Databases, ports::Ports};
use anyhow::Result;
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    time::Duration,
};
use url::Url;

/// Everything that one suite is started with.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The folder of secrets, logs, Hydra's settings and SQLite files; an absolute path.
    pub data: PathBuf,
    /// The `latchkey` program, which runs the services as its subcommands.
    pub program: PathBuf,
    /// The Hydra program.
    pub hydra: PathBuf,
    /// The Jaeger program, where [`Component::Jaeger`] is started.
    pub jaeger: Option<PathBuf>,
    /// Where everything listens.
    pub ports: Ports,
    /// Where data is kept.
    pub databases: Databases,
    /// Where traces go.
    pub collector: Option<Collector>,
    /// Merged over Hydra's settings: objects key by key, anything else replaces what was there.
    pub hydra_overrides: serde_json::Value,
    /// More arguments for a service, each as `--name=value` or `--flag`; one that the suite gives
    /// too replaces it.
    pub arguments: BTreeMap<Component, Vec<String>>,
    /// How long services may drain when they are stopped.
    pub drain_timeout: Duration,
}

/// An OpenTelemetry collector.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Collector {
    /// OTLP over gRPC, for the services.
    pub grpc: Url,
    /// OTLP over HTTP as `host:port`, for Hydra, which has no other way.
    pub http: Option<String>,
}

impl Settings {
    /// A suite on the usual ports that keeps all in `data`, an absolute path, and sends no traces.
    pub fn new(data: &Path, program: PathBuf, hydra: PathBuf) -> Result<Self> {
        Ok(Self {
            data: data.to_owned(),
            program,
            hydra,
            jaeger: None,
            ports: Ports::default(),
            databases: Databases::sqlite(data)?,
            collector: None,
            hydra_overrides: serde_json::Value::Null,
            arguments: BTreeMap::new(),
            drain_timeout: Duration::from_secs(2),
        })
    }
}

impl Collector {
    /// The Jaeger that listens on these ports.
    pub fn on(ports: &Ports) -> Result<Self> {
        Ok(Self {
            grpc: Url::parse(&format!("http://127.0.0.1:{}", ports.otlp_grpc))?,
            http: Some(format!("127.0.0.1:{}", ports.otlp_http)),
        })
    }
}
