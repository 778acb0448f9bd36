//! Who is asking: session cookie or bearer token, and the language.
//!
//! Sessions are rows of `app`, found by the SHA-256 of their token. The cookie holds the token and nothing else.

use crate::AppState;
use crate::page::{DemoClock, Looker, Page};
use crate::places::{self, Live, Theme};
use crate::text::Locale;
use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, header};
use axum::middleware::Next;
use axum::response::{AppendHeaders, IntoResponse, Response};
use std::convert::Infallible;
use std::ops::Deref;
use std::sync::Arc;
use yuanlu_app::inputs::Origin;
use yuanlu_app::{App, Born, Principal, Secret, SignedIn, Watched};
use yuanlu_domain::ids::DeskId;
use yuanlu_domain::time::Instant;

/// Whoever makes a request, as handlers see him. Clones share what is known of him.
#[derive(Clone, Debug, Default)]
pub struct Visitor(Arc<Known>);

/// What is known of a [`Visitor`].
#[derive(Clone, Debug)]
pub struct Known {
    /// Who he is to the use cases.
    pub principal: Principal,
    /// His language.
    pub locale: Locale,
    /// The theme he chose on this device.
    pub theme: Option<Theme>,
    /// His session, if he has one that is still good.
    pub session: Option<Session>,
    /// The session came as a bearer token, not as a cookie.
    pub bearer: bool,
    /// Where he comes from.
    pub origin: Origin,
    /// Path and query he asked for.
    pub here: String,
    /// A stranger's conversation with support that his browser keeps: its number and its key.
    pub talk: Option<(String, String)>,
    said: Option<String>,
    unread: u64,
    next_due: Option<Instant>,
    live: Option<Live>,
}

/// A session that is good.
#[derive(Clone)]
pub struct Session {
    /// What the cookie or the program holds.
    pub token: String,
    /// What the list of sessions calls it.
    pub id: String,
}

/// The token opens the account and is never printed.
impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session").field("id", &self.id).finish_non_exhaustive()
    }
}

impl Deref for Visitor {
    type Target = Known;

    fn deref(&self) -> &Known {
        &self.0
    }
}

impl Default for Known {
    fn default() -> Self {
        Self {
            principal: Principal::Anonymous,
            locale: Locale::default(),
            theme: None,
            session: None,
            bearer: false,
            origin: Origin::default(),
            here: "/".to_owned(),
            talk: None,
            said: None,
            unread: 0,
            next_due: None,
            live: None,
        }
    }
}

impl Visitor {
    /// The layout of a page for him.
    pub fn page(&self, state: &AppState, title_key: &str) -> Page {
        let person = self.principal.person();
        let said = self.said.as_deref().map(|key| format!("common.said.{key}"));
        let now = state.app.now();
        let path = self.here.split('?').next().unwrap_or("/");
        let desk = places::desk(&self.principal, path);
        // A page that is called like its desk is called like its place there.
        let place = desk.as_ref().filter(|desk| desk.title == title_key).map(places::Desk::here);
        Page {
            locale: self.locale,
            title: self.locale.t(place.unwrap_or(title_key)).to_owned(),
            platform: state.app.config().platform_name.clone(),
            path: path.to_owned(),
            here: self.here.clone(),
            theme: self.theme,
            places: places::main_places(&self.principal, path),
            desk,
            live: self.live.clone(),
            looker: person.map(|p| Looker { name: p.name.clone(), unread: self.unread }),
            guest: match &self.principal {
                Principal::Guest(order) => Some(order.to_string()),
                _ => None,
            },
            now,
            demo: (state.app.born() == Born::Demo).then_some(DemoClock { now, next: self.next_due }),
            said: said.filter(|key| self.locale.has(key)).map(|key| self.locale.t(&key).to_owned()),
            filing: state.app.filing(),
            error: None,
            wrong_field: None,
        }
    }

    /// The same at another page.
    pub fn at(self, here: &str) -> Self {
        Self(Arc::new(Known { here: here.to_owned(), said: None, ..Arc::unwrap_or_clone(self.0) }))
    }

    /// Whether he comes from a form that said this.
    pub fn was_said(&self, key: &str) -> bool {
        self.said.as_deref() == Some(key)
    }

