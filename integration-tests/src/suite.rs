//! Everything that people run, on ports of its own.

use crate::{
    programs::{Programs, service},
    proxy::Proxy,
    replica::Replica,
};
use chassis::{
    grpc::{self, Channel},
    process::Running,
    tls::{self, Certificate},
};
use database::scratch::{Engine, postgres_url};
use latchkey::{
    certificates::{Certificates, Holder},
    databases::Databases,
    ports::Ports,
    stack::{Collector, Component, How, Settings, Stack},
};
use std::{
    collections::BTreeMap, path::Path, process::Command, sync::OnceLock, thread, time::Duration,
};
use tempfile::TempDir;
use url::Url;

/// A running suite that belongs to one test, which may stop and start its parts.
#[derive(Debug)]
pub struct Suite {
    stack: Stack,
    addresses: Addresses,
    cable: Option<Proxy>,
    folder: TempDir,
}

/// Where a suite listens.
#[derive(Debug, Clone)]
pub struct Addresses {
    /// The client app.
    pub client: Url,
    /// The login, consent and logout pages.
    pub consent: Url,
    /// Hydra's public endpoints.
    pub hydra: Url,
    /// Hydra's admin API.
    pub hydra_admin: Url,
    /// Identity's gRPC.
    pub identity: Url,
    /// The registry's gRPC.
    pub registry: Url,
    /// Jaeger's API.
    pub jaeger: Url,
    /// Health and metrics of identity, consent and client.
    pub internal: [Url; 3],
    /// What services show to each other.
    pub certificates: Certificates,
}

/// How a suite differs from the one that `cargo latchkey up` starts.
#[derive(Debug, Clone, Default)]
pub struct Options {
    hydra: serde_json::Value,
    arguments: BTreeMap<Component, Vec<String>>,
    jaeger: bool,
    cable: bool,
}

impl Options {
    /// Merges this into Hydra's settings.
    #[must_use]
    pub fn hydra(mut self, settings: serde_json::Value) -> Self {
        self.hydra = settings;
        self
    }

    /// Adds an argument for a service.
    #[must_use]
    pub fn argument(mut self, of: Component, argument: &str) -> Self {
        self.arguments.entry(of).or_default().push(argument.to_owned());
        self
    }

    /// Puts a cable that can be pulled between the services and PostgreSQL.
    #[must_use]
    pub fn with_cable(mut self) -> Self {
        self.cable = true;
        self
    }

    /// Starts a Jaeger, and sends all traces to it.
    #[must_use]
    pub fn traced(mut self) -> Self {
        self.jaeger = true;
        self
    }
}

impl Suite {
    /// A suite as `up` starts it.
    pub async fn start(engine: Engine) -> Self {
        Self::start_with(engine, Options::default()).await
    }

    /// A suite that differs.
    pub async fn start_with(engine: Engine, options: Options) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut cable = None;
        let programs = Programs::get();
        let ports = Ports::free().expect("free ports");
        let mut settings =
            Settings::new(folder.path(), programs.latchkey.to_owned(), programs.hydra.clone())
                .unwrap();
        if engine == Engine::Postgres {
            let mut url = Url::parse(&postgres_url("suite").await).unwrap();
            if options.cable {
                let proxy = Proxy::before(url.port().unwrap());
                url.set_port(Some(proxy.port)).unwrap();
                cable = Some(proxy);
            }
            let url = url.to_string();
            settings.databases = Databases::postgres(&url.into()).await.unwrap();
        }
        if options.jaeger {
            settings.jaeger = Some(programs.jaeger.clone());
            settings.collector = Some(Collector::on(&ports).unwrap());
        }
        settings.hydra_overrides = options.hydra;
        settings.arguments = options.arguments;
        settings.ports = ports.clone();

