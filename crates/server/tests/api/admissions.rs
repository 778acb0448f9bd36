//! Becoming a seller by program: the agreement, the application, its files.

use super::house::{FORM, Market};
use serde_json::{Value, json};

const FILE: &str =
    "--edge\r\nContent-Disposition: form-data; name=\"file\"; filename=\"x\"\r\n\r\nlicence\r\n--edge--\r\n";

fn part(name: &str, value: &str) -> String {
    format!("--edge\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
}

fn application(agreements: &Value) -> Value {
    json!({
        "legal_form": "company", "legal_name": "Sea Cards Ltd", "id_number": "91310000MA1FL0000X",
        "contact": "sea@example.cn", "shop": "Sea Cards", "goods": "Game cards, as an authorised distributor.",
        "agreements": agreements,
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_application_carries_the_agreement_and_files_as_on_the_page() {
    let market = Market::open().await;
    let house = &market.house;
    let publish = |mark: &str| {
        let text = format!("{mark}: what sellers and the platform owe each other.");
        let body = json!({ "kind": "seller", "zh": text, "en": text });
        house.post("/staff/platform/agreements").by(&market.admin).json(&body).send()
    };
    let first = publish("First").await.expect(200)["hash"].clone();
    let terms = house.get("/admission-terms").send().await.expect(200);
    assert_eq!((&terms["agreements"][0]["kind"], &terms["agreements"][0]["hash"]), (&json!("seller"), &first));

    let upload = |form: String| house.post("/me/admission/files").by(&market.buyer).raw(FORM, form).send();
    let file = || [part("kind", "other"), FILE.to_owned()].concat();
    assert_eq!(upload(file()).await.problem(404), "not_found", "nothing is applied for");
    let apply = |body: Value| {
        let call = house.post("/me/admission").by(&market.buyer);
        async move { call.json(&body).send().await }
    };
    assert_eq!(apply(application(&json!([]))).await.problem(422), "invalid");
    publish("Second").await.expect(200);
    house.pass(8 * 24 * 3600);
    let changed = apply(application(&json!([first]))).await;
    assert_eq!(changed.json()["why"], "agreement_changed");
    assert_eq!(changed.problem(422), "invalid");
    let terms = house.get("/admission-terms").send().await.expect(200);
    let made = apply(application(&json!([terms["agreements"][0]["hash"]]))).await.expect(201);
    assert_eq!((&made["agreements"][0]["kind"], &made["agreements"][0]["version"]), (&json!("seller"), &json!(2)));

    // The kind first, then one file; each call adds one, up to what an application holds.
    assert_eq!(upload(FILE.to_owned()).await.problem(422), "invalid", "of which kind?");
    let odd = [part("kind", "nothing_like_it"), FILE.to_owned()].concat();
    assert_eq!(upload(odd).await.problem(422), "invalid");
    assert_eq!(upload([part("colour", "red"), file()].concat()).await.problem(422), "invalid");
    let stranger = house.post("/me/admission/files").raw(FORM, file()).send().await;
    assert_eq!(stranger.problem(401), "not_signed_in");
    for n in 1..=6 {
        let shown = upload(file()).await.expect(200);
        assert_eq!(shown["evidence"].as_array().map(Vec::len), Some(n));
    }
    assert_eq!(upload(file()).await.problem(422), "no_room");
    house.post("/me/admission/withdraw").by(&market.buyer).send().await.expect(200);
    assert_eq!(upload(file()).await.problem(409), "wrong_state");
}
