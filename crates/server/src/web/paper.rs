//! Papers for outside: the certificate, the evidence package, the pages on which anybody checks them, and the log.

use crate::AppState;
use crate::form::{Fields, read_in_memory};
use crate::page::{Page, Web, html, html_with};
use crate::paper::complaint::Preview;
use crate::paper::{certificate, package};
use crate::problem::{WebError, status};
use crate::visitor::Visitor;
use askama::Template;
use axum::Router;
use axum::body::Body;
use axum::extract::{Multipart, Path, Query, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use ring::digest::{SHA256, digest};
use std::sync::LazyLock;
use yuanlu_app::views::PaperView;
use yuanlu_app::{AppError, Opened, Principal, Variant};
use yuanlu_domain::ids::CaseId;
use yuanlu_domain::time::Instant;
use yuanlu_paper::certificate::{Certificate, Document};
use yuanlu_paper::seal::{Log, Seal};
use yuanlu_paper::{Finding, Report};

/// The most a certificate may hold; packages are checked by a page that uploads nothing.
const MOST_CHECKED: usize = 4 * 1024 * 1024;
/// Seals shown on the page; all of them can be downloaded.
const MOST_SEALS: usize = 60;

/// Pages of papers.
pub fn router() -> Router<AppState> {
    Router::new()
        .route("/c/{case}/certificate", get(show))
        .route("/c/{case}/certificate.pdf", get(pdf))
        .route("/c/{case}/certificate.json", get(json))
        .route("/c/{case}/package", get(choose))
        .route("/check", get(check))
        .route("/check/{id}", get(check_id))
        .route("/transparency", get(transparency))
        .route("/verify.html", get(verify))
}

/// Forms with files, and downloads that take longer.
pub fn uploads() -> Router<AppState> {
    Router::new().route("/check", post(check_file)).route("/c/{case}/package", post(make))
}

#[derive(Template)]
#[template(path = "paper/certificate.html")]
struct CertificatePage {
    p: Page,
    document: Document,
    says: Certificate,
    address: String,
    qr: String,
}

impl CertificatePage {
    fn rows(&self) -> Vec<(String, String)> {
        certificate::rows(&self.p, &self.says)
    }

    fn payouts(&self) -> Payouts {
        payouts(&self.p, &self.says)
    }

    fn sealed(&self) -> String {
        certificate::sealed(&self.p, &self.document)
    }
}

type Payouts = Vec<(String, Vec<(String, String)>)>;

fn payouts(p: &Page, says: &Certificate) -> Payouts {
    let each = (1..).zip(&says.payouts);
    each.map(|(n, paid)| (certificate::payout_title(p, says, n, paid), certificate::payout_rows(p, says, paid)))
        .collect()
}

async fn load(state: &AppState, who: Principal, case: &str) -> yuanlu_app::Result<Document> {
    let id = CaseId::new(case);
    state.run(move |app| app.certificate(&who, &id)).await
}

async fn show(State(state): State<AppState>, visitor: Visitor, Path(case): Path<String>) -> Web {
    let document = load(&state, visitor.principal.clone(), &case).await?;
    let says = document.certificate().ok_or(AppError::Unavailable)?;
    let address = certificate::check_address(&says, &document);
    let qr = yuanlu_paper::sheet::qr_svg(&address).unwrap_or_default();
    html(&CertificatePage { p: visitor.page(&state, "paper.certificate.title"), document, says, address, qr })
}

async fn pdf(State(state): State<AppState>, visitor: Visitor, Path(case): Path<String>) -> Web {
    let (who, id) = (visitor.principal.clone(), CaseId::new(&*case));
    let bytes = state.run(move |app| certificate::pdf(app, &app.certificate(&who, &id)?)).await?;
    download("application/pdf", &format!("certificate-{case}.pdf"), Body::from(bytes))
}

async fn json(State(state): State<AppState>, visitor: Visitor, Path(case): Path<String>) -> Web {
    let document = load(&state, visitor.principal.clone(), &case).await?;
    let text = document.text().map_err(|_| AppError::Unavailable)?;
    download("application/json", &format!("certificate-{case}.json"), Body::from(text))
}

/// A kept file to be saved, as it is.
pub(crate) fn attachment(opened: Opened) -> Web {
    let media_type = match opened.media_type.as_str() {
        "application/zip" => "application/zip",
        "application/pdf" => "application/pdf",
        "image/jpeg" => "image/jpeg",
        "image/png" => "image/png",
        _ => "application/octet-stream",
    };
    download(media_type, &opened.name, Body::from(opened.bytes.expose().clone()))
}

/// A file to be saved. Names hold case numbers only, which are letters and digits.
pub(crate) fn download(media_type: &'static str, name: &str, body: Body) -> Web {
    let name: String = name.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '.')).collect();
    let disposition =
        HeaderValue::try_from(format!("attachment; filename=\"{name}\"")).map_err(|_| WebError::Broken)?;
    let headers =
        [(header::CONTENT_TYPE, HeaderValue::from_static(media_type)), (header::CONTENT_DISPOSITION, disposition)];
    Ok((headers, body).into_response())
}

