//! The one HTTP executor: everything the program says to the world goes through here.

use crate::calls::OutgoingCall;
use crate::runner::{Answers, Transport};
use std::time::Duration;
use yuanlu_channels::Reply;

/// After this nobody knows what became of a call.
const TIME_OUT: Duration = Duration::from_secs(10);
const CONNECT_TIME_OUT: Duration = Duration::from_secs(5);
/// A longer answer is not read: no channel has so much to say.
const MOST_BYTES: usize = 1 << 20;

/// HTTP over a small runtime of its own. No redirects: a signed request is for one address.
pub struct HttpTransport {
    client: reqwest::Client,
    runtime: Option<tokio::runtime::Runtime>,
}

impl HttpTransport {
    /// A client with TLS from `ring`.
    ///
    /// # Errors
    /// When the machine gives no thread, no socket or no root certificates.
    pub fn new() -> std::io::Result<Self> {
        // Without a provider reqwest panics; somebody else may have installed one already, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .timeout(TIME_OUT)
            .connect_timeout(CONNECT_TIME_OUT)
            .redirect(reqwest::redirect::Policy::none())
            .user_agent("yuanlu")
            .build()
            .map_err(std::io::Error::other)?;
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).thread_name("http").enable_all().build()?;
        Ok(Self { client, runtime: Some(runtime) })
    }
}

impl HttpTransport {
    /// Makes one call and waits for its answer: for commands that have nothing else to do.
    pub fn call(&self, request: http::Request<Vec<u8>>) -> Reply {
        match &self.runtime {
            Some(runtime) => runtime.block_on(perform(&self.client, request)),
            None => Reply::NotSent,
        }
    }
}

impl Transport for HttpTransport {
    fn start(&self, call: OutgoingCall, answers: Answers) {
        let client = self.client.clone();
        match &self.runtime {
            Some(runtime) => drop(runtime.spawn(async move { answers.put(perform(&client, call.request).await) })),
            None => answers.put(Reply::NotSent),
        }
    }
}

impl Drop for HttpTransport {
    fn drop(&mut self) {
        // Calls under way are left alone: their attempts are stored, and asked about at the next start.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

async fn perform(client: &reqwest::Client, request: http::Request<Vec<u8>>) -> Reply {
    let request = match reqwest::Request::try_from(request) {
        Ok(request) => request,
        Err(error) => {
            tracing::error!(%error, "a request cannot be built");
            return Reply::NotSent;
        }
    };
    let mut response = match client.execute(request).await {
        Ok(response) => response,
        Err(error) => return unanswered(&error),
    };
    let status = response.status().as_u16();
    let headers = response.headers().iter();
    let headers = headers.filter_map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned())));
    let headers = headers.collect();
    let mut body = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(bytes)) if body.len() + bytes.len() <= MOST_BYTES => body.extend_from_slice(&bytes),
            Ok(Some(_)) => return Reply::ConnectionLost,
            Ok(None) => return Reply::Http { status, headers, body },
            Err(error) => return unanswered(&error),
        }
    }
}

/// Only a connection that never came about is proof that nothing was sent.
fn unanswered(error: &reqwest::Error) -> Reply {
    if error.is_connect() {
        Reply::NotSent
    } else if error.is_timeout() {
        Reply::TimedOut
    } else {
        Reply::ConnectionLost
    }
}
