//! Reading what forms send.

use crate::AppState;
use crate::problem::WebError;
use axum::extract::multipart::Field;
use axum::extract::{Form, FromRequest, Multipart, Request};
use axum::http::StatusCode;
use ring::rand::{SecureRandom, SystemRandom};
use yuanlu_app::{AppError, IncomingError, Received};

/// The fields of a form, in the order sent. Kept as text, so that a refused form can be shown again as it was filled in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fields(pub Vec<(String, String)>);

impl Fields {
    /// The first value of a field, without blanks around it; empty when absent.
    pub fn text(&self, name: &str) -> &str {
        self.raw(name).trim()
    }

    /// The first value of a field as sent: passwords may begin with a blank.
    pub fn raw(&self, name: &str) -> &str {
        self.0.iter().find(|(n, _)| n == name).map_or("", |(_, value)| value)
    }

    /// A field that may be left empty.
    pub fn optional(&self, name: &str) -> Option<String> {
        Some(self.text(name)).filter(|text| !text.is_empty()).map(str::to_owned)
    }

    /// Every value of a field.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(n, _)| n == name).map(|(_, value)| value.trim())
    }

    /// Whether a box was ticked.
    pub fn ticked(&self, name: &str) -> bool {
        matches!(self.text(name), "1" | "on" | "true" | "yes")
    }

    /// Whether one of a field's values is this one.
    pub fn chosen(&self, name: &str, value: impl ToString) -> bool {
        let value = value.to_string();
        self.all(name).any(|v| v == value)
    }

    /// A whole number.
    pub fn number<N: std::str::FromStr>(&self, name: &'static str) -> Result<N, WebError> {
        let not = AppError::invalid(name, "not_a_number");
        self.text(name).parse().map_err(|_| not.into())
    }

    /// With a field set, for forms shown the first time.
    pub fn with(mut self, name: &str, value: impl ToString) -> Self {
        self.0.push((name.to_owned(), value.to_string()));
        self
    }
}

impl<S: Send + Sync> FromRequest<S> for Fields {
    type Rejection = WebError;

    async fn from_request(request: Request, state: &S) -> Result<Self, WebError> {
        match Form::<Vec<(String, String)>>::from_request(request, state).await {
            Ok(Form(fields)) => {
                let fields = Self(fields);
                crate::refill::note(&fields, 0);
                Ok(fields)
            }
            Err(rejected) if rejected.status() == StatusCode::PAYLOAD_TOO_LARGE => {
                Err(AppError::TooLarge { most: FORM_MOST }.into())
            }
            Err(_) => Err(WebError::BadForm),
        }
    }
}

/// A file as a browser sent it. Its name is not kept: it may hold a person's name, and the content says what it is.
#[derive(Debug)]
pub struct Upload {
    /// The form field.
    pub field: String,
    /// The media type the browser gave it.
    pub declared: Option<String>,
    /// The content.
    pub content: Received,
}

/// The most a form without files may hold: the framework's own limit.
pub const FORM_MOST: u64 = 2 * 1024 * 1024;
/// The most a single uploaded file may hold.
pub const UPLOAD_MOST: u64 = 10 * 1024 * 1024;
/// The most a field that is no file may hold.
const FIELD_MOST: usize = 1024 * 1024;
/// The most a form with files may hold.
pub const UPLOAD_FORM_MOST: usize = 42 * 1024 * 1024;

/// Reads a form with files. Empty file fields are left out.
pub async fn read_multipart(state: &AppState, mut form: Multipart) -> Result<(Fields, Vec<Upload>), WebError> {
    let (mut fields, mut files, mut chosen) = (Fields::default(), Vec::new(), 0);
    let read = read_parts(state, &mut form, &mut fields, &mut files, &mut chosen).await;
    crate::refill::note(&fields, chosen);
    read.map(|()| (fields, files))
}

async fn read_parts(
    state: &AppState,
    form: &mut Multipart,
    fields: &mut Fields,
    files: &mut Vec<Upload>,
    chosen: &mut usize,
) -> Result<(), WebError> {
    while let Some(mut part) = form.next_field().await.map_err(|e| too_large_or_bad(&e))? {
        let name = part.name().unwrap_or_default().to_owned();
        if part.file_name().is_some() {
            // A browser sends an empty nameless file where none was chosen; one with a name is refused with a word.
            let is_chosen = part.file_name().is_some_and(|name| !name.is_empty());
            *chosen += usize::from(is_chosen);
            let declared = part.content_type().map(str::to_owned);
            let content = receive(state, &mut part).await?;
            if is_chosen || !content.is_empty() {
                files.push(Upload { field: name, declared, content });
            }
        } else {
            let content = read_part(part, FIELD_MOST).await?;
            fields.0.push((name, String::from_utf8(content).map_err(|_| WebError::BadForm)?));
        }
    }
    Ok(())
}

