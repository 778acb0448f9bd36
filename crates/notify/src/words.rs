//! What messages say about decisions: reasons, what would change them, and where money goes.

/// Why an application was rejected, and what would change that.
pub fn rejection(code: &str, language: &str) -> (&'static str, &'static str) {
    let zh = language == "zh";
    match code {
        "REJECT_USED" if zh => {
            ("商品已核销或已到账，且未查明质量问题", "补充能说明商品本身有问题的材料，例如发行方的报错截图或客服答复")
        }
        "REJECT_USED" => (
            "it was redeemed or credited, and no fault was found",
            "something that shows a fault of the goods, such as the issuer's error message or answer",
        ),
        "REJECT_PERSONAL" if zh => {
            ("个人原因申请，且商品已交付", "如果商品与描述不符、无法使用或未到账，请说明并附材料")
        }
        "REJECT_PERSONAL" => (
            "a change of mind after delivery",
            "if the goods are not as described, do not work or were not credited: say so and show it",
        ),
        "REJECT_WINDOW" if zh => ("超过申请期限", "提供你在期限内联系过卖家或平台的记录，或说明无法按时申请的原因"),
        "REJECT_WINDOW" => (
            "the time to apply was over",
            "a record that you wrote to the seller or to us in time, or what kept you from it",
        ),
        "REJECT_FORGED" if zh => ("依据的材料经查证为伪造", "提供未经修改的原始文件，或说明材料的来源"),
        "REJECT_FORGED" => (
            "it rests on material found to be forged",
            "the original, unchanged files, or where the material came from",
        ),
        "REJECT_NO_FAULT" if zh => ("所述问题经核查不成立", "补充核查时没有的材料，说明核查结论哪里不对"),
        "REJECT_NO_FAULT" => {
            ("the fault claimed was disproved", "material that was not looked at, and what the finding got wrong")
        }
        "REJECT_EVIDENCE" if zh => ("材料不足以证明所述问题", "按页面列出的清单补充材料后重新申请"),
        "REJECT_EVIDENCE" => {
            ("the material does not show it", "the material listed on the page; with it you can apply again")
        }
        _ if zh => ("见页面上的理由", "见页面上的说明"),
        _ => ("see the reasons on the page", "see the page"),
    }
}

/// Where refunded money goes: `balance`, `voucher`, `account`, or the channel it came by.
pub fn route(code: &str, language: &str) -> String {
    let zh = language == "zh";
    let channel = match code {
        "balance" => return if zh { "平台余额" } else { "your balance here" }.to_owned(),
        "voucher" => return if zh { "等值代金券" } else { "a voucher of equal value" }.to_owned(),
        "account" => return if zh { "你指定的账户" } else { "the account you named" }.to_owned(),
        "wechat" => ["微信支付", "WeChat Pay"],
        "alipay" => ["支付宝", "Alipay"],
        "unionpay" => ["银联", "UnionPay"],
        "stripe" | "card" => ["付款时的银行卡", "the card you paid with"],
        _ => ["付款渠道", "the way you paid"],
    };
    if zh { format!("原路退回{}", channel[0]) } else { format!("back to {}", channel[1]) }
}