        let stack = Stack::new(settings).unwrap();
        stack.start_all().await.unwrap();
        let addresses = Addresses::of(&ports, stack.certificates().clone());
        let suite = Self { stack, addresses, cable, folder };
        suite.addresses.wait_for_app("myclient").await;
        suite
    }

    /// Where it listens.
    #[must_use]
    pub fn addresses(&self) -> &Addresses {
        &self.addresses
    }

    /// The cable to the database.
    #[must_use]
    pub fn cable(&self) -> &Proxy {
        self.cable.as_ref().expect("a suite with a cable")
    }

    /// The folder with the logs.
    #[must_use]
    pub fn data(&self) -> &Path {
        self.folder.path()
    }

    /// The program that operators run.
    #[must_use]
    pub fn latchkey() -> &'static Path {
        Programs::get().latchkey
    }

    /// Starts one more process of a service, with more arguments. `internal` is the port of its health.
    #[must_use]
    pub fn replica(&self, of: Component, internal: u16, arguments: &[String]) -> Replica {
        let health = format!("--internal-listen=127.0.0.1:{internal}");
        let all: Vec<_> = arguments.iter().cloned().chain([health]).collect();
        Replica::start(self.stack.command(of, &all).unwrap(), internal)
    }

    /// Starts one more process of a service as containers have it: its own program, and not a subcommand.
    #[must_use]
    pub fn container(&self, of: Component, internal: u16) -> Replica {
        let health = format!("--internal-listen=127.0.0.1:{internal}");
        let whole = self.stack.command(of, &[health]).unwrap();
        let options = whole.get_args().skip_while(|argument| *argument != of.name()).skip(1);
        let mut command = Command::new(service(of));
        command.args(options);
        command.envs(whole.get_envs().filter_map(|(name, value)| Some((name, value?))));
        Replica::start(command, internal)
    }

    /// Takes a part away, as a crash would.
    pub async fn kill(&self, component: Component) {
        self.stack.stop(component, How::Kill).await;
    }

    /// Brings a part back, and waits until it is ready.
    pub async fn bring_back(&self, component: Component) {
        self.stack.start(component).await.unwrap();
        self.stack.wait_ready(component).await.unwrap();
    }

    /// A suite that all tests of the binary share, for tests that leave no trace in each other:
    /// each visitor has cookies of their own.
    pub async fn shared(engine: Engine) -> &'static Addresses {
        static SQLITE: OnceLock<Addresses> = OnceLock::new();
        static POSTGRES: OnceLock<Addresses> = OnceLock::new();
        let suite = match engine {
            Engine::Sqlite => &SQLITE,
            Engine::Postgres => &POSTGRES,
        };
        tokio::task::spawn_blocking(move || suite.get_or_init(|| keep(engine))).await.unwrap()
    }
}

/// Starts a suite on a thread of its own, which lives as long as the tests: the processes end with
/// the thread that began them.
fn keep(engine: Engine) -> Addresses {
    let (tell, told) = std::sync::mpsc::channel();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let suite = Suite::start(engine).await;
            tell.send(suite.addresses.clone()).unwrap();
            std::future::pending::<()>().await;
        });
    });
    told.recv().expect("a suite that starts")
}

impl Addresses {
    fn of(ports: &Ports, certificates: Certificates) -> Self {
        let at = |host: &str, port: u16| Url::parse(&format!("http://{host}:{port}/")).unwrap();
        let grpc = |port: u16| Url::parse(&format!("https://127.0.0.1:{port}/")).unwrap();
        Self {
            client: at("localhost", ports.client),
            consent: at("localhost", ports.consent),
            hydra: at("localhost", ports.hydra_public),
            hydra_admin: at("127.0.0.1", ports.hydra_admin),
            identity: grpc(ports.identity),
            registry: grpc(ports.registry),
            jaeger: at("127.0.0.1", ports.jaeger_ui),
            internal: [ports.identity_internal, ports.consent_internal, ports.client_internal]
                .map(|port| at("127.0.0.1", port)),
            certificates,
        }
    }

    /// A channel to a gRPC service, by somebody with this certificate, or with none.
    pub async fn channel(&self, service: &Url, holder: Option<Holder>) -> Channel {
        let own = holder.map(|holder| Certificate {
            tls_cert_file: Some(self.certificates.certificate(holder)),
            tls_key_file: Some(self.certificates.key(holder)),
        });
        let (own, ca) = (own.unwrap_or_default(), self.certificates.ca());
        let tls = tls::client(&own, Some(&ca), &Running::new()).await.unwrap();
        grpc::channel("url", [service], tls.as_ref(), Duration::from_secs(10)).unwrap()
    }

    /// Waits until an app that registers itself has done so: no sign-in works before.
    pub(crate) async fn wait_for_app(&self, id: &str) {
        let url = self.hydra_admin.join("admin/clients/").unwrap().join(id).unwrap();
        for _ in 0..1200 {
            if reqwest::get(url.clone()).await.is_ok_and(|answer| answer.status().is_success()) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("{id} did not register itself");
    }
}
