//! The public rules: everything the policy holds, in both languages, at an address of its own for every version.

use crate::house::House;
use serde_json::{Value, json};
use yuanlu_domain::policy::Policy;

/// A policy in which every number that can differ from the program's own does, as its page has to show.
fn other_policy() -> String {
    let mut policy: Value = serde_json::from_str(Policy::builtin().text()).unwrap();
    policy["version"] = json!("2027-01 test");
    for (name, value) in [
        ("window_days", 14),
        ("least_window_days", 8),
        ("most_fee_basis_points", 650),
        ("seller_answer_hours", 36),
        ("appeal_working_days", 11),
        ("large_above_minor", 654_300),
        ("lot_years", 3),
        ("forgery_points", -37),
        ("panel_seats", 19),
        ("panel_majority", 10),
    ] {
        policy["parameters"][name] = json!(value);
    }
    policy.to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_is_written_from_the_policy() {
    let house = House::open();
    let text = other_policy();
    let published = house.app.publish_policy(&house.admin, &text, Some("2026-12-24")).unwrap();
    let path = format!("/rules/{}", published.hash);
    let mut zh = house.visitor("zh");
    let page = zh.get(&path).await;
    page.shows(&["2027-01 test", "即将生效", "2026-12-24", "尚未生效", "8–15 个自然日", "没有写明的为 14 天"]);
    page.holds(&[
        "最高 6.5%",
        "36 小时内答复",
        "11 个工作日内可申诉",
        "¥6543.00",
        "有效期 3 年",
        "扣 37 分",
        "19 席，10 票",
    ]);
    let mut en = house.visitor("en");
    let page = en.get(&path).await;
    page.shows(&["2027-01 test", "not in force", "until 8–15 days after completion", "else 14 days", "6.5%"]);
    page.holds(&["36 hours to answer", "within 11 working days", "¥6543.00", "valid for 3 year(s)", "takes 37 points"]);
    // Deliveries, arrival times and rows stand there too, rows with their conditions.
    page.holds(&[
        "once you reveal the code",
        "UnionPay",
        "1–5 working days",
        "10 working days",
        "Whether",
        "Who decides",
    ]);
    page.holds(&[
        "reason given by the buyer: Changed my mind",
        "Refunded less the fee shown at checkout",
        "id=\"R16\"",
    ]);

    // Meanwhile the rules in force stand at their own place, and say what is coming.
    let current = zh.get("/rules").await;
    current.shows(&["现行", "新规则将于 2026-12-24 生效", &path, "24 小时内答复"]).hides(&["36 小时内答复"]);
    let builtin = Policy::builtin().hash();
    zh.get(&format!("/rules/{builtin}")).await.shows(&["将于 2026-12-24 由新版本接替", builtin.as_str()]);
    assert_eq!(zh.get("/rules/0123").await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_leads_to_the_rules_it_was_placed_under() {
    let house = House::open();
    let mut buyer = house.buyer("ming", "en").await;
    let before = house.buys(&mut buyer, &house.card).await;
    let published = house.app.publish_policy(&house.admin, &other_policy(), Some("2026-12-24")).unwrap();
    let old = format!("/rules/{}", Policy::builtin().hash());
    buyer.get(&format!("/o/{before}")).await.shows(&[&old]);
    house.app.clock().set(published.since.0);
    let mut anybody = house.visitor("en");
    anybody.get(&old).await.shows(&["Past", "Another version took over on 2026-12-24"]);
    anybody.get("/rules").await.shows(&["2027-01 test", "In force", "36 hours to answer"]);
}

/// What a product says of itself are the sentences of the rules page, with the product's own numbers.
#[tokio::test(flavor = "multi_thread")]
async fn products_speak_in_the_same_sentences() {
    let house = House::open();
    for (language, sentences) in [
        (
            "zh",
            [
                "你点击查看卡密，即视为已交付",
                "交易完成后 15 个自然日内可申请退款",
                "收取 5% 手续费",
                "付款后 24 小时内交付",
            ],
        ),
        (
            "en",
            [
                "once you reveal the code",
                "until 15 days after the sale is complete",
                "a fee of 5%",
                "within 24 hours of payment",
            ],
        ),
    ] {
        let mut visitor = house.visitor(language);
        visitor.get(&format!("/p/{}", house.card)).await.shows(&sentences).holds(&["href=\"/rules\""]);
        visitor.get("/rules").await.shows(&sentences);
    }
}
