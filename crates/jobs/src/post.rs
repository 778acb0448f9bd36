//! The postman: takes messages whose attempt is committed, and brings them. Mail goes over SMTP, short messages and
//! webhooks over HTTP. What he does not come back from is sent again later, under the same id.

use lettre::message::Mailbox;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;
use yuanlu_app::{App, Carriage, Message};
use yuanlu_notify::guard::Reach;
use yuanlu_notify::settings::{MailSettings, Security};
use yuanlu_notify::sms::SmsSettings;
use yuanlu_notify::{Mail, Outcome, guard, webhook};

const MAIL_TIME_OUT: Duration = Duration::from_secs(30);
const HTTP_TIME_OUT: Duration = Duration::from_secs(10);
/// Messages on their way at the same time.
const AT_ONCE: u32 = 32;
/// Between two rounds when nothing is due.
const PAUSE: Duration = Duration::from_secs(1);
/// Of an answer no more is read.
const MOST_BYTES: usize = 64 * 1024;

type Mailer = AsyncSmtpTransport<Tokio1Executor>;

/// Brings messages of one application.
pub struct Post {
    app: App,
    carriers: Arc<Carriers>,
    runtime: tokio::runtime::Runtime,
}

/// The clients.
struct Carriers {
    mail: Option<(Mailer, MailSettings)>,
    from_name: String,
    sms: Option<SmsSettings>,
    providers: reqwest::Client,
    strangers: reqwest::Client,
}

impl Post {
    /// A postman of an application, by its settings.
    ///
    /// # Errors
    /// When the machine gives no thread, or a root certificate cannot be read.
    pub fn new(app: &App) -> io::Result<Self> {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let settings = &app.config().notify;
        let client = || {
            reqwest::Client::builder()
                .timeout(HTTP_TIME_OUT)
                .redirect(reqwest::redirect::Policy::none())
                .user_agent("yuanlu")
                .no_proxy()
        };
        let strangers = client().dns_resolver(Arc::new(Within(settings.reach)));
        let mail = settings.mail.clone().map(|mail| Ok::<_, io::Error>((mailer(&mail)?, mail))).transpose()?;
        let carriers = Carriers {
            mail,
            from_name: app.config().platform_name.clone(),
            sms: settings.sms.clone(),
            providers: client().build().map_err(io::Error::other)?,
            strangers: strangers.build().map_err(io::Error::other)?,
        };
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).thread_name("post").enable_all().build()?;
        Ok(Self { app: app.clone(), carriers: Arc::new(carriers), runtime })
    }

    /// One round: what is due is brought, and what became of it is kept. Answers how many messages there were.
    pub fn step(&self) -> usize {
        let messages = match self.app.claim_messages(AT_ONCE) {
            Ok(messages) => messages,
            Err(error) => {
                tracing::error!(why = error.code(), "messages cannot be taken");
                return 0;
            }
        };
        let count = messages.len();
        let carriers = &self.carriers;
        self.runtime.block_on(async {
            let mut under_way = tokio::task::JoinSet::new();
            for message in messages {
                let carriers = Arc::clone(carriers);
                under_way.spawn(async move {
                    let outcome = carriers.bring(&message).await;
                    (message.id, message.attempt, outcome)
                });
            }
            while let Some(done) = under_way.join_next().await {
                // One that panicked is tried again when its lease has run out.
                let Ok((id, attempt, outcome)) = done else { continue };
                if let Some(code) = outcome.code() {
                    tracing::warn!(%id, attempt, code, "a message was not taken");
                }
                if let Err(error) = self.app.message_outcome(&id, attempt, outcome) {
                    tracing::error!(%id, why = error.code(), "the outcome of a message could not be kept");
                }
            }
        });
        count
    }

    /// Greets a mail server and leaves: for `doctor`. Nothing is sent.
    ///
    /// # Errors
    /// What went wrong, without secrets.
    pub fn greet(settings: &MailSettings) -> Result<(), String> {
        let mailer = mailer(settings).map_err(|error| error.to_string())?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|e| e.to_string())?;
        match runtime.block_on(mailer.test_connection()) {
            Ok(true) => Ok(()),
            Ok(false) => Err("it did not answer as a mail server does".to_owned()),
            Err(error) => Err(mail_code(&error)),
        }
    }
}

