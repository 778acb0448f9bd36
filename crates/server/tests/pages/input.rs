//! Bad input: one sentence that says what to do, and nothing written.

use crate::house::House;

#[tokio::test(flavor = "multi_thread")]
async fn a_checkout_that_cannot_be_is_shown_again_with_the_reason() {
    let house = House::open();
    let mut buyer = house.buyer("ming", "en").await;
    let base = |quantity: &'static str, price: &'static str, tender: &'static str| {
        [("product", house.card.as_str()), ("quantity", quantity), ("seen_price", price), ("tender", tender)]
    };
    for (fields, sentence) in [
        (base("0", "95.00", "balance"), "The quantity has to be between 1 and"),
        (base("-1", "95.00", "balance"), "Quantity has to be a number"),
        (base("x", "95.00", "balance"), "Quantity has to be a number"),
        (base("1", "90.00", "balance"), "The price is now 95.00"),
        (base("1", "95.00", "gold"), "Way of paying is not one of the choices"),
        (base("7", "95.00", "balance"), "Not enough balance"),
    ] {
        buyer.post("/checkout", &fields).await.refuses(422, sentence);
    }
    let unticked =
        [("product", house.confirmed.as_str()), ("quantity", "1"), ("seen_price", "95.00"), ("tender", "balance")];
    buyer.post("/checkout", &unticked).await.refuses(422, "Please read and tick the confirmation");
    buyer.get("/orders").await.shows(&["No orders yet"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_application_that_cannot_be_is_shown_again_as_it_was_filled_in() {
    let house = House::open();
    let mut buyer = house.buyer("ming", "en").await;
    let order = house.buys(&mut buyer, &house.card).await;
    let path = format!("/o/{order}/refund");
    let words = "it says the code was <used> before";
    for (extra, status, sentence) in [
        (("amount", "-5"), 422, "How much"),
        (("amount", "0"), 422, "has to be above zero"),
        (("amount", "1.234"), 422, "two decimals at most"),
        (("amount", "abc"), 422, "has to be a number"),
        (("amount", "99999999999999999999"), 422, "larger than allowed"),
        (("units", "9"), 422, ""),
        (("units", "x"), 422, "Items is not one of the choices"),
    ] {
        let fields = [("units", "1"), ("reason", "invalid_code"), ("text", words), extra];
        let reply = buyer.post_files(&path, &fields, &[]).await;
        assert!(reply.status == 404 || reply.status == status, "{extra:?}: {}", reply.status);
        if reply.status == status {
            reply.holds(&[sentence, "role=\"alert\"", "it says the code was &#60;used&#62; before"]);
        }
    }
    for (reason, sentence) in [("", "Reason"), ("greed", "Reason is not one of the choices")] {
        let fields = [("units", "1"), ("reason", reason), ("text", words)];
        buyer.post_files(&path, &fields, &[]).await.refuses(422, sentence);
    }
    let fields = [("units", "1"), ("reason", "invalid_code"), ("text", words)];
    let script: &[u8] = b"<script>alert(1)</script>";
    buyer.post_files(&path, &fields, &[("file_1", script)]).await.refuses(422, "file type that is not accepted");
    let huge = vec![0u8; 10 * 1024 * 1024 + 1];
    buyer.post_files(&path, &fields, &[("file_1", &huge)]).await.refuses(413, "That is too large");
    let endless = "x".repeat(20_000);
    let fields = [("units", "1"), ("reason", "invalid_code"), ("text", endless.as_str())];
    buyer.post_files(&path, &fields, &[]).await.refuses(422, "too long");
    buyer.get("/refunds").await.shows(&["No applications yet"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_read_at_all_gets_a_page_too() {
    let house = House::open();
    let mut buyer = house.buyer("ming", "en").await;
    let order = house.buys(&mut buyer, &house.card).await;
    buyer.post(&format!("/o/{order}/reveal/abc"), &[]).await.refuses(400, "could not be read");
    buyer.post(&format!("/o/{order}/confirm"), &[("units", "70000")]).await.refuses(422, "Items");
    buyer.get("/logout").await.refuses(405, "does not take that kind of request");
    buyer.get("/p/none").await.refuses(404, "no such page");
    buyer.get("/no/such/page").await.refuses(404, "no such page");
    buyer.post("/demo/clock", &[("to", "yesterday")]).await.refuses(422, "Target is not one of the choices");
    let large = "x".repeat(3 * 1024 * 1024);
    buyer.post("/login", &[("login", &large)]).await.refuses(413, "That is too large");
    buyer.get("/orders?cursor=%00nonsense").await.refuses(422, "Page");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_sent_twice_is_done_once() {
    let house = House::open();
    let mut buyer = house.buyer("ming", "en").await;
    let fields = [
        ("key", "one-and-the-same-key"),
        ("product", house.confirmed.as_str()),
        ("quantity", "1"),
        ("seen_price", "95.00"),
        ("tender", "balance"),
        ("confirmed", "1"),
    ];
    let first = buyer.post("/checkout", &fields).await;
    let again = buyer.post("/checkout", &fields).await;
    first.goes_to("/o/");
    assert_eq!(first.location, again.location);
    let mut other = fields;
    other[2].1 = "2";
    buyer.post("/checkout", &other).await.refuses(409, "used for something else");
}
