//! What the people of a demo say of their orders and refunds, and what the platform publishes about itself.

use crate::course::Cast;
use crate::random::Random;
use crate::{Trouble, World};
use yuanlu_app::inputs::{AgreementInput, HideReviewInput, Page, ReviewInput};
use yuanlu_app::principal::Principal;
use yuanlu_app::views::{Operator, ReviewView};
use yuanlu_domain::ids::{CaseId, DeskId, OrderId};

/// Texts of reviews of goods, by stars from one.
const GOODS: [&[&str]; 5] = [
    &["卡密打不开，最后还是退款了。", "等了一天才有人理。"],
    &["面值和页面写的不一样，商家后来补了。", "使用说明不清楚，自己摸索了半天。"],
    &["能用，就是到账慢了一点。", "中规中矩。"],
    &["发货很快，卡密一次就兑换成功。", "价格合适，下次还来。", ""],
    &["付款后马上就收到卡密。", "第三次买了，一直没有问题。", "退款规则写得清楚，买着放心。", ""],
];
const SERVICE: [&[&str]; 5] = [
    &["审核超过了页面上写的时间。"],
    &["要补的材料没有一次说清楚。"],
    &["结果合理，等得久了一点。"],
    &["每一步都看得到，到账日期也准。", "商家没有回复，到时间自动退了。"],
    &["未使用的卡密，提交后马上就退了。", "原路退回，当天到账。", ""],
];
const REPLIES: &[&str] = &["感谢支持。", "给您添麻烦了，问题批次已经下架。", "已经改好说明，谢谢提醒。"];

/// The operator and the agreements of a demo, which says of itself that it is one.
pub(crate) fn publish(world: &World, admin: &Principal) -> Result<(), Trouble> {
    let app = world.app();
    let operator = Operator {
        name: "原路演示（非真实经营者）".to_owned(),
        name_en: "Yuanlu demo (no real operator)".to_owned(),
        registration_no: "91310000DEMO000000".to_owned(),
        icp: "演示备案号 00000000".to_owned(),
        licence: String::new(),
        address: "本机演示，无经营场所".to_owned(),
        telephone: "000-00000000".to_owned(),
        email: "complaints@demo.example".to_owned(),
    };
    app.set_operator(admin, &operator).map_err(Trouble::at("the operator"))?;
    for (kind, zh, en) in [
        (
            "user",
            "一、平台提供数字商品的交易场所。商品由商品页所列的卖家出售，“平台自营”的由平台出售。\n\
             二、付款先由平台托管，申请期结束且没有未结案件后才结算给卖家。\n\
             三、账户由本人使用，密码和查询密码自行保管。\n\
             四、评价公开展示，任何人不能删除；隐藏须有公开的理由，并可申诉。\n\
             五、本协议修改时公示七天后对新订单生效，已有订单按购买时的版本执行。",
            "1. The platform is a place to trade digital goods. The seller named on a product sells it; what is marked as \
             the platform's own is sold by the platform.\n\
             2. Payments are held by the platform and settled to the seller after the time for applications, once no case \
             is open.\n\
             3. An account is used by its owner, who keeps passwords to himself.\n\
             4. Reviews are public and nobody can delete them; hiding one takes a published reason and can be appealed.\n\
             5. A change of this agreement stands in public for seven days and holds for new orders; earlier orders keep \
             the version they were bought under.",
        ),
        (
            "refund",
            "一、退款条件、时限和手续费以购买时公示的退款规则为准，规则的每个版本都可查。\n\
             二、卖家须在 24 小时内答复，逾期视为同意。\n\
             三、退款原路返回；原路不能退时，经买家同意改用其他方式。\n\
             四、对决定不服的，可以申诉、投诉，也可以向有关部门反映；这不会影响已经批准的款项。",
            "1. When, until when and at what fee a refund is due is said by the refund rules published at the time of the \
             purchase; every version can be read.\n\
             2. The seller answers within 24 hours; silence is consent.\n\
             3. Money goes back the way it came. Where that cannot be, another way needs the buyer's consent.\n\
             4. Decisions can be appealed and complained about, here and outside; what was approved is paid meanwhile.",
        ),
        (
            "seller",
            "一、卖家保证商品来源合法，卡密未经使用，商品说明真实。\n\
             二、卖家按承诺的时限交付，并在 24 小时内答复退款申请；逾期视为同意。\n\
             三、货款由平台保管，订单完成且没有未结案件后结算；保证金用于赔付，退出时按规则退还。\n\
             四、卖家可以对决定提出异议；这不会影响已经批准的退款。",
            "1. The seller warrants that goods come from a lawful source, codes are unused and descriptions are true.\n\
             2. The seller delivers within the time promised and answers applications within 24 hours; silence is consent.\n\
             3. The platform holds what was paid and settles it once the sale is complete and no case is open; the deposit \
             covers losses and is returned by the rules when the shop closes.\n\
             4. The seller can object to a decision; what was approved is paid meanwhile.",
        ),
    ] {
        let input = AgreementInput { kind: kind.to_owned(), zh: zh.to_owned(), en: en.to_owned() };
        app.publish_agreement(admin, &input).map_err(Trouble::at("an agreement"))?;
    }
    Ok(())
}

