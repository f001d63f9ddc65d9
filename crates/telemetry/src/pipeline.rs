//! From spans, events and measurements to standard error, to an OpenTelemetry collector, and to
//! Prometheus.

use crate::metrics;
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_otlp::WithExportConfig as _;
use opentelemetry_sdk::{
    Resource, error::OTelSdkError, metrics::SdkMeterProvider, propagation::TraceContextPropagator,
    trace::SdkTracerProvider,
};
use tracing::{Level, Metadata};
use tracing_subscriber::{
    EnvFilter, Layer as _,
    filter::{FilterExt as _, filter_fn},
    layer::SubscriberExt as _,
    util::SubscriberInitExt as _,
};

/// The target of log events that belong to an audit trail.
pub const AUDIT_TARGET: &str = "latchkey_audit";

/// How logs look, and where traces go.
#[derive(Debug, Clone, clap::Args)]
#[group(id = "telemetry")]
#[command(next_help_heading = "Telemetry")]
pub struct Options {
    /// How log lines look
    #[arg(long, env = "LATCHKEY_LOG_FORMAT", value_enum, default_value = "text")]
    pub log_format: LogFormat,

    /// What is logged: error, warn, info, debug or trace, or `target=level` pairs. Audit events are
    /// logged in any case, unless `latchkey_audit=off` is among them
    #[arg(long, env = "LATCHKEY_LOG", default_value = "info", value_parser = parse_filter)]
    pub log: String,

    /// OTLP gRPC address that traces are sent to, such as <http://localhost:4317>; none sends nothing
    #[arg(long, env = "OTEL_EXPORTER_OTLP_ENDPOINT", value_name = "URL")]
    pub otlp_endpoint: Option<String>,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum LogFormat {
    /// A line for people.
    Text,
    /// A JSON object a line, for machines.
    Json,
}

/// Telemetry that cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The exporter refuses its address.
    #[error("--otlp-endpoint: {0}")]
    Exporter(#[from] opentelemetry_otlp::ExporterBuildError),
    /// The metrics cannot be registered.
    #[error("metrics: {0}")]
    Metrics(#[from] OTelSdkError),
    /// Another subscriber is installed in this process.
    #[error("telemetry was started twice in one process")]
    Twice(#[from] tracing_subscriber::util::TryInitError),
}

/// Running telemetry. [`Telemetry::stop`] sends what is still queued.
#[derive(Debug)]
pub struct Telemetry {
    provider: SdkTracerProvider,
    _metrics: SdkMeterProvider,
}

impl Telemetry {
    /// Installs logs and traces for the whole process, under `service.name`. Call it inside a Tokio
    /// runtime: the exporter's connection lives there.
    pub fn start(service_name: &'static str, options: &Options) -> Result<Self, StartError> {
        opentelemetry::global::set_text_map_propagator(TraceContextPropagator::new());
        let resource = Resource::builder().with_service_name(service_name).build();
        let metrics = metrics::start(resource.clone())?;
        let mut provider = SdkTracerProvider::builder().with_resource(resource);
        if let Some(endpoint) = &options.otlp_endpoint {
            let exporter = opentelemetry_otlp::SpanExporter::builder()
                .with_tonic()
                .with_endpoint(endpoint)
                .build()?;
            provider = provider.with_batch_exporter(exporter);
        }
        let provider = provider.build();

        // A statement is worth a span where that is sent somewhere.
        let sent = options.otlp_endpoint.is_some();
        let seen = move |it: &Metadata<'_>| known(it) && (sent || !is_statement(it));
        let spans = tracing_opentelemetry::layer()
            .with_tracer(provider.tracer("latchkey"))
            .with_location(false)
            .with_threads(false)
            .with_tracked_inactivity(false)
            // Whoever asks for the context asks the span.
            .with_context_activation(false)
            .with_filter(filter_fn(move |metadata| {
                metadata.is_span() && *metadata.level() <= Level::INFO && seen(metadata)
            }));
        let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
        let lines = match options.log_format {
            LogFormat::Text => lines.with_ansi(false).boxed(),
            LogFormat::Json => lines.json().flatten_event(true).boxed(),
        };
        let wanted = EnvFilter::new(with_audit(&options.log));
        tracing_subscriber::registry()
            .with(spans)
            .with(lines.with_filter(wanted.and(filter_fn(seen))))
            .try_init()?;
        Ok(Self { provider, _metrics: metrics })
    }

    /// Sends what is still queued, for at most the exporter's own time limit.
    pub fn stop(self) {
        if let Err(error) = self.provider.shutdown() {
            tracing::warn!(%error, "some traces were not sent");
        }
    }
}

/// Below INFO, HTTP libraries print headers and frames, and so tokens: only our own crates may
/// speak there, whatever the filter says.
fn known(metadata: &Metadata<'_>) -> bool {
    *metadata.level() <= Level::INFO || metadata.target().starts_with("latchkey")
}

/// A span around SQL says so (OpenTelemetry's conventions for databases), and no trace begins in it.
fn is_statement(metadata: &Metadata<'_>) -> bool {
    metadata.is_span() && metadata.fields().field("db.operation.name").is_some()
}

/// The audit trail is told whatever the filter says of the rest; `latchkey_audit=off` silences it.
fn with_audit(filter: &str) -> String {
    format!("{AUDIT_TARGET}=info,{filter}")
}

fn parse_filter(text: &str) -> Result<String, tracing_subscriber::filter::ParseError> {
    EnvFilter::builder().parse(text).map(|_| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn audit_events_are_logged_unless_they_are_silenced_by_name() {
        for (asked, expected) in [
            ("warn", "latchkey_audit=info,warn"),
            ("error,h2=warn", "latchkey_audit=info,h2=warn,error"),
            ("warn,latchkey_audit=off", "latchkey_audit=off,warn"),
        ] {
            assert_eq!(EnvFilter::new(with_audit(asked)).to_string(), expected);
        }
    }
}
