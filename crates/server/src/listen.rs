//! The accept loop: bounded connections, a time limit on reading headers, and an orderly end.

use axum::Router;
use axum::extract::connect_info::ConnectInfo;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tower::{Layer, ServiceExt};

/// Limits of the accept loop.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Most connections at once; more wait in the kernel's queue.
    pub connections: usize,
    /// How long a client may take to send the headers of a request, and how long an idle connection is kept.
    pub header_read: Duration,
    /// How long requests underway may still take after `shutdown`.
    pub drain: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { connections: 4096, header_read: Duration::from_secs(20), drain: Duration::from_secs(20) }
    }
}

/// Serves until `shutdown` resolves, then lets what is underway finish.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    limits: Limits,
    shutdown: impl Future<Output = ()>,
) -> std::io::Result<()> {
    let permits = Arc::new(Semaphore::new(limits.connections));
    let graceful = GracefulShutdown::new();
    let mut shutdown = pin!(shutdown);
    loop {
        let next = tokio::select! {
            () = &mut shutdown => break,
            next = accept(&listener, &permits) => next,
        };
        match next {
            Ok((stream, peer, permit)) => connect(stream, peer, permit, &router, limits, &graceful),
            // Out of file descriptors, or a connection gone before it was taken: neither ends the server.
            Err(error) => {
                tracing::warn!(%error, "could not accept a connection");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
    drop(listener);
    if tokio::time::timeout(limits.drain, graceful.shutdown()).await.is_err() {
        tracing::warn!("some requests were cut off by the end of the server");
    }
    Ok(())
}

async fn accept(
    listener: &TcpListener,
    permits: &Arc<Semaphore>,
) -> std::io::Result<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
    let permit = permits.clone().acquire_owned().await.map_err(std::io::Error::other)?;
    let (stream, peer) = listener.accept().await?;
    Ok((stream, peer, permit))
}

fn connect(
    stream: TcpStream,
    peer: SocketAddr,
    permit: OwnedSemaphorePermit,
    router: &Router,
    limits: Limits,
    graceful: &GracefulShutdown,
) {
    // Answers are small and written whole; waiting to fill a packet only adds delay.
    let _ = stream.set_nodelay(true);
    let service = axum::Extension(ConnectInfo(peer))
        .layer(router.clone())
        .map_request(|request: axum::http::Request<hyper::body::Incoming>| request.map(axum::body::Body::new));
    let connection = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.header_read)
        .max_buf_size(64 * 1024)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(service));
    let connection = graceful.watch(connection);
    tokio::spawn(async move {
        // Broken-off connections are the client's affair.
        let _ = connection.await;
        drop(permit);
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::routing::get;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::sync::oneshot;
    use tokio::task::JoinHandle;

    async fn start(limits: Limits) -> (SocketAddr, oneshot::Sender<()>, JoinHandle<std::io::Result<()>>) {
        let router = Router::new().route("/", get(|| async { "here" })).route(
            "/slow",
            get(|| async {
                tokio::time::sleep(Duration::from_millis(300)).await;
                "at last"
            }),
        );
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let shutdown = async { stopped.await.unwrap_or(()) };
        (address, stop, tokio::spawn(serve(listener, router, limits, shutdown)))
    }

    async fn ask(address: SocketAddr, text: &str) -> String {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(text.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        let within = tokio::time::timeout(Duration::from_secs(10), stream.read_to_end(&mut answer)).await;
        within.expect("the server ends the connection").unwrap();
        String::from_utf8(answer).unwrap()
    }

    #[tokio::test]
    async fn headers_that_do_not_come_end_the_connection() {
        let limits = Limits { header_read: Duration::from_millis(100), ..Limits::default() };
        let (address, _stop, _server) = start(limits).await;
        let answer = ask(address, "GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ").await;
        assert!(!answer.contains("here"), "{answer}");
        // A connection that is kept alive and idle ends as well.
        let answer = ask(address, "GET / HTTP/1.1\r\nHost: x\r\n\r\n").await;
        assert!(answer.ends_with("here"), "{answer}");
    }

    #[tokio::test]
    async fn more_connections_than_allowed_wait_their_turn() {
        let (address, _stop, _server) = start(Limits { connections: 1, ..Limits::default() }).await;
        let first = TcpStream::connect(address).await.unwrap();
        let request = "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
        let second = tokio::spawn(async move { ask(address, request).await });
        tokio::time::sleep(Duration::from_millis(150)).await;
        assert!(!second.is_finished());
        drop(first);
        assert!(second.await.unwrap().ends_with("here"));
    }

    #[tokio::test]
    async fn what_is_underway_is_finished_after_the_end_began() {
        let (address, stop, server) = start(Limits::default()).await;
        let underway = tokio::spawn(async move { ask(address, "GET /slow HTTP/1.1\r\nHost: x\r\n\r\n").await });
        tokio::time::sleep(Duration::from_millis(100)).await;
        stop.send(()).unwrap();
        assert!(underway.await.unwrap().ends_with("at last"));
        server.await.unwrap().unwrap();
        assert!(TcpStream::connect(address).await.is_err());
    }
}