    /// The key of a stranger's conversation that his browser keeps.
    pub fn talk_key(&self, conversation: &DeskId) -> Option<Secret<String>> {
        let (known, key) = self.talk.as_ref()?;
        (known == conversation.as_str()).then(|| Secret::new(key.clone()))
    }

    /// Only somebody signed in goes on.
    pub fn signed_in(&self) -> yuanlu_app::Result<&yuanlu_app::Person> {
        self.principal.person().ok_or(yuanlu_app::AppError::NotSignedIn)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Visitor {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        Ok(parts.extensions.get::<Self>().cloned().unwrap_or_default())
    }
}

/// Finds out who is asking, before anything else is done. A bearer token hides the cookie, so that a program's request
/// never rides on a browser's session.
pub async fn recognise(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    let (mut visitor, token, chosen) = read(&state, &request);
    let query = request.uri().query().unwrap_or_default();
    let asked = query_value(query, "lang").and_then(|code| Locale::parse(&code));
    let theme = query_value(query, "theme");
    let page = !request.uri().path().starts_with("/api/");
    let demo = page && state.app.born() == Born::Demo;
    if token.is_some() || demo {
        // Reads stay on this thread: handing them over costs more than the queries.
        let live = Some(request.uri().path()).filter(|_| request.method() == Method::GET).and_then(Live::at);
        match look_up(&state.app, token.as_deref(), live.filter(|_| page), page, demo) {
            Ok(found) => {
                visitor.live = found.live;
                visitor.next_due = found.next_due;
                visitor.unread = found.unread;
                if let Some((signed_in, token)) = found.signed_in.zip(token) {
                    visitor.locale = chosen.or_else(|| Locale::parse(&signed_in.language)).unwrap_or(visitor.locale);
                    visitor.principal = signed_in.principal;
                    visitor.session = Some(Session { token, id: signed_in.session_id });
                }
            }
            // Who it is cannot be known; what is wrong can be said all the same.
            Err(error) => return crate::problem::answer(&state, &Visitor(Arc::new(visitor)), error, !page),
        }
    }
    request.extensions_mut().insert(Visitor(Arc::new(visitor)));
    let response = next.run(request).await;
    let response = match asked {
        Some(locale) => with_language(&state, locale, response),
        None => response,
    };
    match theme {
        Some(theme) => with_theme(&state, Theme::parse(&theme), response),
        None => response,
    }
}

#[derive(Default)]
struct Found {
    signed_in: Option<SignedIn>,
    unread: u64,
    next_due: Option<Instant>,
    live: Option<Live>,
}

/// Everything a page's frame needs from the store, in one go.
fn look_up(app: &App, token: Option<&str>, live: Option<Live>, page: bool, demo: bool) -> yuanlu_app::Result<Found> {
    // Where strangers are, the page itself decides whether they see anything.
    let talks = live.as_ref().is_some_and(|live| matches!(live.watched(), Some(Watched::Desk(_))));
    let signed_in = token.map(|token| app.authenticate(token)).transpose()?.flatten();
    let person = signed_in.as_ref().map(|s| &s.principal).filter(|who| page && who.person().is_some());
    Ok(Found {
        unread: person.map(|who| app.unread_notices(who)).transpose()?.unwrap_or_default(),
        next_due: if demo { app.next_due()? } else { None },
        // Before the page is made: what changes after this is told.
        live: live.filter(|_| signed_in.is_some() || talks).map(|live| with_version(app, live)).transpose()?.flatten(),
        signed_in,
    })
}

fn with_version(app: &App, live: Live) -> yuanlu_app::Result<Option<Live>> {
    let Some(watched) = live.watched() else { return Ok(None) };
    let found = app.versions(std::slice::from_ref(&watched))?;
    Ok(found.first().map(|(_, version)| Live { version: *version, ..live }))
}

/// What the request itself says: the visitor but for his session, the session's token, and the language he chose on this
/// device, which goes before that of his account.
fn read(state: &AppState, request: &Request) -> (Known, Option<String>, Option<Locale>) {
    let headers = request.headers();
    let bearer = bearer_token(headers);
    let token = bearer.or_else(|| cookie(headers, session_cookie(state))).map(str::to_owned);
    let query = |name: &str| query_value(request.uri().query().unwrap_or_default(), name);
    let asked = query("lang").and_then(|code| Locale::parse(&code));
    let chosen = asked.or_else(|| cookie(headers, "lang").and_then(Locale::parse));
    let locale = chosen
        .or_else(|| headers.get(header::ACCEPT_LANGUAGE)?.to_str().ok().and_then(Locale::accepted))
        .unwrap_or_default();
    let agent = headers.get(header::USER_AGENT).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let theme = query("theme").or_else(|| cookie(headers, "theme").map(str::to_owned));
    let visitor = Known {
        locale,
        theme: theme.as_deref().and_then(Theme::parse),
        bearer: bearer.is_some(),
        origin: Origin {
            address: crate::guard::address_of(request, state).to_string(),
            user_agent: agent.chars().take(200).collect(),
            language: locale.code(),
        },
        here: request.uri().path_and_query().map_or("/", |p| p.as_str()).to_owned(),
        talk: cookie(headers, TALK)
            .and_then(|kept| kept.split_once('.'))
            .map(|(id, key)| (id.to_owned(), key.to_owned())),
        said: query("said"),
        ..Known::default()
    };
    (visitor, token, chosen)
}

/// An answer that keeps the language in a cookie.
pub fn with_language(state: &AppState, locale: Locale, response: Response) -> Response {
    let cookie = format!("lang={}; Path=/; Max-Age=31536000; SameSite=Lax{}", locale.code(), secure(state));
    (AppendHeaders([(header::SET_COOKIE, cookie)]), response).into_response()
}

/// The cookie of a stranger's conversation.
const TALK: &str = "talk";

/// An answer that keeps a stranger's conversation with support, for as long as one is likely to be open.
pub fn with_talk(state: &AppState, id: &str, key: &str, response: Response) -> Response {
    let cookie = format!("{TALK}={id}.{key}; Path=/; Max-Age=1209600; HttpOnly; SameSite=Lax{}", secure(state));
    (AppendHeaders([(header::SET_COOKIE, cookie)]), response).into_response()
}

/// An answer that keeps the theme in a cookie, or takes it away for the system's.
fn with_theme(state: &AppState, theme: Option<Theme>, response: Response) -> Response {
    let (code, age) = theme.map_or(("", 0), |theme| (theme.code(), 31_536_000));
    let cookie = format!("theme={code}; Path=/; Max-Age={age}; SameSite=Lax{}", secure(state));
    (AppendHeaders([(header::SET_COOKIE, cookie)]), response).into_response()
}

fn bearer_token(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(n, value)| *n == name && !value.is_empty()).map(|(_, value)| value)
}

