//! Layers that are cheap to clone.
//!
//! Each layer of a router is cloned with all below it, once per request and once more by every layer above it. Where what
//! is below is shared, a clone of the layer is a pointer, and only what is called is cloned. Layers that stand together are
//! handed to the router as one, so that it makes no routes of its own between them.

use std::convert::Infallible;
use std::sync::Arc;
use std::task::{Context, Poll};
use tower::{Layer, Service, ServiceExt as _};

/// Shares what is below: `(layer, Share)`, outer first.
#[derive(Clone, Copy)]
pub struct Share;

/// What is below.
pub struct Shared<S>(Arc<S>);

impl<S> Layer<S> for Share {
    type Service = Shared<S>;

    fn layer(&self, inner: S) -> Shared<S> {
        Shared(Arc::new(inner))
    }
}

impl<S> Clone for Shared<S> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<S, R> Service<R> for Shared<S>
where
    S: Service<R, Error = Infallible> + Clone,
{
    type Response = S::Response;
    type Error = Infallible;
    type Future = tower::util::Oneshot<S, R>;

    /// Always: what is called is a clone of its own, and is asked then.
    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: R) -> Self::Future {
        S::clone(&self.0).oneshot(request)
    }
}
