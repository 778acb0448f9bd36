//! Files in an S3-compatible store. Whoever keeps or reads one waits; the calls are made on a runtime of this store's own,
//! so that it may be used on any thread.

use std::fmt;
use std::io::{self, Error, ErrorKind};
use std::sync::mpsc::sync_channel;
use std::time::Duration;
use yuanlu_blobs::Store;
use yuanlu_blobs::s3::{Bucket, S3Request};

/// One call, however large the object.
const TIME_OUT: Duration = Duration::from_secs(120);
const CONNECT_TIME_OUT: Duration = Duration::from_secs(5);
/// A larger object is none of ours.
const MOST_BYTES: usize = 64 << 20;
/// Waits before a call is made again that the store could not answer.
const AGAIN: [Duration; 2] = [Duration::from_millis(200), Duration::from_secs(1)];

/// A bucket, and the time of its signatures.
pub struct S3Store {
    bucket: Bucket,
    seconds: Box<dyn Fn() -> i64 + Send + Sync>,
    client: reqwest::Client,
    runtime: Option<tokio::runtime::Runtime>,
}

impl fmt::Debug for S3Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("S3Store").field("endpoint", &self.bucket.endpoint).field("bucket", &self.bucket.name).finish()
    }
}

/// What came back: the status and the body.
type Answer = io::Result<(u16, Vec<u8>)>;

impl S3Store {
    /// A store; `seconds` is the time since 1970 UTC.
    ///
    /// # Errors
    /// When the machine gives no thread, no socket or no root certificates.
    pub fn new(bucket: Bucket, seconds: impl Fn() -> i64 + Send + Sync + 'static) -> io::Result<Self> {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .timeout(TIME_OUT)
            .connect_timeout(CONNECT_TIME_OUT)
            .redirect(reqwest::redirect::Policy::none())
            .user_agent("yuanlu")
            .build()
            .map_err(Error::other)?;
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).thread_name("files").enable_all().build()?;
        Ok(Self { bucket, seconds: Box::new(seconds), client, runtime: Some(runtime) })
    }

    /// Makes a call, again where the store could not answer: every call here may be repeated without harm.
    fn call(&self, method: &'static str, object: &str, body: &[u8]) -> Answer {
        let mut answer = self.once(method, object, body);
        for wait in AGAIN {
            match &answer {
                Ok((status, _)) if *status < 500 && *status != 429 => return answer,
                Err(error) if error.kind() == ErrorKind::InvalidData => return answer,
                _ => {}
            }
            std::thread::sleep(wait);
            answer = self.once(method, object, body);
        }
        answer
    }

    fn once(&self, method: &'static str, object: &str, body: &[u8]) -> Answer {
        let runtime = self.runtime.as_ref().ok_or_else(|| Error::other("the store is closed"))?;
        let request = self.bucket.request(method, object, body.to_vec(), (self.seconds)());
        let client = self.client.clone();
        let (put, got) = sync_channel(1);
        drop(runtime.spawn(async move { put.send(perform(&client, request).await) }));
        got.recv().map_err(|_| Error::other("the call was abandoned"))?
    }

    /// What a status means that is neither what was hoped for nor "not there".
    fn refused(&self, status: u16) -> Error {
        let (kind, why) = match status {
            401 | 403 => (ErrorKind::PermissionDenied, "refuses our key or signature"),
            404 => (ErrorKind::NotFound, "has no such bucket"),
            500.. => (ErrorKind::Other, "cannot answer now"),
            _ => (ErrorKind::Other, "does not do what was asked"),
        };
        Error::new(kind, format!("the store at {} {why} (status {status})", self.bucket.endpoint))
    }
}

impl Drop for S3Store {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl Store for S3Store {
    fn has(&self, name: &str) -> io::Result<bool> {
        match self.call("HEAD", name, &[])? {
            (200, _) => Ok(true),
            (404, _) => Ok(false),
            (status, _) => Err(self.refused(status)),
        }
    }

    fn put(&self, name: &str, bytes: Vec<u8>) -> io::Result<()> {
        match self.call("PUT", name, &bytes)? {
            (200..300, _) => Ok(()),
            (status, _) => Err(self.refused(status)),
        }
    }

    fn get(&self, name: &str) -> io::Result<Vec<u8>> {
        match self.call("GET", name, &[])? {
            (200, body) => Ok(body),
            (404, _) => Err(Error::new(ErrorKind::NotFound, "the store has no such file")),
            (status, _) => Err(self.refused(status)),
        }
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        match self.call("DELETE", name, &[])? {
            (200..300 | 404, _) => Ok(()),
            (status, _) => Err(self.refused(status)),
        }
    }
}

async fn perform(client: &reqwest::Client, request: S3Request) -> Answer {
    let method = reqwest::Method::from_bytes(request.method.as_bytes()).map_err(Error::other)?;
    let mut call = client.request(method, &request.url);
    for (name, value) in &request.headers {
        call = call.header(*name, value);
    }
    let mut response = call.body(request.body).send().await.map_err(unreached)?;
    let status = response.status().as_u16();
    let mut body = Vec::new();
    while let Some(bytes) = response.chunk().await.map_err(unreached)? {
        // What the store says about an error is not needed, and nothing of ours is larger.
        if body.len() + bytes.len() > MOST_BYTES {
            return Err(Error::new(ErrorKind::InvalidData, "the store sends more than any file of ours holds"));
        }
        body.extend_from_slice(&bytes);
    }
    Ok((status, body))
}

/// Without the address: it may hold a name that is nobody's business.
fn unreached(error: reqwest::Error) -> Error {
    let kind = if error.is_timeout() { ErrorKind::TimedOut } else { ErrorKind::ConnectionAborted };
    Error::new(kind, error.without_url().to_string())
}
