//! The goods and people of the demo marketplace. Every brand in it is invented.

use crate::random::Random;
use yuanlu_app::inputs::{ProductInput, SpecialInput};

/// A seller of the demo.
#[derive(Clone, Copy, Debug)]
pub struct SellerPlan {
    /// Shop name.
    pub name: &'static str,
    /// Login name of the person who sells there.
    pub login: &'static str,
    /// Goods the platform sells itself (自营).
    pub self_operated: bool,
    /// Deposit paid in, as decimal text.
    pub deposit: &'static str,
}

/// The sellers.
pub const SELLERS: &[SellerPlan] = &[
    SellerPlan { name: "原路自营 Yuanlu Direct", login: "direct", self_operated: true, deposit: "0" },
    SellerPlan { name: "星河点卡 Galaxy Cards", login: "seller", self_operated: false, deposit: "20000.00" },
    SellerPlan { name: "极速直充 Swift Top-up", login: "swift", self_operated: false, deposit: "15000.00" },
    SellerPlan {
        name: "光影会员屋 Stream House", login: "streamhouse", self_operated: false, deposit: "10000.00"
    },
    SellerPlan { name: "正软铺子 Licence Corner", login: "licences", self_operated: false, deposit: "30000.00" },
    SellerPlan { name: "南风游戏商行 South Wind", login: "southwind", self_operated: false, deposit: "8000.00" },
    SellerPlan { name: "云币小站 Cloud Coin", login: "cloudcoin", self_operated: false, deposit: "5000.00" },
];

