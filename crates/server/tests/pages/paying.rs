//! Paying at a channel that must be asked first, and topping a balance up: pages that work without script.

use super::house::{House, Visitor};
use yuanlu_app::cashier::{CashierAnswer, Way};
use yuanlu_money::Money;

/// What a job does: asks the channel, which answers so.
fn job(house: &House, answer: impl Fn(yuanlu_domain::time::Instant) -> CashierAnswer) -> usize {
    let now = house.app.now();
    let asked = house.app.claim_asks(now, now.plus_seconds(20), 10).unwrap();
    asked.iter().for_each(|ask| house.app.cashier_answered(&ask.no, answer(now)).unwrap());
    asked.len()
}

async fn placed(house: &House, buyer: &mut Visitor) -> String {
    let fields = [("product", house.card.as_str()), ("quantity", "1"), ("seen_price", "95.00"), ("tender", "paper")];
    let placed = buyer.post("/checkout", &fields).await;
    placed.goes_to("/pay/");
    placed.location.clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_to_scan_is_drawn_as_soon_as_it_is_there() {
    let house = House::that_asks();
    let mut buyer = house.buyer("asking", "en").await;
    let pay = placed(&house, &mut buyer).await;
    buyer.get(&pay).await.shows(&["Asking paper how to pay", "Look again", "http-equiv=\"refresh\" content=\"2\""]);
    assert_eq!(job(&house, |now| CashierAnswer::Later { code: "timed_out".into(), due: now.plus_seconds(1) }), 1);
    buyer.get(&pay).await.shows(&["does not answer at the moment", "Nothing was charged", "Pay another way"]);
    house.app.clock().set(house.app.now().plus_seconds(2));
    let code = "weixin://wxpay/bizpayurl?pr=<x>";
    let ready = |now: yuanlu_domain::time::Instant| CashierAnswer::Ready {
        way: Way::Qr(code.into()),
        reference: None,
        expires_at: now.plus_minutes(10),
    };
    assert_eq!(job(&house, ready), 1);
    let page = buyer.get(&pay).await;
    page.shows(&["<svg class=\"qr\"", "Scan with paper to pay", "content=\"8\""]).hides(&["pr=<x>", "href=\"weixin"]);
    // Another way and back again: one number at each channel.
    let number = |body: &str| body.split("class=\"qr\"").count();
    assert_eq!(number(&page.body), 2);
    let again = format!("/o/{}/pay", pay.trim_start_matches("/pay/"));
    buyer.post(&again, &[("tender", "paper")]).await.goes_to(&format!("{pay}?by=paper"));
    assert_eq!(job(&house, ready), 0, "what was answered stands");
    house.visitor("en").get(&pay).await.refuses(404, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_channel_refuses_is_said_and_a_link_must_be_one() {
    let house = House::that_asks();
    let mut buyer = house.buyer("refused", "en").await;
    let pay = placed(&house, &mut buyer).await;
    buyer.get(&pay).await;
    job(&house, |_| CashierAnswer::Refused { code: "PARAM_ERROR".into() });
    let page = buyer.get(&pay).await;
    page.shows(&["paper cannot be used for this payment now", "Pay another way"]).hides(&["PARAM_ERROR"]);
    assert_eq!(job(&house, |_| CashierAnswer::Refused { code: String::new() }), 0, "looking asks nobody again");
    let again = format!("/o/{}/pay", pay.trim_start_matches("/pay/"));
    buyer.post(&again, &[("tender", "paper")]).await;
    let script = |now: yuanlu_domain::time::Instant| CashierAnswer::Ready {
        way: Way::Link("javascript:alert(1)".into()),
        reference: None,
        expires_at: now.plus_minutes(10),
    };
    assert_eq!(job(&house, script), 1, "he asked for another try");
    buyer.get(&pay).await.shows(&["cannot be used"]).hides(&["javascript:"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_balance_is_topped_up_after_its_terms_were_confirmed() {
    let house = House::with_channel();
    let mut buyer = house.buyer("saver", "en").await;
    buyer.get("/account").await.shows(&["/account/balance"]);
    let page = buyer.get("/account/balance").await;
    page.shows(&["500.00", "¥1.00 to ¥5000.00 at a time", "not paid out again", "name=\"confirmed\""]);
    let fields = [("amount", "20.00"), ("tender", "paper")];
    buyer.post("/account/balance", &fields).await.refuses(422, "confirm");
    let fields = [("amount", "0.10"), ("tender", "paper"), ("confirmed", "1")];
    buyer.post("/account/balance", &fields).await.refuses(422, "between 1.00–5000.00 yuan");
    let fields = [("amount", "20.00"), ("tender", "paper"), ("confirmed", "1"), ("key", "once")];
    let begun = buyer.post("/account/balance", &fields).await;
    begun.goes_to("/account/top-ups/");
    assert_eq!(buyer.post("/account/balance", &fields).await.location, begun.location, "two clicks, one top-up");
    let pay = buyer.get(&begun.location).await;
    pay.shows(&["Pay for the top-up", "¥20.00", "/paper/", "amount=2000"]);
    let no = begun.location.trim_start_matches("/account/top-ups/").to_owned();
    house.visitor("en").get(&begun.location).await.goes_to("/login");
    let mut other = house.buyer("other", "en").await;
    other.get(&begun.location).await.refuses(404, "");
    house.app.payment_succeeded(&"paper".into(), &no.as_str().into(), "REF9", Money::cny(2_000)).unwrap();
    buyer.get(&begun.location).await.goes_to("/account/balance");
    buyer.get("/account/balance").await.shows(&["520.00", "Arrived"]);
}