fn query_value(query: &str, name: &str) -> Option<String> {
    let value = query.split('&').filter_map(|pair| pair.split_once('=')).find(|(n, _)| *n == name)?.1;
    value.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_').then(|| value.to_owned())
}

fn secure(state: &AppState) -> &'static str {
    if state.config.is_https() { "; Secure" } else { "" }
}

fn session_cookie(state: &AppState) -> &'static str {
    if state.config.is_https() { "__Host-yuanlu" } else { "yuanlu" }
}

/// An answer with a new session in its cookie. It ends when the browser closes or the row does.
pub fn with_session(state: &AppState, token: &str, response: Response) -> Response {
    set_session(state, token, "", response)
}

/// An answer that takes the session's cookie away.
pub fn without_session(state: &AppState, response: Response) -> Response {
    set_session(state, "", "; Max-Age=0", response)
}

fn set_session(state: &AppState, token: &str, more: &str, response: Response) -> Response {
    let name = session_cookie(state);
    let cookie = format!("{name}={token}; Path=/; HttpOnly; SameSite=Lax{}{more}", secure(state));
    (AppendHeaders([(header::SET_COOKIE, cookie)]), response).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookies_and_tokens_are_read() {
        let mut headers = HeaderMap::new();
        headers.append(header::COOKIE, "a=1; yuanlu=abc".parse().unwrap());
        headers.append(header::COOKIE, "lang=en".parse().unwrap());
        assert_eq!(cookie(&headers, "yuanlu"), Some("abc"));
        assert_eq!(cookie(&headers, "lang"), Some("en"));
        assert_eq!(cookie(&headers, "uanlu"), None);
        headers.insert(header::AUTHORIZATION, "bearer t0ken".parse().unwrap());
        assert_eq!(bearer_token(&headers), Some("t0ken"));
        assert_eq!(query_value("a=1&said=done", "said").as_deref(), Some("done"));
        assert_eq!(query_value("said=%3Cb", "said"), None);
    }
}