/// Buyers review what they got and how they were treated; sellers answer some; one review is hidden, and its writer appeals.
pub(crate) fn speak(world: &World, cast: &Cast, random: &mut Random) -> Result<(), Trouble> {
    let app = world.app();
    let all = Page { cursor: None, limit: Some(100) };
    let mut worst: Option<(Principal, ReviewView)> = None;
    for buyer in &cast.buyers {
        for row in app.list_orders(buyer, &all).map_err(Trouble::at("orders"))?.items {
            let id = OrderId::from(row.order.as_str());
            let order = app.load_order(buyer, &id).map_err(Trouble::at("an order"))?;
            if order.actions.contains(&"review") && random.below(3) > 0 {
                let review = app.review_goods(buyer, &id, &opinion(random, &GOODS, row.open_cases > 0), None);
                let review = review.map_err(Trouble::at("a review"))?;
                let owner = cast.sellers.iter().find(|seller| {
                    seller
                        .person()
                        .and_then(|person| person.seller.as_ref())
                        .is_some_and(|own| own.as_str() == review.seller.id)
                });
                if let Some(owner) = owner.filter(|_| random.below(3) == 0) {
                    let happy = review.stars.is_some_and(|stars| stars >= 4);
                    let words = if happy { REPLIES[0] } else { REPLIES[1 + random.below(REPLIES.len() - 1)] };
                    app.reply_to_review(owner, &desk(&review), words).map_err(Trouble::at("an answer"))?;
                } else if worst.as_ref().is_none_or(|(_, known)| review.stars < known.stars) {
                    worst = Some((buyer.clone(), review));
                }
            }
            for case in &order.cases {
                let id = CaseId::from(case.case.as_str());
                let open = app.load_case(buyer, &id).map_err(Trouble::at("a case"))?;
                if open.actions.contains(&"review") && random.below(3) == 0 {
                    app.review_service(buyer, &id, &opinion(random, &SERVICE, false), None)
                        .map_err(Trouble::at("a review"))?;
                }
            }
        }
    }
    if let Some((writer, review)) = worst {
        let why =
            HideReviewInput { ground: "off_topic".to_owned(), words: "内容与所购商品无关。".to_owned() };
        app.hide_review(&cast.risk, &desk(&review), &why).map_err(Trouble::at("hiding"))?;
        app.appeal_review(&writer, &desk(&review), "我写的就是这次购买，请恢复展示。")
            .map_err(Trouble::at("an appeal"))?;
    }
    Ok(())
}

fn desk(review: &ReviewView) -> DeskId {
    DeskId::from(review.review.as_str())
}

/// Most people are content.
fn opinion(random: &mut Random, texts: &[&[&str]; 5], unhappy: bool) -> ReviewInput {
    let at = match random.below(10) {
        _ if unhappy => random.below(3),
        0 => 0,
        1 => 1,
        2 => 2,
        3..=5 => 3,
        _ => 4,
    };
    let words = texts[at][random.below(texts[at].len())];
    ReviewInput { stars: u8::try_from(at + 1).unwrap_or(5), words: words.to_owned() }
}