fn mailer(settings: &MailSettings) -> io::Result<Mailer> {
    let mut tls = TlsParameters::builder(settings.server.clone());
    if !settings.ca.is_empty() {
        tls = tls.add_root_certificate(Certificate::from_pem(settings.ca.as_bytes()).map_err(io::Error::other)?);
    }
    let tls = tls.build().map_err(io::Error::other)?;
    let mut builder = Mailer::builder_dangerous(&settings.server)
        .port(settings.port)
        .timeout(Some(MAIL_TIME_OUT))
        .hello_name(ClientId::Domain(host_of(settings).to_owned()))
        .tls(match settings.security {
            Security::Tls => Tls::Wrapper(tls),
            Security::StartTls => Tls::Required(tls),
            Security::None => Tls::None,
        });
    if !settings.user.is_empty() {
        builder = builder.credentials(Credentials::new(settings.user.clone(), settings.password.expose().to_owned()));
    }
    Ok(builder.build())
}

fn host_of(settings: &MailSettings) -> &str {
    settings.from.as_str().split_once('@').map_or("localhost", |(_, host)| host)
}

impl Carriers {
    async fn bring(&self, message: &Message) -> Outcome {
        match &message.carriage {
            Carriage::Mail(mail) => match &self.mail {
                Some((mailer, settings)) => send(mailer, settings, &self.from_name, mail).await,
                None => Outcome::Later("no_mail".to_owned()),
            },
            Carriage::Sms(request) => match &self.sms {
                Some(sms) => call(&self.providers, request, |status, body| sms.read(status, body)).await,
                None => Outcome::Later("no_sms".to_owned()),
            },
            Carriage::Webhook(request) => call(&self.strangers, request, |status, _| webhook::read(status)).await,
        }
    }
}

async fn send(mailer: &Mailer, settings: &MailSettings, platform: &str, mail: &Mail) -> Outcome {
    let Some(message) = build(settings, platform, mail) else { return Outcome::Never("unbuildable".to_owned()) };
    let Err(error) = mailer.send(message).await else { return Outcome::Accepted(None) };
    let code = mail_code(&error);
    let nobody = error.is_permanent() && is_nobody(error.status().map(u16::from), &error.to_string());
    if nobody {
        Outcome::Nobody(code)
    } else if error.is_permanent() {
        Outcome::Never(code)
    } else if error.is_transient() {
        Outcome::Later(code)
    } else {
        // The connection broke: perhaps after the last byte, so perhaps it was taken.
        Outcome::Unknown(code)
    }
}

/// Whether a refusal is about the address rather than about us (RFC 3463): 5.1.x, or no closer word with a plain 550.
fn is_nobody(status: Option<u16>, text: &str) -> bool {
    let closer =
        |class: &str| text.split(|c: char| !(c.is_ascii_digit() || c == '.')).any(|word| word.starts_with(class));
    match status {
        Some(550 | 551 | 553) => {
            closer("5.1.")
                || !["5.0.", "5.2.", "5.3.", "5.4.", "5.5.", "5.6.", "5.7."].iter().any(|class| closer(class))
        }
        _ => false,
    }
}

/// A short code: never what the server said, which may repeat an address.
fn mail_code(error: &lettre::transport::smtp::Error) -> String {
    match error.status() {
        Some(status) => format!("smtp_{}", u16::from(status)),
        None if error.is_timeout() => "smtp_time_out".to_owned(),
        None if error.is_tls() => "smtp_tls".to_owned(),
        None if error.is_client() => "smtp_client".to_owned(),
        None => "smtp_connection".to_owned(),
    }
}