/// A product of the demo.
#[derive(Clone, Copy, Debug)]
pub struct ProductPlan {
    /// Short name, for the plans.
    pub key: &'static str,
    /// Position in [`SELLERS`].
    pub seller: usize,
    /// Title.
    pub title: &'static str,
    /// Description.
    pub description: &'static str,
    /// How to use it.
    pub how_to_use: &'static str,
    /// Kind code.
    pub kind: &'static str,
    /// Delivery event code, where it differs from the kind's own.
    pub delivery_event: Option<&'static str>,
    /// Face value.
    pub face: Option<&'static str>,
    /// Price.
    pub price: &'static str,
    /// Delivery promise in hours.
    pub promise_hours: u32,
    /// Window in days.
    pub window_days: u32,
    /// Warranty in days.
    pub warranty_days: u32,
    /// A fee on a change of mind is disclosed.
    pub fee: bool,
    /// Special agreement: until which event (`None`: even after use), days, fee in basis points.
    pub special: Option<(Option<&'static str>, u32, u32)>,
    /// Confirmation box.
    pub confirmation: bool,
    /// Codes to load, none for goods that are credited.
    pub codes: usize,
    /// First letters of its codes.
    pub prefix: &'static str,
    /// Its issuer is asked about codes; the last character of each says how it answers.
    pub probed: bool,
}

const PLAIN: ProductPlan = ProductPlan {
    key: "",
    seller: 1,
    title: "",
    description: "",
    how_to_use: "",
    kind: "game_card",
    delivery_event: None,
    face: None,
    price: "1.00",
    promise_hours: 24,
    window_days: 15,
    warranty_days: 0,
    fee: false,
    special: None,
    confirmation: false,
    codes: 0,
    prefix: "",
    probed: false,
};

/// The products.
pub const PRODUCTS: &[ProductPlan] = &[
    ProductPlan {
        key: "game100",
        title: "星穹大陆 点卡 100 元 · Starvault 100 CNY game card",
        description: "充值后得 1000 星石，全区全服可用，有效期三年。\nAdds 1,000 star stones on any server; valid for three years.",
        how_to_use: "官网登录 → 充值中心 → 输入卡密。\nSign in, open the top-up centre, type the code.",
        face: Some("100.00"),
        price: "98.00",
        fee: true,
        codes: 260,
        prefix: "SV1",
        ..PLAIN
    },
    ProductPlan {
        key: "probed68",
        title: "星穹大陆 联名卡 68 元 · Starvault 68 CNY gift card (code can be checked)",
        description: "发卡方可查询卡密是否已被使用；有争议时系统会自动核实。\nIts issuer can say whether a code was used; in a dispute we ask.",
        how_to_use: "官网登录 → 充值中心 → 输入卡密。\nSign in, open the top-up centre, type the code.",
        face: Some("68.00"),
        price: "66.00",
        codes: 60,
        prefix: "SVC",
        probed: true,
        ..PLAIN
    },
    ProductPlan {
        key: "game30",
        title: "星穹大陆 点卡 30 元 · Starvault 30 CNY game card",
        description: "充值后得 300 星石。\nAdds 300 star stones.",
        how_to_use: "官网登录 → 充值中心 → 输入卡密。\nSign in, open the top-up centre, type the code.",
        face: Some("30.00"),
        price: "29.50",
        special: Some((Some("code_revealed"), 7, 0)),
        codes: 140,
        prefix: "SV3",
        ..PLAIN
    },
    ProductPlan {
        key: "directcard",
        seller: 0,
        title: "【自营】原路通用礼品卡 200 元 · Yuanlu gift card 200 CNY",
        description: "可在原路自营商品中使用，三年有效，不记名。\nFor goods sold by the platform itself; valid for three years.",
        how_to_use: "结算时输入卡密抵扣。\nType the code at checkout.",
        face: Some("200.00"),
        price: "200.00",
        special: Some((Some("code_revealed"), 15, 0)),
        codes: 90,
        prefix: "YL2",
        ..PLAIN
    },
    ProductPlan {
        key: "directsoft",
        seller: 0,
        title: "【自营】雪松办公套件 一年授权 · Cedar Office, one year",
        description: "文字、表格、演示三合一，一机一码，送一年更新。\nWriter, tables and slides for one computer, with a year of updates.",
        how_to_use: "安装后打开“帮助 → 激活”，输入序列号。\nInstall, open Help → Activate, type the serial.",
        kind: "software_licence",
        price: "268.00",
        warranty_days: 180,
        fee: true,
        codes: 60,
        prefix: "CED",
        ..PLAIN
    },
    ProductPlan {
        key: "phone50",
        seller: 2,
        title: "话费直充 50 元 · Phone credit 50 CNY",
        description: "全国三网通用，通常 10 分钟内到账，最迟 24 小时。\nAll carriers; usually within ten minutes, at the latest in 24 hours.",
        how_to_use: "下单后由卖家充入您填写的号码。\nThe seller credits the number you left.",
        kind: "direct_top_up",
        face: Some("50.00"),
        price: "49.80",
        ..PLAIN
    },
    ProductPlan {
        key: "phone200",
        seller: 2,
        title: "话费直充 200 元 · Phone credit 200 CNY",
        description: "全国三网通用，承诺 12 小时内到账。\nAll carriers; promised within 12 hours.",
        how_to_use: "下单后由卖家充入您填写的号码。\nThe seller credits the number you left.",
        kind: "direct_top_up",
        face: Some("200.00"),
        price: "198.50",
        promise_hours: 12,
        fee: true,
        ..PLAIN
    },
    ProductPlan {
        key: "gas300",
        seller: 2,
        title: "加油卡直充 300 元 · Fuel card top-up 300 CNY",
        description: "充值到加油卡备付金，48 小时内到账。\nGoes to the card's reserve within 48 hours.",
        how_to_use: "到账后在加油站圈存。\nLoad it at any station once it has arrived.",
        kind: "direct_top_up",
        face: Some("300.00"),
        price: "297.00",
        promise_hours: 48,
        ..PLAIN
    },
    ProductPlan {
        key: "video12",
        seller: 3,
        title: "银杏视频 年度会员 · Ginkgo Video, one year",
        description: "直充到账号，含 4K 与三台设备。\nCredited to your account; 4K, three devices.",
        how_to_use: "到账后重新登录即可。\nSign in again once it is credited.",
        kind: "membership",
        price: "168.00",
        special: Some((Some("credited"), 15, 0)),
        ..PLAIN
    },
    ProductPlan {
        key: "video1",
        seller: 3,
        title: "银杏视频 月度会员 · Ginkgo Video, one month",
        description: "直充到账号，自动续费默认关闭。\nCredited to your account; does not renew by itself.",
        how_to_use: "到账后重新登录即可。\nSign in again once it is credited.",
        kind: "membership",
        price: "19.80",
        ..PLAIN
    },
    ProductPlan {
        key: "music12",
        seller: 3,
        title: "青鸟音乐 年卡 · Bluebird Music, one year",
        description: "无损音质，离线下载。卖家另外承诺 30 天内不满意收取 5% 手续费可退。\nLossless, offline. The seller also takes it back for a 5% fee within 30 days.",
        how_to_use: "直充到账号。\nCredited to your account.",
        kind: "membership",
        price: "118.00",
        special: Some((None, 30, 500)),
        ..PLAIN
    },
    ProductPlan {
        key: "antivirus",
        seller: 4,
        title: "磐石杀毒 三年授权 · Bedrock Antivirus, three years",
        description: "三台设备，含 90 天质保。\nThree devices, 90 days of warranty.",
        how_to_use: "安装后输入序列号。\nInstall and type the serial.",
        kind: "software_licence",
        price: "239.00",
        warranty_days: 90,
        codes: 70,
        prefix: "BED",
        ..PLAIN
    },
    ProductPlan {
        key: "photo",
        seller: 4,
        title: "拾光修图 专业版 · Afterglow Photo Pro",
        description: "永久授权，一机一码。显示序列号后视为交付。\nPerpetual, one computer. Counts as delivered once the serial is shown.",
        how_to_use: "官网下载，输入序列号。\nDownload from the maker, type the serial.",
        kind: "software_licence",
        price: "499.00",
        fee: true,
        confirmation: true,
        codes: 60,
        prefix: "AFG",
        ..PLAIN
    },
    ProductPlan {
        key: "server",
        seller: 4,
        title: "鹏程数据库 企业版 · Roc Database Enterprise",
        description: "企业授权，含一年技术支持。\nLicence for a company, with a year of support.",
        how_to_use: "按随附说明导入授权码。\nImport the licence as described.",
        kind: "software_licence",
        price: "6800.00",
        warranty_days: 365,
        codes: 12,
        prefix: "ROC",
        ..PLAIN
    },
    ProductPlan {
        key: "wind50",
        seller: 5,
        title: "江湖行 点券卡 50 元 · Rivers & Lakes 50 CNY card",
        description: "得 5000 点券。出卡即视为交付，下单前请确认。\nAdds 5,000 points. Counts as delivered once the code is issued; please confirm before paying.",
        how_to_use: "游戏内商城 → 兑换。\nIn the game: shop → redeem.",
        delivery_event: Some("code_generated"),
        face: Some("50.00"),
        price: "47.50",
        confirmation: true,
        codes: 130,
        prefix: "RL5",
        ..PLAIN
    },
    ProductPlan {
        key: "rare",
        seller: 5,
        title: "江湖行 限量典藏卡 · Rivers & Lakes collector's card",
        description: "限量发售，售完即止。\nA limited edition, while it lasts.",
        how_to_use: "游戏内商城 → 兑换。\nIn the game: shop → redeem.",
        price: "328.00",
        codes: 3,
        prefix: "RLX",
        ..PLAIN
    },
    ProductPlan {
        key: "coin500",
        seller: 6,
        title: "云币 500 枚 · 500 Cloud Coins",
        description: "云端直播打赏用，兑换码形式。\nFor tips on Cloud Live, as a code.",
        how_to_use: "我的 → 兑换码。\nMe → redeem a code.",
        kind: "virtual_currency",
        face: Some("50.00"),
        price: "49.00",
        fee: true,
        codes: 120,
        prefix: "CC5",
        ..PLAIN
    },
    ProductPlan {
        key: "coin5000",
        seller: 6,
        title: "云币 5000 枚 · 5,000 Cloud Coins",
        description: "云端直播打赏用，大额优惠。\nFor tips on Cloud Live, at a better rate.",
        how_to_use: "我的 → 兑换码。\nMe → redeem a code.",
        kind: "virtual_currency",
        face: Some("500.00"),
        price: "475.00",
        window_days: 10,
        codes: 60,
        prefix: "CC9",
        ..PLAIN
    },
];

impl ProductPlan {
    /// As its seller writes it.
    pub fn input(&self) -> ProductInput {
        ProductInput {
            title: self.title.to_owned(),
            description: self.description.to_owned(),
            how_to_use: self.how_to_use.to_owned(),
            kind: self.kind.to_owned(),
            delivery_event: self.delivery_event.map(str::to_owned),
            face: self.face.map(str::to_owned),
            price: self.price.to_owned(),
            promise_hours: self.promise_hours,
            window_days: self.window_days,
            warranty_days: self.warranty_days,
            fee_disclosed: self.fee,
            special: self.special.map(|(until, days, fee_basis_points)| SpecialInput {
                until: until.map(str::to_owned),
                days,
                fee_basis_points,
            }),
            needs_confirmation: self.confirmation,
            on_sale: true,
        }
    }

