//! The tower layers: one lets requests in by their token, one by a scope of it. How a refusal is
//! put into words is the protocol's matter.

use crate::{Grant, InsufficientScope, Refusal, TokenGuard};
use futures_util::future::Either;
use http::{Request, Response};
use std::{
    fmt,
    future::{Future, Ready, ready},
    marker::PhantomData,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};
use tower::{Layer, Service};

/// A protocol's words for refusals.
pub trait Protocol<Body> {
    /// Nobody is let in.
    fn refused(refusal: &Refusal, realm: &str) -> Response<Body>;
    /// Somebody is let in, and may not do this.
    fn forbidden(missing: &InsufficientScope) -> Response<Body>;
    /// The layers are in the wrong order: that is this service's own mistake.
    fn misplaced() -> Response<Body>;
}

/// Lets requests with a good token in, and puts the [`Grant`] into their extensions.
pub struct GuardLayer<P> {
    guard: TokenGuard,
    protocol: PhantomData<fn() -> P>,
}

/// Lets requests in whose [`Grant`] has a scope. Belongs inside of a [`GuardLayer`].
pub struct ScopeLayer<P> {
    scope: Arc<str>,
    protocol: PhantomData<fn() -> P>,
}

/// A service behind a [`GuardLayer`].
pub struct Guarded<S, P> {
    inner: S,
    layer: GuardLayer<P>,
}

/// A service behind a [`ScopeLayer`].
pub struct Scoped<S, P> {
    inner: S,
    layer: ScopeLayer<P>,
}

/// The inner service's answer where the token is known already, which costs no allocation; or one that
/// has to be found out first.
type Answer<Inner, Body, Error> =
    Either<Inner, Pin<Box<dyn Future<Output = Result<Response<Body>, Error>> + Send>>>;

impl<P> GuardLayer<P> {
    /// A layer that speaks a protocol of one's own.
    #[must_use]
    pub fn new(guard: TokenGuard) -> Self {
        Self { guard, protocol: PhantomData }
    }
}

impl<P> ScopeLayer<P> {
    /// A layer that speaks a protocol of one's own.
    #[must_use]
    pub fn new(scope: &str) -> Self {
        Self { scope: scope.into(), protocol: PhantomData }
    }
}

impl<S, P, In, Out> Service<Request<In>> for Guarded<S, P>
where
    S: Service<Request<In>, Response = Response<Out>> + Clone + Send + 'static,
    S::Future: Send,
    S::Error: Send + 'static,
    P: Protocol<Out>,
    In: Send + 'static,
    Out: Send + 'static,
{
    type Response = Response<Out>;
    type Error = S::Error;
    type Future = Answer<S::Future, Out, S::Error>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<In>) -> Self::Future {
        let guard = &self.layer.guard;
        match guard.at_once(request.headers()) {
            Some(Ok(grant)) => {
                request.extensions_mut().insert(grant);
                return Either::Left(self.inner.call(request));
            }
            Some(Err(refusal)) => {
                let refused = P::refused(&refusal, guard.realm());
                return Either::Right(Box::pin(ready(Ok(refused))));
            }
            None => {}
        }
        let guard = guard.clone();
        // The one that is ready is called, and not its clone.
        let next = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, next);
        Either::Right(Box::pin(async move {
            match guard.check_headers(request.headers()).await {
                Ok(grant) => {
                    request.extensions_mut().insert(grant);
                    inner.call(request).await
                }
                Err(refusal) => Ok(P::refused(&refusal, guard.realm())),
            }
        }))
    }
}

impl<S, P, In, Out> Service<Request<In>> for Scoped<S, P>
where
    S: Service<Request<In>, Response = Response<Out>>,
    P: Protocol<Out>,
{
    type Response = Response<Out>;
    type Error = S::Error;
    type Future = Either<S::Future, Ready<Result<Response<Out>, S::Error>>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<In>) -> Self::Future {
        let scope = &self.layer.scope;
        let granted = request.extensions().get::<Grant>().map(|grant| grant.requires(scope));
        let refused = match granted {
            Some(Ok(())) => return Either::Left(self.inner.call(request)),
            Some(Err(missing)) => P::forbidden(&missing),
            None => {
                tracing::error!(%scope, "a scope is required where no token was checked before");
                P::misplaced()
            }
        };
        Either::Right(ready(Ok(refused)))
    }
}

impl<S, P> Layer<S> for GuardLayer<P> {
    type Service = Guarded<S, P>;

    fn layer(&self, inner: S) -> Self::Service {
        Guarded { inner, layer: self.clone() }
    }
}

impl<S, P> Layer<S> for ScopeLayer<P> {
    type Service = Scoped<S, P>;

    fn layer(&self, inner: S) -> Self::Service {
        Scoped { inner, layer: self.clone() }
    }
}

impl<P> Clone for GuardLayer<P> {
    fn clone(&self) -> Self {
        Self::new(self.guard.clone())
    }
}

impl<P> Clone for ScopeLayer<P> {
    fn clone(&self) -> Self {
        Self { scope: self.scope.clone(), protocol: PhantomData }
    }
}

impl<S: Clone, P> Clone for Guarded<S, P> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone(), layer: self.layer.clone() }
    }
}

impl<S: Clone, P> Clone for Scoped<S, P> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone(), layer: self.layer.clone() }
    }
}

impl<P> fmt::Debug for GuardLayer<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GuardLayer").field("guard", &self.guard).finish()
    }
}

impl<P> fmt::Debug for ScopeLayer<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScopeLayer").field("scope", &self.scope).finish()
    }
}

impl<S: fmt::Debug, P> fmt::Debug for Guarded<S, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guarded").field("inner", &self.inner).finish_non_exhaustive()
    }
}

impl<S: fmt::Debug, P> fmt::Debug for Scoped<S, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scoped").field("inner", &self.inner).field("layer", &self.layer).finish()
    }
}

#[cfg(feature = "tonic")]
impl<S: tonic::server::NamedService, P> tonic::server::NamedService for Guarded<S, P> {
    const NAME: &'static str = S::NAME;
}

#[cfg(feature = "tonic")]
impl<S: tonic::server::NamedService, P> tonic::server::NamedService for Scoped<S, P> {
    const NAME: &'static str = S::NAME;
}