#[derive(Template)]
#[template(path = "paper/package.html")]
struct PackagePage {
    p: Page,
    case: String,
    variants: Vec<&'static str>,
    chosen: String,
    fraud: bool,
    preview: Option<Preview>,
    papers: Vec<PaperView>,
}

impl PackagePage {
    fn paper(&self, paper: &PaperView) -> String {
        match paper.kind.as_str() {
            "package" => {
                let of = self.p.t(&format!("paper.variant.{}", paper.variant)).to_owned();
                format!("{} · {of}", self.p.t("paper.package.title"))
            }
            _ => self.p.t("paper.certificate.title").to_owned(),
        }
    }
}

#[derive(Debug, Default, serde::Deserialize)]
struct Chosen {
    #[serde(default)]
    variant: String,
    #[serde(default)]
    fraud: String,
}

async fn choose(
    State(state): State<AppState>,
    visitor: Visitor,
    Path(case): Path<String>,
    Query(query): Query<Chosen>,
) -> Web {
    let (who, id) = (visitor.principal.clone(), CaseId::new(&*case));
    let (wanted, fraud) = (Variant::parse(&query.variant), query.fraud == "1");
    let (variants, papers, preview) = state
        .run(move |app| {
            let variants = app.package_variants(&who, &id)?;
            let facts = match wanted {
                Some(variant) => Some(app.preview_package(&who, &id, variant, fraud)?),
                None => None,
            };
            Ok((variants, app.list_papers(&who, &id)?, facts.map(|facts| Preview::of(app, &facts))))
        })
        .await?;
    let chosen = wanted.or(variants.first().copied()).map_or("", Variant::code).to_owned();
    let variants = variants.into_iter().map(Variant::code).collect();
    let p = visitor.page(&state, "paper.package.title");
    html(&PackagePage { p, case, variants, chosen, fraud, preview, papers })
}

async fn make(State(state): State<AppState>, visitor: Visitor, Path(case): Path<String>, fields: Fields) -> Web {
    let variant = Variant::parse(fields.text("variant")).ok_or(AppError::invalid("variant", "unknown"))?;
    let (fraud, id) = (fields.ticked("fraud"), CaseId::new(&*case));
    if fields.text("as") == "pdf" {
        let who = visitor.principal.clone();
        let pdf = state.run(move |app| package::write_print(app, &who, &id, variant, fraud)).await?;
        return download("application/pdf", &format!("evidence-{case}-{}.pdf", variant.code()), Body::from(pdf));
    }
    let body = stream(&state, visitor.principal.clone(), id, variant, fraud).await?;
    download("application/zip", &format!("evidence-{case}-{}.zip", variant.code()), body)
}

/// A package as it is being made. What is refused is refused before the first byte.
pub(crate) async fn stream(
    state: &AppState,
    who: Principal,
    case: CaseId,
    variant: Variant,
    fraud: bool,
) -> yuanlu_app::Result<Body> {
    let (out, chunks) = crate::paper::stream::pipe();
    let making = {
        let state = state.clone();
        tokio::spawn(async move {
            let made = state.run(move |app| {
                let broken = out.aborter();
                let made = package::write(app, &who, &case, variant, fraud, out);
                if made.is_err() {
                    broken.abort();
                }
                made.map(drop)
            });
            made.await
        })
    };
    match chunks.begun().await {
        Some(body) => Ok(body),
        None => match making.await {
            Ok(Err(error)) => Err(error),
            Ok(Ok(())) | Err(_) => Err(AppError::Unavailable),
        },
    }
}

#[derive(Template)]
#[template(path = "paper/check.html")]
struct CheckPage {
    p: Page,
    report: Option<Report>,
    document: Option<Document>,
    says: Option<Certificate>,
    superseded_by: Option<String>,
    outdated: bool,
    differs: bool,
}

impl CheckPage {
    fn rows(&self) -> Vec<(String, String)> {
        self.says.as_ref().map(|says| certificate::rows(&self.p, says)).unwrap_or_default()
    }

    fn payouts(&self) -> Payouts {
        self.says.as_ref().map(|says| payouts(&self.p, says)).unwrap_or_default()
    }

    fn sealed(&self) -> String {
        self.document.as_ref().map(|document| certificate::sealed(&self.p, document)).unwrap_or_default()
    }

