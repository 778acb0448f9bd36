//! Products of a seller: list, form, codes and stock.

use crate::AppState;
use crate::form::{Fields, fresh_key, read_multipart};
use crate::page::{Page, Web, html, html_with, said};
use crate::problem::{WebError, status};
use crate::visitor::Visitor;
use crate::web::desk::{Ask, done, percent_of, percent_text};
use askama::Template;
use axum::extract::{Multipart, Path, State};
use axum::http::StatusCode;
use yuanlu_app::inputs::{ProductInput, SpecialInput};
use yuanlu_app::views::{LoadedView, ProbeSettingView, ProductView, StockView};
use yuanlu_app::{App, AppError};
use yuanlu_domain::catalogue::ProductKind;
use yuanlu_domain::ids::ProductId;

#[derive(Template)]
#[template(path = "seller/products.html")]
struct List {
    p: Page,
    products: Vec<ProductView>,
    next: Option<String>,
}

/// `GET /seller/products`
pub async fn list(State(state): State<AppState>, visitor: Visitor, ask: Ask) -> Web {
    visitor.signed_in()?;
    let (who, page) = (visitor.principal.clone(), ask.page());
    let found = state.run(move |app| app.list_own_products(&who, &page)).await?;
    html(&List { p: visitor.page(&state, "seller.products.title"), products: found.items, next: found.next })
}

#[derive(Template)]
#[template(path = "seller/product.html")]
struct Form {
    p: Page,
    f: Fields,
    kinds: Vec<&'static str>,
    own: Option<Own>,
    key: String,
}

/// A product that exists.
struct Own {
    product: ProductView,
    stock: Option<StockView>,
    loaded: Option<LoadedView>,
    /// From how few codes on he is told.
    least: u32,
    probe: Option<ProbeSettingView>,
    asks_issuers: bool,
}

/// `GET /seller/products/new`
pub async fn new(State(state): State<AppState>, visitor: Visitor) -> Web {
    visitor.signed_in()?;
    // A person without a shop is told now, not after he has filled in the form.
    let who = visitor.principal.clone();
    state.run(move |app| app.list_own_products(&who, &crate::web::desk::first(1))).await?;
    let f = Fields::default().with("kind", "game_card").with("promise_hours", 24).with("window_days", 15);
    let f = f.with("warranty_days", 0).with("on_sale", 1);
    html(&form(visitor.page(&state, "seller.product.new"), f, None))
}

/// `GET /seller/products/{id}`
pub async fn edit(State(state): State<AppState>, visitor: Visitor, Path(id): Path<ProductId>) -> Web {
    visitor.signed_in()?;
    let own = load(&state, &visitor, &id, None).await?;
    html(&form(visitor.page(&state, "seller.product.edit"), fields_of(&own.product), Some(own)))
}

impl Form {
    /// Whether the product's way of delivery knows this event; a new product may still become either.
    fn possible(&self, event: &str) -> bool {
        self.own.as_ref().is_none_or(|own| (own.product.terms.delivery == "credit") == (event == "credited"))
    }

    /// What the form about the issuer shows: what was typed, else what holds.
    fn probe_field(&self, own: &Own, name: &str) -> String {
        match (self.f.optional(name), &own.probe) {
            (Some(typed), _) => typed,
            (None, Some(probe)) if name == "url" => probe.url.clone(),
            (None, Some(probe)) => probe.issuer_key.clone(),
            (None, None) => String::new(),
        }
    }

    /// Line numbers, the first twenty.
    fn lines(&self, numbers: &[u32]) -> String {
        let shown: Vec<String> = numbers.iter().take(20).map(u32::to_string).collect();
        shown.join(", ") + if numbers.len() > 20 { " …" } else { "" }
    }
}

/// The page of a product with what was typed about its issuer.
pub(super) async fn with_probe(
    state: &AppState,
    visitor: &Visitor,
    page: Page,
    id: &ProductId,
    typed: Fields,
) -> yuanlu_app::Result<impl Template + use<>> {
    let own = load(state, visitor, id, None).await?;
    let f = fields_of(&own.product).with("url", typed.text("url")).with("issuer_key", typed.text("issuer_key"));
    Ok(form(page, f, Some(own)))
}

