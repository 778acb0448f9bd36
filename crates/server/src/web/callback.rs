//! `POST /callback/{channel}`: what channels report. Exempt from the rules for browsers; believed by its signature alone.

use crate::AppState;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use yuanlu_domain::ids::ChannelId;

/// The route of callbacks.
pub fn router() -> Router<AppState> {
    Router::new().route("/callback/{channel}", post(callback))
}

/// Verifies, stores, and only then acknowledges; whatever fails is delivered again by the channel.
async fn callback(
    State(state): State<AppState>,
    Path(channel): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let channel = ChannelId::new(channel);
    let Some(entrance) = state.entrances.get(&channel) else { return StatusCode::NOT_FOUND.into_response() };
    let headers: Vec<(String, String)> =
        headers.iter().filter_map(|(name, value)| Some((name.to_string(), value.to_str().ok()?.to_owned()))).collect();
    let verified = match entrance.callback(&headers, &body, state.app.now()) {
        Ok(verified) => verified,
        Err(error) => {
            tracing::warn!(%channel, %error, "a callback was not believed");
            return StatusCode::BAD_REQUEST.into_response();
        }
    };
    let (status, text) = entrance.acknowledgement();
    let payer = entrance.payer(&body);
    match store(&state, channel.clone(), verified, payer).await {
        Ok(()) => (StatusCode::from_u16(status).unwrap_or(StatusCode::OK), text).into_response(),
        Err(error) => {
            tracing::error!(%channel, %error, "a callback could not be stored");
            StatusCode::SERVICE_UNAVAILABLE.into_response()
        }
    }
}

async fn store(
    state: &AppState,
    channel: ChannelId,
    verified: yuanlu_channels::callback::Verified,
    payer: Option<String>,
) -> yuanlu_app::Result<()> {
    use yuanlu_channels::callback::Verified;
    state
        .run(move |app| match verified {
            Verified::PaymentSucceeded { no, channel_ref, amount } => {
                app.payment_succeeded(&channel, &no, &channel_ref, amount)?;
                payer.map_or(Ok(()), |payer| app.payer_named(&channel, &no, &payer))
            }
            Verified::PaymentDeclined { no, code } => app.payment_declined(&channel, &no, &code),
            Verified::Refund { no, amount, outcome } => app.refund_reported(&channel, &no, amount, outcome),
            Verified::RefundStirred { no, channel_ref } => app.refund_stirred(&channel, &no, channel_ref),
            Verified::Complaint { number } => app.outside_stirred(&channel, &number),
            Verified::Other { about } => app.callback_unmatched(&channel, &about),
        })
        .await
}
