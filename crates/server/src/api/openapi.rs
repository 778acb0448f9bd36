//! The OpenAPI description: taken from the routes, with what holds for all of them.

use super::problem::{MEDIA_TYPE, Problem};
use axum::body::Bytes;
use axum::http::header;
use axum::response::IntoResponse;
use std::sync::LazyLock;
use utoipa::openapi::path::{Operation, Parameter};
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::{Components, ContentBuilder, HttpMethod, OpenApi, PathItem, Ref, RefOr, ResponseBuilder};
use utoipa::{OpenApi as _, PartialSchema, ToSchema};
use utoipa_axum::router::OpenApiRouter;

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Yuanlu",
        description = "Orders, refunds and their tracking. Amounts are exact decimal text with a currency; instants are \
                       RFC 3339; lists go on by `cursor`. Errors are RFC 9457 problems with stable codes, in Chinese or \
                       English by `Accept-Language`. What belongs to others is answered like what does not exist.",
        license(name = "AGPL-3.0-or-later", identifier = "AGPL-3.0-or-later")
    ),
    tags(
        (name = "public", description = "For everybody."),
        (name = "session", description = "Signing in and out."),
        (name = "account", description = "The signed-in person about himself."),
        (name = "orders", description = "Buying, as account or guest."),
        (name = "cases", description = "Refunds."),
        (name = "thread", description = "The order's own thread."),
        (name = "panel", description = "The panel room of outside arbitrators."),
        (name = "seller", description = "A seller's shop."),
        (name = "staff", description = "The platform's people.")
    )
)]
struct Blank;

/// A router without routes, with the head of the description.
pub(super) fn blank<S: Clone + Send + Sync + 'static>() -> OpenApiRouter<S> {
    OpenApiRouter::with_openapi(Blank::openapi())
}

/// The description as text, made when somebody asks for it first.
static DOCUMENT: LazyLock<Bytes> = LazyLock::new(|| document().into());

/// The OpenAPI description of the API as pretty JSON: what `GET /api/v1/openapi.json` answers.
pub fn document() -> String {
    write(super::routes().into_openapi())
}

fn write(mut document: OpenApi) -> String {
    document.info.version = "1".to_owned();
    complete(&mut document);
    let text = document.to_pretty_json();
    text.map(|text| text + "\n").unwrap_or_default()
}

/// This description.
#[utoipa::path(get, path = "/openapi.json", tag = "public", security(()),
    responses((status = 200, description = "OpenAPI 3.1.", body = serde_json::Value)))]
pub(super) async fn openapi() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json")], DOCUMENT.clone())
}

/// Every status a problem can have.
const STATUSES: [u16; 11] = [400, 401, 403, 404, 409, 413, 415, 422, 429, 500, 503];

fn complete(document: &mut OpenApi) {
    let components = document.components.get_or_insert_with(Components::new);
    components.schemas.insert(Problem::name().into_owned(), Problem::schema());
    for status in STATUSES {
        let content = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
        let response = ResponseBuilder::new().description(meaning(status)).content(MEDIA_TYPE, content).build();
        components.responses.insert(format!("Problem{status}"), RefOr::T(response));
    }
    let bearer = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .description(Some("The token of `POST /api/v1/session` or of a guest's access."))
        .build();
    components.add_security_scheme("bearer", SecurityScheme::Http(bearer));
    let cookie =
        ApiKeyValue::with_description("yuanlu", "The session of a browser; only from pages of the shop itself.");
    components.add_security_scheme("session", SecurityScheme::ApiKey(ApiKey::Cookie(cookie)));
    for (path, item) in &mut document.paths.paths {
        for (method, operation) in operations(item) {
            add_security(operation);
            add_problems(path, &method, operation);
        }
    }
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = (HttpMethod, &mut Operation)> {
    [
        (HttpMethod::Get, &mut item.get),
        (HttpMethod::Post, &mut item.post),
        (HttpMethod::Put, &mut item.put),
        (HttpMethod::Delete, &mut item.delete),
    ]
    .into_iter()
    .filter_map(|(method, operation)| Some((method, operation.as_mut()?)))
}

/// What a route does not say about security: it wants somebody who is known.
fn add_security(operation: &mut Operation) {
    if operation.security.is_none() {
        let needs = |name: &str| SecurityRequirement::new::<_, [&str; 0], &str>(name, []);
        operation.security = Some(vec![needs("bearer"), needs("session")]);
    }
}

/// The problems that can come of what the route takes.
fn add_problems(path: &str, method: &HttpMethod, operation: &mut Operation) {
    let has_query = operation.parameters.iter().flatten().any(is_paging);
    let unsafe_method = *method != HttpMethod::Get;
    let open = operation.security.iter().flatten().any(|need| *need == SecurityRequirement::default());
    let mut statuses: Vec<u16> = vec![401, 500, 503];
    if !open {
        statuses.push(403);
    }
    if path.contains('{') {
        statuses.push(404);
    }
    if unsafe_method {
        statuses.extend([403, 409, 422, 429]);
    }
    if operation.request_body.is_some() {
        statuses.extend([400, 413, 415]);
    }
    if has_query {
        statuses.push(422);
    }
    for status in statuses {
        let problem = RefOr::Ref(Ref::from_response_name(format!("Problem{status}")));
        operation.responses.responses.entry(status.to_string()).or_insert(problem);
    }
}

fn is_paging(parameter: &RefOr<Parameter>) -> bool {
    matches!(parameter, RefOr::T(parameter) if parameter.name == "limit")
}

fn meaning(status: u16) -> &'static str {
    match status {
        400 => "The request cannot be read.",
        401 => "Nobody is signed in, or the token is over.",
        403 => "Known, and not allowed.",
        404 => "No such thing, or a stranger's.",
        409 => "Not in this state.",
        413 => "Too large.",
        415 => "Another media type is needed.",
        422 => "A field is wrong, the rules refuse it, or the idempotency key was used for something else.",
        429 => "Too often; wait as long as `Retry-After` says.",
        500 => "The program failed.",
        _ => "The shop cannot answer now; try again with the same key.",
    }
}