fn form(p: Page, f: Fields, own: Option<Own>) -> Form {
    Form { p, f, kinds: ProductKind::ALL.iter().map(|kind| kind.code()).collect(), own, key: fresh_key() }
}

async fn load(
    state: &AppState,
    visitor: &Visitor,
    id: &ProductId,
    loaded: Option<LoadedView>,
) -> yuanlu_app::Result<Own> {
    let (who, id) = (visitor.principal.clone(), id.clone());
    let (product, stock, least, probe, asks_issuers) = state
        .run(move |app| {
            let product = app.load_own_product(&who, &id)?;
            let stock = (product.terms.delivery == "code").then(|| app.stock(&who, &id)).transpose()?;
            let probe = app.product_probe(&who, &id)?;
            let least = app.stock_threshold(&who, &id)?;
            Ok((product, stock, least, probe, app.asks_issuers()))
        })
        .await?;
    Ok(Own { product, stock, loaded, least, probe, asks_issuers })
}

/// A product as its form shows it.
fn fields_of(product: &ProductView) -> Fields {
    let terms = &product.terms;
    let mut f = Fields::default()
        .with("title", &product.title)
        .with("description", &product.description)
        .with("how_to_use", &product.how_to_use)
        .with("kind", terms.kind)
        .with("delivery_event", terms.delivery_event)
        .with("face", terms.face.as_ref().map_or("", |face| face.text.as_str()))
        .with("price", &terms.price.text)
        .with("currency", terms.price.currency)
        .with("promise_hours", terms.promise_hours)
        .with("window_days", terms.window_days)
        .with("warranty_days", terms.warranty_days);
    for (name, ticked) in [
        ("fee_disclosed", terms.fee_basis_points > 0),
        ("needs_confirmation", product.needs_confirmation),
        ("on_sale", product.on_sale),
        ("special", terms.special.is_some()),
    ] {
        if ticked {
            f = f.with(name, 1);
        }
    }
    match &terms.special {
        Some(special) => f
            .with("special_until", special.until.unwrap_or(""))
            .with("special_days", special.days)
            .with("special_fee", percent_text(special.fee_basis_points)),
        None => f,
    }
}

/// What the form says.
fn input_of(f: &Fields) -> Result<ProductInput, WebError> {
    let special = match f.ticked("special") {
        true => Some(SpecialInput {
            until: f.optional("special_until"),
            days: whole(f, "special_days")?,
            fee_basis_points: match f.text("special_fee") {
                "" => 0,
                text => percent_of(text, "special_fee")?,
            },
        }),
        false => None,
    };
    Ok(ProductInput {
        title: f.text("title").to_owned(),
        description: f.text("description").to_owned(),
        how_to_use: f.text("how_to_use").to_owned(),
        kind: f.text("kind").to_owned(),
        delivery_event: f.optional("delivery_event"),
        face: f.optional("face"),
        price: match f.text("currency") {
            "" | "CNY" => f.text("price").to_owned(),
            currency => format!("{currency} {}", f.text("price")),
        },
        promise_hours: whole(f, "promise_hours")?,
        window_days: whole(f, "window_days")?,
        warranty_days: match f.text("warranty_days") {
            "" => 0,
            _ => whole(f, "warranty_days")?,
        },
        fee_disclosed: f.ticked("fee_disclosed"),
        special,
        needs_confirmation: f.ticked("needs_confirmation"),
        on_sale: f.ticked("on_sale"),
    })
}

fn whole(f: &Fields, name: &'static str) -> Result<u32, WebError> {
    match f.text(name) {
        "" => Err(AppError::invalid(name, "required").into()),
        text => text.parse().map_err(|_| AppError::invalid(name, "not_a_number").into()),
    }
}

/// `POST /seller/products/new`
pub async fn create(State(state): State<AppState>, visitor: Visitor, fields: Fields) -> Web {
    keep(&state, &visitor, None, fields).await
}