    /// Codes, one a line.
    pub fn code_lines(&self, random: &mut Random) -> String {
        let code = |random: &mut Random| {
            format!(
                "{}{}-{}-{}-{}",
                self.prefix,
                random.characters(2),
                random.characters(5),
                random.characters(5),
                random.characters(5)
            )
        };
        let ending = |n: usize| if self.probed { ["7", "A", "9", "B"][n % 4] } else { "" };
        (0..self.codes).map(|n| code(random) + ending(n)).collect::<Vec<_>>().join("\n")
    }
}

/// A product by its short name.
pub fn product(key: &str) -> Option<(usize, &'static ProductPlan)> {
    PRODUCTS.iter().enumerate().find(|(_, product)| product.key == key)
}

/// Login names of the demo's buyers; the first is the one whose password is printed.
pub const BUYERS: &[&str] = &[
    "buyer",
    "linxiaoyu",
    "zhangwei88",
    "chenmo",
    "liu.yang",
    "wangfang",
    "sunny_zhao",
    "huang.lei",
    "zhouzhou",
    "wu.jing",
    "xu_ming",
    "zhu.li",
    "ma.chao",
    "gao_feng",
    "he.na",
    "luo.bin",
    "anna.k",
    "tom.reed",
];

/// Outside organisations whose arbitrators sit on panels: Chinese and English name, registration number, how many people.
pub const ORGANISATIONS: &[(&str, &str, &str, u32)] = &[
    ("江岸消费者权益中心", "Riverbank Consumer Centre", "CX-330100-0147", 7),
    ("数字商品行业协会", "Association of Digital Goods", "SZ-310000-0062", 7),
    ("南城大学法学院公益所", "South City Law Clinic", "GY-440100-0389", 6),
];

/// What people write when they report something.
pub fn report(concern: &str) -> &'static str {
    match concern {
        "off_platform" => "店铺客服多次让我加微信私下交易。 The shop keeps asking me to pay outside the platform.",
        "misconduct" => "审核员与卖家相识，请核查。 The reviewer knows the seller; please look into it.",
        _ => "页面写到账 5000 点券，实际不是全区可用。 The page promises more than the card can do.",
    }
}

/// What buyers write.
pub fn words(reason: &str) -> &'static str {
    match reason {
        "not_delivered" => "等了很久还是没有收到。 I have waited long enough and nothing came.",
        "late_delivery" => "承诺 24 小时内到，第三天才收到，已经用不上了。 It came days after the promise.",
        "not_as_described" => "页面写 100 元，实际只到账一部分。 The page promised more than I received.",
        "invalid_code" => "兑换时提示“卡密无效或已使用”。 The site says the code is invalid or used.",
        "not_credited" => "显示已充值，但账户里没有。 Marked as credited, but my account shows nothing.",
        "system_fault" => "付款后页面报错，无法查看卡密。 The page failed after paying and never showed the code.",
        "duplicate_charge" => "同一笔订单扣了两次款。 I was charged twice for one order.",
        _ => "拍错了，不需要了。 Ordered by mistake.",
    }
}
