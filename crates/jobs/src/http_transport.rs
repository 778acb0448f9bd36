//! The one HTTP executor: everything the program says to the world goes through here.

use crate::calls::{HEAD, OutgoingCall, Room};
use crate::runner::{Answers, Transport};
use std::io::Write;
use std::time::Duration;
use yuanlu_channels::Reply;

/// After this nobody knows what became of a call.
const TIME_OUT: Duration = Duration::from_secs(10);
const CONNECT_TIME_OUT: Duration = Duration::from_secs(5);
/// A longer answer is not read: no channel has so much to say.
const MOST_BYTES: u64 = 1 << 20;
/// A file takes longer to send.
const LARGE_REQUEST: usize = 256 << 10;
/// Shorter than an attempt lasts before it counts as unanswered.
const LARGE_REQUEST_TIME_OUT: Duration = Duration::from_secs(45);
/// Where a bill is a part of the answer.
const MOST_LARGE: u64 = 128 << 20;
/// A file of a bill.
const MOST_FILE: u64 = 4 << 30;
/// A bill may take its time.
const LARGE_TIME_OUT: Duration = Duration::from_secs(900);

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
        self.fetch(request, &Room::Small)
    }

    /// The same, with room for a longer answer.
    pub fn fetch(&self, request: http::Request<Vec<u8>>, room: &Room) -> Reply {
        match &self.runtime {
            Some(runtime) => runtime.block_on(perform(&self.client, request, room)),
            None => Reply::NotSent,
        }
    }
}

impl Transport for HttpTransport {
    fn start(&self, call: OutgoingCall, answers: Answers) {
        let client = self.client.clone();
        match &self.runtime {
            Some(runtime) => {
                let OutgoingCall { request, room, .. } = call;
                drop(runtime.spawn(async move { answers.put(perform(&client, request, &room).await) }));
            }
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

async fn perform(client: &reqwest::Client, request: http::Request<Vec<u8>>, room: &Room) -> Reply {
    let mut request = match reqwest::Request::try_from(request) {
        Ok(request) => request,
        Err(error) => {
            tracing::error!(%error, "a request cannot be built");
            return Reply::NotSent;
        }
    };
    if request.body().and_then(reqwest::Body::as_bytes).is_some_and(|body| body.len() > LARGE_REQUEST) {
        *request.timeout_mut() = Some(LARGE_REQUEST_TIME_OUT);
    }
    if *room != Room::Small {
        *request.timeout_mut() = Some(LARGE_TIME_OUT);
    }
    let mut response = match client.execute(request).await {
        Ok(response) => response,
        Err(error) => return unanswered(&error),
    };
    let status = response.status().as_u16();
    let headers = response.headers().iter();
    let headers = headers.filter_map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned())));
    let headers = headers.collect();
    let (most, mut file) = match room {
        Room::File(path) if status == 200 => match std::fs::File::create(path) {
            Ok(file) => (MOST_FILE, Some(file)),
            Err(_) => return Reply::ConnectionLost,
        },
        Room::Large => (MOST_LARGE, None),
        Room::Small | Room::File(_) => (MOST_BYTES, None),
    };
    let (mut body, mut length) = (Vec::new(), 0);
    loop {
        let bytes = match response.chunk().await {
            Ok(Some(bytes)) => bytes,
            Ok(None) => return Reply::Http { status, headers, body },
            Err(error) => return unanswered(&error),
        };
        length += bytes.len() as u64;
        if length > most {
            return Reply::ConnectionLost;
        }
        // The thread of this executor has nothing else that would wait for a disk long.
        match &mut file {
            Some(file) => {
                if file.write_all(&bytes).is_err() {
                    return Reply::ConnectionLost;
                }
                let room_left = HEAD.saturating_sub(body.len()).min(bytes.len());
                body.extend_from_slice(&bytes[..room_left]);
            }
            None => body.extend_from_slice(&bytes),
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
