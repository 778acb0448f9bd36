//! Style and script, inside the binary, under names that change with their content.

use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use ring::digest::{SHA256, digest};
use std::sync::LazyLock;

const STYLE: &str = concat!(
    include_str!("../assets/css/tokens.css"),
    include_str!("../assets/css/base.css"),
    include_str!("../assets/css/layout.css"),
    include_str!("../assets/css/form.css"),
    include_str!("../assets/css/card.css"),
    include_str!("../assets/css/table.css"),
    include_str!("../assets/css/timeline.css"),
    include_str!("../assets/css/shop.css"),
    include_str!("../assets/css/review.css"),
    include_str!("../assets/css/work.css"),
    include_str!("../assets/css/thread.css"),
    include_str!("../assets/css/support.css"),
    include_str!("../assets/css/print.css"),
);
const SCRIPT: &str = include_str!("../assets/app.js");
/// For pages on which files are sent or blacked out.
const FILES: &str = include_str!("../assets/files.js");
const ICON: &str = include_str!("../assets/icon.svg");

struct Asset {
    name: String,
    content_type: &'static str,
    body: &'static str,
}

static ASSETS: LazyLock<[Asset; 4]> = LazyLock::new(|| {
    [
        asset("app", "css", "text/css; charset=utf-8", STYLE),
        asset("app", "js", "text/javascript; charset=utf-8", SCRIPT),
        asset("icon", "svg", "image/svg+xml", ICON),
        asset("files", "js", "text/javascript; charset=utf-8", FILES),
    ]
});

fn asset(stem: &str, ending: &str, content_type: &'static str, body: &'static str) -> Asset {
    let hash: String =
        digest(&SHA256, body.as_bytes()).as_ref()[..6].iter().map(|byte| format!("{byte:02x}")).collect();
    Asset { name: format!("{stem}-{hash}.{ending}"), content_type, body }
}

/// Path of the style sheet.
pub fn style() -> &'static str {
    &ASSETS[0].name
}

/// Path of the script.
pub fn script() -> &'static str {
    &ASSETS[1].name
}

/// Path of the script for files.
pub fn files_script() -> &'static str {
    &ASSETS[3].name
}

/// Path of the icon.
pub fn icon() -> &'static str {
    &ASSETS[2].name
}

/// `GET /assets/{name}`: what carries its hash in its name never changes.
pub async fn serve(Path(name): Path<String>) -> Response {
    match ASSETS.iter().find(|asset| asset.name == name) {
        Some(asset) => (
            [
                (header::CONTENT_TYPE, asset.content_type),
                (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
            ],
            asset.body,
        )
            .into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}