fn build(settings: &MailSettings, platform: &str, mail: &Mail) -> Option<lettre::Message> {
    let name = if settings.from_name.is_empty() { platform } else { &settings.from_name };
    let from = Mailbox::new(Some(name.to_owned()), settings.from.as_str().parse().ok()?);
    let to = Mailbox::new(None, mail.to.as_str().parse().ok()?);
    let mut message = lettre::Message::builder()
        .message_id(Some(format!("<{}>", mail.message_id)))
        .from(from)
        .to(to)
        .subject(&mail.subject)
        .header(ContentType::TEXT_PLAIN)
        .body(mail.body.clone())
        .ok()?;
    let headers = message.headers_mut();
    let mut add = |name: &'static str, value: String| {
        headers.insert_raw(HeaderValue::new(HeaderName::new_from_ascii_str(name), value));
    };
    add("Auto-Submitted", "auto-generated".to_owned());
    add("Content-Language", if mail.language == "zh" { "zh-CN" } else { "en" }.to_owned());
    if let Some(preferences) = &mail.preferences {
        add("List-Unsubscribe", format!("<{preferences}>"));
    }
    Some(message)
}

async fn call(
    client: &reqwest::Client,
    request: &http::Request<Vec<u8>>,
    read: impl Fn(u16, &[u8]) -> Outcome,
) -> Outcome {
    let Ok(request) = reqwest::Request::try_from(request.clone()) else {
        return Outcome::Never("unbuildable".to_owned());
    };
    let mut response = match client.execute(request).await {
        Ok(response) => response,
        Err(error) if error.is_connect() => return Outcome::Later("not_reached".to_owned()),
        Err(error) if error.is_timeout() => return Outcome::Unknown("time_out".to_owned()),
        Err(_) => return Outcome::Unknown("connection_lost".to_owned()),
    };
    let status = response.status().as_u16();
    let mut body = Vec::new();
    while body.len() < MOST_BYTES {
        match response.chunk().await {
            Ok(Some(bytes)) => body.extend_from_slice(&bytes),
            Ok(None) => break,
            Err(_) => return Outcome::Unknown("connection_lost".to_owned()),
        }
    }
    read(status, &body)
}

/// Names lead only as far as they may, at the very moment of the call.
struct Within(Reach);

impl Resolve for Within {
    fn resolve(&self, name: Name) -> Resolving {
        let reach = self.0;
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let allowed = |address: &SocketAddr| match reach {
                Reach::Public => guard::is_public(address.ip()),
                Reach::Any => true,
                Reach::ThisMachine => address.ip().is_loopback(),
            };
            let found: Vec<SocketAddr> = found.filter(allowed).collect();
            if found.is_empty() {
                return Err("no address it may lead to".into());
            }
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

/// The thread of a postman; it ends when this is dropped.
pub struct Postman {
    stop: Sender<()>,
    thread: Option<JoinHandle<()>>,
}

impl Postman {
    /// Starts the thread.
    ///
    /// # Errors
    /// When the system has no thread left.
    pub fn start(post: Post) -> io::Result<Self> {
        let (stop, stopped) = channel();
        let work = move || {
            let mut pause = Duration::ZERO;
            while stopped.recv_timeout(pause) == Err(RecvTimeoutError::Timeout) {
                pause = if post.step() == 0 { PAUSE } else { Duration::ZERO };
            }
        };
        let thread = std::thread::Builder::new().name("postman".to_owned()).spawn(work)?;
        Ok(Self { stop, thread: Some(thread) })
    }
}

impl Drop for Postman {
    fn drop(&mut self) {
        let _ = self.stop.send(());
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the postman panicked");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_refused_address_is_nobody() {
        let nobody = |status, text| is_nobody(Some(status), text);
        assert!(nobody(550, "permanent error (550): 5.1.1 <x>: no such user"));
        assert!(nobody(550, "permanent error (550): mailbox unavailable"));
        assert!(!nobody(550, "permanent error (550): 5.7.1 looks like spam"));
        assert!(!nobody(552, "permanent error (552): 5.2.2 mailbox full"));
        assert!(!nobody(554, "permanent error (554): 5.7.1 refused"));
    }
}
