//! What somebody agrees to who applies to sell.

use super::house::{House, register};
use yuanlu_app::inputs::{AdmissionInput, AgreementInput};
use yuanlu_app::views::AgreementView;
use yuanlu_app::{AppError, Secret};

fn publish(house: &House, kind: &str, mark: &str) -> AgreementView {
    let input = AgreementInput {
        kind: kind.to_owned(),
        zh: format!("{mark}：本协议约定卖家与平台的权利和义务，请仔细阅读。"),
        en: format!("{mark}: this agreement says what sellers and the platform owe each other."),
    };
    house.app.publish_agreement(&house.admin, &input).unwrap()
}

fn application(agreements: Vec<String>) -> AdmissionInput {
    AdmissionInput {
        legal_form: "company".into(),
        legal_name: "星海点卡有限公司".into(),
        id_number: Secret::new("91310000MA1FL0000X".into()),
        contact: "star@example.cn".into(),
        shop: "星海点卡".into(),
        goods: "正规渠道采购的游戏点卡，可提供授权书。".into(),
        agreements,
    }
}

#[test]
fn who_applies_agrees_to_what_holds_for_sellers_and_the_application_keeps_it() {
    let house = House::new("agreed");
    let app = &house.app;
    let star = register(app, "star");
    let apply = |hashes: &[&String]| {
        let input = application(hashes.iter().map(ToString::to_string).collect());
        app.apply_for_admission(&star, &input, &[], None)
    };
    let reason = |refused: yuanlu_app::Result<_>| match refused {
        Err(AppError::Invalid { field: "agreements", code, .. }) => code,
        other => panic!("{other:?}"),
    };
    let (user, seller) = (publish(&house, "user", "一").hash, publish(&house, "seller", "一").hash);
    let asked = app.admission_terms().unwrap().agreements;
    assert_eq!(asked.iter().map(|one| one.kind.as_str()).collect::<Vec<_>>(), ["seller", "user"]);
    for lacking in [&[][..], &[&user], &[&seller], &[&user, &seller, &"nothing like it".to_owned()]] {
        assert_eq!(reason(apply(lacking)), "not_agreed");
    }
    // A change that came into force while the form was filled in is said to be one.
    let changed = publish(&house, "seller", "二").hash;
    assert_eq!(reason(apply(&[&user, &changed])), "agreement_changed", "it does not hold yet");
    house.pass(7 * 24);
    assert_eq!(reason(apply(&[&user, &seller])), "agreement_changed");
    let kept = |view: yuanlu_app::views::AdmissionView| {
        view.agreements.into_iter().map(|one| (one.kind, one.version, one.hash)).collect::<Vec<_>>()
    };
    let agreed = vec![("seller".to_owned(), 2, changed.clone()), ("user".to_owned(), 1, user.clone())];
    assert_eq!(kept(apply(&[&user, &changed]).unwrap()), agreed);
    publish(&house, "seller", "三");
    house.pass(7 * 24);
    assert_eq!(kept(app.own_admission(&star).unwrap().unwrap()), agreed, "an application keeps its own");
    // Who only buys has nothing to do with it.
    let bought = house.buy(&house.card("AAAA-BBBB-CCCC-1234"), 1);
    let order = app.load_order(&house.buyer, &super::house::id(&bought)).unwrap();
    assert_eq!(order.agreements.iter().map(|one| one.kind.as_str()).collect::<Vec<_>>(), ["user"]);
    assert_eq!(yuanlu_storage::verify::verify(app.db(), None, |_| {}).unwrap().differences, []);
}
