//! News of a case.

use super::house::Market;
use axum::body::Body;
use axum::http::Request;
use std::time::Duration;
use tower::ServiceExt;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_watches_a_case_hears_of_changes() {
    let market = Market::open().await;
    let (_, case) = market.open_case().await;
    let request = |token: &str| {
        let request = Request::builder().uri(format!("/api/v1/cases/{case}/events"));
        request.header("authorization", format!("Bearer {token}")).body(Body::empty()).unwrap()
    };
    let stranger = market.house.router.clone().oneshot(request(&market.stranger)).await.unwrap();
    assert_eq!(stranger.status(), 404);
    let response = market.house.router.clone().oneshot(request(&market.buyer)).await.unwrap();
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let path = format!("/cases/{case}/withdraw");
    market.house.post(&path).by(&market.buyer).send().await.expect(200);
    let mut body = response.into_body();
    let heard = tokio::time::timeout(Duration::from_secs(10), async {
        let mut text = String::new();
        while !text.contains("\n\n") {
            let frame = std::future::poll_fn(|cx| axum::body::HttpBody::poll_frame(std::pin::Pin::new(&mut body), cx));
            let data = frame.await.unwrap().unwrap().into_data().unwrap();
            text.push_str(std::str::from_utf8(&data).unwrap());
        }
        text
    });
    assert!(heard.await.unwrap().starts_with("event: changed\ndata: "));
}