    fn finding(&self, finding: &Finding) -> String {
        self.p.t(&format!("paper.finding.{}", finding.code)).to_owned()
    }
}

#[derive(Debug, Default, serde::Deserialize)]
struct CheckQuery {
    #[serde(default)]
    id: String,
    /// The beginning of the digest, from a QR code.
    #[serde(default)]
    d: String,
}

async fn check(State(state): State<AppState>, visitor: Visitor, Query(query): Query<CheckQuery>) -> Web {
    if !query.id.trim().is_empty() {
        return found(&state, &visitor, query.id, String::new()).await;
    }
    let p = visitor.page(&state, "paper.check.title");
    html(&CheckPage {
        p,
        report: None,
        document: None,
        says: None,
        superseded_by: None,
        outdated: false,
        differs: false,
    })
}

async fn check_id(
    State(state): State<AppState>,
    visitor: Visitor,
    Path(id): Path<String>,
    Query(query): Query<CheckQuery>,
) -> Web {
    found(&state, &visitor, id, query.d).await
}

async fn found(state: &AppState, visitor: &Visitor, id: String, digest: String) -> Web {
    let p = visitor.page(state, "paper.check.title");
    let looked = state.run(move |app| Ok((app.find_certificate(&id)?, app.transparency()?.key))).await;
    let (found, key) = match looked {
        Ok(found) => found,
        Err(AppError::NotFound) => {
            let p = Page { error: Some(p.t("paper.check.unknown").to_owned()), ..p };
            let page = CheckPage {
                p,
                report: None,
                document: None,
                says: None,
                superseded_by: None,
                outdated: false,
                differs: false,
            };
            return html_with(status(&AppError::NotFound), &page);
        }
        Err(error) => return Err(error.into()),
    };
    let mut report = Report::default();
    found.document.check(Some(&key), &mut report);
    let differs = !digest.is_empty() && !found.document.digest().starts_with(&digest);
    let (says, superseded_by, outdated) = (found.document.certificate(), found.superseded_by, found.outdated);
    html(&CheckPage { p, report: Some(report), document: Some(found.document), says, superseded_by, outdated, differs })
}

async fn check_file(State(state): State<AppState>, visitor: Visitor, form: Multipart) -> Web {
    let (_, content) = read_in_memory(form, MOST_CHECKED).await?;
    if content.is_empty() {
        return Err(AppError::invalid("file", "required").into());
    }
    let (report, document) =
        state.run(move |app| Ok(yuanlu_paper::certificate::check(&content, Some(&app.transparency()?.key)))).await?;
    let says = document.as_ref().and_then(Document::certificate);
    let found = match says.as_ref().map(|says| says.id.clone()) {
        Some(id) => state.run(move |app| Ok(app.find_certificate(&id).ok())).await?,
        None => None,
    };
    let (superseded_by, outdated) = found.map(|found| (found.superseded_by, found.outdated)).unwrap_or_default();
    let p = visitor.page(&state, "paper.check.title");
    html(&CheckPage { p, report: Some(report), document, says, superseded_by, outdated, differs: false })
}

#[derive(Template)]
#[template(path = "paper/transparency.html")]
struct LogPage {
    p: Page,
    log: Log,
}

impl LogPage {
    fn latest(&self) -> impl Iterator<Item = &Seal> {
        self.log.seals.iter().rev().take(MOST_SEALS)
    }

    fn at(&self, seal: &Seal) -> String {
        self.p.at(&Instant(seal.at))
    }
}

async fn transparency(State(state): State<AppState>, visitor: Visitor) -> Web {
    let log = state.run(|app| app.transparency()).await?;
    html(&LogPage { p: visitor.page(&state, "paper.log.title"), log })
}

/// The page may run its own script and nothing else, and may speak to nobody.
static VERIFY_POLICY: LazyLock<String> = LazyLock::new(|| {
    let hash = |open: &str, close: &str| {
        let inner = yuanlu_paper::CHECK_PAGE.split_once(open).and_then(|(_, rest)| rest.split_once(close));
        let digest = digest(&SHA256, inner.map_or("", |(inner, _)| inner).as_bytes());
        yuanlu_paper::hash::base64(digest.as_ref())
    };
    let (script, style) = (hash("<script>", "</script>"), hash("<style>", "</style>"));
    format!(
        "default-src 'none'; script-src 'sha256-{script}'; style-src 'sha256-{style}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
});

async fn verify() -> Result<Response, WebError> {
    let policy = HeaderValue::from_str(&VERIFY_POLICY).map_err(|_| WebError::Broken)?;
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (header::CONTENT_SECURITY_POLICY, policy),
    ];
    Ok((headers, yuanlu_paper::CHECK_PAGE).into_response())
}
