//! The gate: every call passes it, or does not.

use crate::{
    access::{Access, BESIDE, Table},
    options::Options,
    status,
};
use axum::{
    Router,
    extract::{Request, State},
    middleware::{Next, from_fn_with_state},
    response::Response,
};
use chassis::{
    caller::{self, Caller},
    grpc::Peer,
};
use http::{HeaderMap, header::AUTHORIZATION};
use std::{collections::HashMap, sync::Arc};
use token_guard::{Protocol as _, TokenGuard, grpc::Grpc};
use tonic::Status;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

/// Judges calls.
#[derive(Debug)]
pub struct Gate {
    methods: HashMap<&'static str, Access>,
    callers: HashMap<String, Vec<String>>,
    guard: TokenGuard,
}

/// A scope of `--caller` that no method asks for.
#[derive(Debug, thiserror::Error)]
#[error("--caller {name}: no method asks for the scope {scope:?}; there are {known}")]
pub struct UnknownScope {
    name: String,
    scope: String,
    known: String,
}

impl Gate {
    /// A gate before the methods of `table`, and health and reflection. `guard` is asked about the
    /// tokens of services, and has to refuse those of people.
    pub fn new(table: Table, options: &Options, guard: TokenGuard) -> Result<Self, UnknownScope> {
        let mut known: Vec<_> =
            table.iter().flat_map(|(_, access)| access.of_services()).copied().collect();
        known.sort_unstable();
        known.dedup();
        let mut callers: HashMap<String, Vec<String>> = HashMap::new();
        for listed in &options.callers {
            if let Some(scope) = listed.scopes.iter().find(|it| !known.contains(&it.as_str())) {
                let (name, scope, known) = (listed.name.clone(), scope.clone(), known.join(", "));
                return Err(UnknownScope { name, scope, known });
            }
            callers.entry(listed.name.clone()).or_default().extend(listed.scopes.clone());
        }
        let methods = table.iter().chain(BESIDE).copied().collect();
        Ok(Self { methods, callers, guard })
    }

    /// Puts the gate before everything that `router` serves.
    pub fn before(self, router: Router) -> Router {
        router.layer(from_fn_with_state(Arc::new(self), admit))
    }

    /// Who calls. None: it does not matter, is asked later, or cannot be known.
    async fn judge(
        &self,
        method: &str,
        headers: &HeaderMap,
        peer: Option<&Peer>,
    ) -> Result<Option<Caller>, Response> {
        let access = self.methods.get(method).ok_or_else(|| status::no_method().into_http())?;
        match access {
            Access::Anybody | Access::Person => Ok(None),
            Access::Service(scopes) if headers.contains_key(AUTHORIZATION) => {
                self.client(headers, scopes).await.map(Some)
            }
            Access::Service(scopes) => self.peer(peer, scopes).map_err(Status::into_http),
        }
    }

    async fn client(&self, headers: &HeaderMap, scopes: &[&str]) -> Result<Caller, Response> {
        let checked = self.guard.check_headers(headers).await;
        let grant = checked.map_err(|it| Grpc::refused(&it, self.guard.realm()))?;
        if !allows(grant.scopes(), scopes) {
            return Err(status::insufficient_scope(scopes).into_http());
        }
        Ok(Caller::new(&format!("client:{}", grant.client_id())))
    }

    fn peer(&self, peer: Option<&Peer>, scopes: &[&str]) -> Result<Option<Caller>, Status> {
        let names = match peer {
            Some(Peer::Local) => return Ok(None),
            None | Some(Peer::Nameless) => return Err(status::caller_missing()),
            Some(Peer::Named(names)) => names,
        };
        let known = names.iter().find_map(|it| self.callers.get_key_value(it.as_str()));
        let (name, granted) = known.ok_or_else(|| status::caller_unknown(names))?;
        if !allows(granted, scopes) {
            return Err(status::insufficient_scope(scopes));
        }
        Ok(Some(Caller::new(&format!("certificate:{name}"))))
    }
}

impl Access {
    fn of_services(&self) -> &'static [&'static str] {
        match self {
            Self::Service(scopes) => scopes,
            Self::Anybody | Self::Person => &[],
        }
    }
}

fn allows(granted: &[String], needed: &[&str]) -> bool {
    granted.iter().any(|scope| needed.contains(&scope.as_str()))
}

async fn admit(State(gate): State<Arc<Gate>>, request: Request, next: Next) -> Response {
    // The very text by which the router has chosen.
    let (method, headers) = (request.uri().path(), request.headers());
    let caller = match gate.judge(method, headers, request.extensions().get()).await {
        Ok(caller) => caller,
        Err(refusal) => return refusal,
    };
    if let Some(caller) = &caller {
        tracing::Span::current().set_attribute("latchkey.caller", caller.name().to_owned());
    }
    caller::scope(caller, next.run(request)).await
}
