//! Papers for outside, by the pages.

use crate::house::{CODE, House};
use yuanlu_app::{Principal, Variant};
use yuanlu_paper::{certificate, package, zip};

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_is_shown_printed_checked_and_found_out_when_changed() {
    let house = House::open();
    let mut buyer = house.buyer("ming", "zh").await;
    let order = house.buys(&mut buyer, &house.card).await;
    let fields = [("units", "1"), ("reason", "personal"), ("text", "买错了")];
    let case = buyer.post_files(&format!("/o/{order}/refund"), &fields, &[]).await.location;
    let case = case.split('?').next().unwrap().to_owned();
    buyer.get(&case).await.shows(&["凭证与证据包", "退款凭证"]);
    let page = buyer.get(&format!("{case}/certificate")).await;
    page.shows(&["退款凭证", "¥90.25", "退到平台余额", "m***g", "<svg", "余额明细"]).hides(&[CODE]);

    let no = yuanlu_domain::ids::CaseId::new(case.trim_start_matches("/c/"));
    let document = house.app.certificate(&Principal::Program, &no).unwrap();
    let key = house.app.transparency().unwrap().key;
    let pdf = yuanlu_server::paper::certificate::pdf(&house.app, &document).unwrap();
    let (report, read) = certificate::check(&pdf, Some(&key));
    assert_eq!(report.findings, []);
    let says = read.unwrap().certificate().unwrap();
    assert_eq!((says.refunded.as_str(), says.fee.as_str()), ("90.25", "4.75"));
    if let Ok(folder) = std::env::var("YUANLU_PAPERS") {
        std::fs::write(format!("{folder}/certificate.pdf"), &pdf).unwrap();
    }
    let download = buyer.get(&format!("{case}/certificate.pdf")).await;
    assert_eq!(download.headers["content-type"], "application/pdf");

    let mut anybody = house.visitor("zh");
    anybody.get(&format!("/check/{}?d={}", says.id, &document.digest()[..16])).await.shows(&["真实", "¥90.25"]);
    anybody.get(&format!("/check/{}?d=0000000000000000", says.id)).await.shows(&["有问题", "二维码里的摘要"]);
    let unknown = anybody.get("/check/AAAAAAAAAAAA").await;
    assert_eq!(unknown.status, 404);
    unknown.shows(&["没有这个编号"]);
    anybody.post_files("/check", &[], &[("file", &pdf)]).await.shows(&["真实"]);
    let mut printed = pdf.clone();
    printed[2000] ^= 1;
    anybody.post_files("/check", &[], &[("file", &printed)]).await.shows(&["有问题", "PDF 页面被改动"]);
    let forged = document.text().unwrap().replace("\"90.25\"", "\"990.25\"");
    anybody
        .post_files("/check", &[], &[("file", forged.as_bytes())])
        .await
        .shows(&["certificate.refunded", "签发后被改动"]);
    anybody.post_files("/check", &[], &[("file", b"hello")]).await.shows(&["无法读取"]);
    assert_eq!(anybody.get(&format!("{case}/certificate")).await.status, 404, "a stranger learns nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_package_is_made_in_one_click_for_whoever_may_and_says_it_in_chinese() {
    let house = House::open();
    let mut buyer = house.buyer("ming", "zh").await;
    let reviewer = house.staff("rita", "reviewer");
    let (_, case) = house.rejected(&mut buyer, &reviewer).await;
    house.app.seal_journals().unwrap();
    let key = house.app.transparency().unwrap().key;
    let path = format!("/c/{case}/package");
    buyer.get(&path).await.shows(&["证据包", "全国12315平台", "黑猫投诉", "法院"]).hides(&["卖家留存", "投诉填写内容"]);
    let preview = buyer.get(&format!("{path}?variant=police&fraud=1")).await;
    preview.shows(&["被骗经过", "96110", "不是法律意见", "官网", "¥95.00"]);

    let archive = buyer.post(&path, &[("variant", "12315"), ("as", "zip")]).await;
    assert_eq!(archive.headers["content-type"], "application/zip");
    assert!(archive.headers["content-disposition"].to_str().unwrap().contains("12315.zip"));
    let printed = buyer.post(&path, &[("variant", "court"), ("as", "pdf")]).await;
    assert_eq!(printed.headers["content-type"], "application/pdf");
    buyer.get(&path).await.shows(&["已生成的材料", "全国12315平台"]);
    assert_eq!(buyer.post(&path, &[("variant", "seller")]).await.status, 403);
    assert_eq!(buyer.post(&path, &[("variant", "friends")]).await.status, 422);

    for variant in Variant::ALL {
        let id = yuanlu_domain::ids::CaseId::new(case.as_str());
        let fraud = variant == Variant::Police;
        let who = Principal::Program;
        let made = yuanlu_server::paper::package::write(&house.app, &who, &id, variant, fraud, Vec::new());
        let (bytes, _) = made.unwrap();
        let (report, about) = package::check(&bytes, Some(&key));
        assert_eq!(report.findings, [], "{variant:?}");
        assert_eq!(about.unwrap().strong, fraud);
        let names: Vec<_> = zip::read(&bytes).unwrap().files.iter().map(|file| file.name.to_owned()).collect();
        assert!(names.iter().any(|name| name == "package.pdf") && names.iter().any(|name| name == "complaint.txt"));
        assert_eq!(names.iter().any(|name| name == "advice.txt"), fraud);
        if let Ok(folder) = std::env::var("YUANLU_PAPERS") {
            std::fs::write(format!("{folder}/package-{}.zip", variant.code()), &bytes).unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_is_public_and_the_checking_page_speaks_to_nobody() {
    let house = House::open();
    let mut anybody = house.visitor("zh");
    anybody.get("/transparency").await.shows(&["公开封存记录", "还没有封存"]);
    let mut buyer = house.buyer("ming", "zh").await;
    house.buys(&mut buyer, &house.card).await;
    house.app.seal_journals().unwrap();
    let log = house.app.transparency().unwrap();
    anybody.get("/transparency").await.shows(&[&log.key, &log.seals[0].root, "共 1 次封存"]);
    let api = anybody.get("/api/v1/transparency").await;
    assert_eq!(serde_json::from_str::<yuanlu_paper::seal::Log>(&api.body).unwrap(), log);
    let grown = anybody.get("/api/v1/transparency/consistency?from=1").await;
    let grown: yuanlu_paper::seal::Consistency = serde_json::from_str(&grown.body).unwrap();
    assert!(grown.holds(&log.key));
    assert_eq!(anybody.get("/api/v1/transparency/seals/1").await.status, 200);
    assert_eq!(anybody.get("/api/v1/transparency/seals/2").await.status, 404);
    assert!(anybody.get("/api/v1/transparency/consistency?from=7").await.status.is_client_error());

    let page = anybody.get("/verify.html").await;
    assert_eq!(page.body, yuanlu_paper::CHECK_PAGE);
    let policy = page.headers["content-security-policy"].to_str().unwrap();
    assert!(policy.contains("default-src 'none'") && policy.contains("sha256-") && !policy.contains("unsafe"));
    for word in ["fetch(", "XMLHttpRequest", "http://", "https://", "import("] {
        assert!(!page.body.contains(word), "the page must not reach out: {word}");
    }
}