/// `POST /seller/products/{id}`: a new version; orders keep the version they were sold under.
pub async fn save(State(state): State<AppState>, visitor: Visitor, Path(id): Path<ProductId>, fields: Fields) -> Web {
    keep(&state, &visitor, Some(id), fields).await
}

async fn keep(state: &AppState, visitor: &Visitor, id: Option<ProductId>, fields: Fields) -> Web {
    visitor.signed_in()?;
    let saved = match input_of(&fields) {
        Ok(input) => {
            let (who, id, key) = (visitor.principal.clone(), id.clone(), fields.optional("key"));
            let save = move |app: &App| match id {
                Some(id) => app.save_product(&who, Some(&id), &input),
                None => app.create_product(&who, &input, key.as_deref()),
            };
            state.run(save).await
        }
        Err(WebError::App(error)) => Err(error),
        Err(other) => return Err(other),
    };
    let path = saved.as_ref().map_or(String::new(), |product| format!("/seller/products/{}", product.id));
    match done(saved, &path, said("saved")) {
        Ok(answer) => answer,
        Err((error, status)) => {
            let title = if id.is_some() { "seller.product.edit" } else { "seller.product.new" };
            let own = match &id {
                Some(id) => Some(load(state, visitor, id, None).await?),
                None => None,
            };
            html_with(status, &form(visitor.page(state, title).refused(&error), fields, own))
        }
    }
}

/// `POST /seller/products/{id}/threshold`: from how few codes on its seller is told.
pub async fn set_threshold(
    State(state): State<AppState>,
    visitor: Visitor,
    Path(id): Path<ProductId>,
    f: Fields,
) -> Web {
    visitor.signed_in()?;
    let (who, product, least) = (visitor.principal.clone(), id.clone(), f.number::<u32>("least")?);
    let outcome = state.run(move |app| app.set_stock_threshold(&who, &product, least)).await;
    match done(outcome, &format!("/seller/products/{id}"), said("saved")) {
        Ok(answer) => answer,
        Err((error, status)) => {
            let own = load(&state, &visitor, &id, None).await?;
            let p = visitor.page(&state, "seller.product.edit").refused(&error);
            html_with(status, &form(p, fields_of(&own.product), Some(own)))
        }
    }
}

/// `POST /seller/products/{id}/codes`: codes as text or file. The answer names line numbers, never codes.
pub async fn load_codes(
    State(state): State<AppState>,
    visitor: Visitor,
    Path(id): Path<ProductId>,
    body: Multipart,
) -> Web {
    visitor.signed_in()?;
    let (fields, files) = read_multipart(&state, body).await?;
    let (who, product) = (visitor.principal.clone(), id.clone());
    let outcome = match text_of(&fields, files) {
        Ok(text) => state.run(move |app| app.load_codes(&who, &product, &text)).await,
        Err(error) => Err(error),
    };
    let p = visitor.page(&state, "seller.product.edit");
    let (p, loaded, code) = match outcome {
        Ok(loaded) => (p, Some(loaded), StatusCode::OK),
        Err(error @ (AppError::NotFound | AppError::Forbidden | AppError::NeedsSecondFactor)) => {
            return Err(error.into());
        }
        Err(error) => (p.refused(&error), None, status(&error)),
    };
    let own = load(&state, &visitor, &id, loaded).await?;
    html_with(code, &form(p, fields_of(&own.product), Some(own)))
}

/// The file when there is one, else what was typed.
fn text_of(fields: &Fields, files: Vec<crate::form::Upload>) -> yuanlu_app::Result<String> {
    match files.into_iter().find(|file| file.field == "file") {
        Some(file) => {
            let content = file.content.read().map_err(|_| AppError::Unavailable)?;
            let text = std::str::from_utf8(content.expose()).map_err(|_| AppError::invalid("file", "unreadable"))?;
            Ok(text.to_owned())
        }
        None if fields.text("codes").is_empty() => Err(AppError::invalid("codes", "required")),
        None => Ok(fields.raw("codes").to_owned()),
    }
}