async fn read_part(mut part: Field<'_>, most: usize) -> Result<Vec<u8>, WebError> {
    let mut content = Vec::new();
    while let Some(chunk) = part.chunk().await.map_err(|e| too_large_or_bad(&e))? {
        if content.len() + chunk.len() > most {
            return Err(AppError::TooLarge { most: most as u64 }.into());
        }
        content.extend_from_slice(&chunk);
    }
    Ok(content)
}

/// Reads a form with one small file that is only looked at and never kept: into memory, empty where none was chosen.
pub async fn read_in_memory(mut form: Multipart, most: usize) -> Result<(Fields, Vec<u8>), WebError> {
    let (mut fields, mut file, mut chosen) = (Fields::default(), Vec::new(), 0);
    let read = async {
        while let Some(part) = form.next_field().await.map_err(|e| too_large_or_bad(&e))? {
            let name = part.name().unwrap_or_default().to_owned();
            match part.file_name().map(str::is_empty) {
                Some(is_empty) => {
                    chosen += usize::from(!is_empty);
                    file = read_part(part, most).await?;
                }
                None => {
                    let content = read_part(part, most).await?;
                    fields.0.push((name, String::from_utf8(content).map_err(|_| WebError::BadForm)?));
                }
            }
        }
        Ok::<_, WebError>(())
    };
    let read = read.await;
    crate::refill::note(&fields, chosen);
    read.map(|()| (fields, file))
}

/// Takes a file in: one piece of it in memory at a time, counted and hashed on the way. A connection that breaks leaves
/// nothing behind.
pub async fn receive(state: &AppState, part: &mut Field<'_>) -> Result<Received, WebError> {
    let mut incoming = state.app.incoming();
    while let Some(chunk) = part.chunk().await.map_err(|e| too_large_or_bad(&e))? {
        incoming.take(&chunk).map_err(|e| not_taken(&e))?;
        if incoming.is_full() {
            incoming = state.run(move |_| incoming.spill().map(|()| incoming).map_err(|e| not_taken(&e))).await?;
        }
    }
    Ok(state.run(move |_| incoming.finish().map_err(|e| not_taken(&e))).await?)
}

fn not_taken(error: &IncomingError) -> AppError {
    match error {
        IncomingError::TooLarge => AppError::TooLarge { most: UPLOAD_MOST },
        IncomingError::Vault(_) => {
            tracing::error!(%error, "an upload could not be kept");
            AppError::Unavailable
        }
    }
}

fn too_large_or_bad(error: &axum::extract::multipart::MultipartError) -> WebError {
    match error.status().as_u16() {
        413 => AppError::TooLarge { most: UPLOAD_FORM_MOST as u64 }.into(),
        _ => WebError::BadForm,
    }
}

/// A key for one sending of a form: sent twice, it is done once. It must not be guessed, for guests share one name.
pub fn fresh_key() -> String {
    let mut bytes = [0u8; 16];
    // Without random numbers the key is empty, and the form is refused rather than guessed.
    match SystemRandom::new().fill(&mut bytes) {
        Ok(()) => bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
        Err(_) => String::new(),
    }
}

/// Text as part of a query string.
pub fn encode(text: &str) -> String {
    text.bytes().fold(String::with_capacity(text.len()), |mut out, byte| {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' | b'/' => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
        out
    })
}

/// A path of ours to go on to, whatever was asked for.
pub fn own_path(next: &str) -> &str {
    let own = next.starts_with('/') && !next.starts_with("//") && !next.contains(['\\', '\r', '\n', '\t']);
    if own { next } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_repeat_and_default_to_nothing() {
        let fields =
            Fields(vec![("units".into(), "1".into()), ("units".into(), " 3 ".into()), ("x".into(), "on".into())]);
        assert_eq!(fields.all("units").collect::<Vec<_>>(), ["1", "3"]);
        assert!(fields.ticked("x") && !fields.ticked("y") && fields.chosen("units", 3));
        assert_eq!(fields.optional("nothing"), None);
        assert!(fields.number::<u16>("x").is_err());
    }

    #[test]
    fn only_own_paths_are_followed() {
        assert_eq!(own_path("/orders?x=1"), "/orders?x=1");
        for foreign in ["", "//evil.example", "https://evil.example", "/\\evil.example", "/a\r\nb", "/\t/evil"] {
            assert_eq!(own_path(foreign), "/", "{foreign:?}");
        }
        assert_eq!(encode("/o/1?a=b c"), "/o/1%3Fa%3Db%20c");
    }
}
