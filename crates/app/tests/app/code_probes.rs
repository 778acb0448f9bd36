//! Where issuers are asked: who may say so, and where nobody is asked (R25).

use crate::house::{House, config};
use yuanlu_app::inputs::CodeProbeInput;
use yuanlu_app::{AppError, Config};
use yuanlu_domain::ids::ProductId;

fn input(url: &str) -> CodeProbeInput {
    CodeProbeInput { url: url.to_owned(), issuer_key: "ab".repeat(32) }
}

#[test]
fn the_seller_or_an_administrator_names_an_issuer_on_an_approved_host() {
    let hosts = vec!["issuer.example".to_owned()];
    let mut house = House::with(Config { probe_hosts: hosts, ..config("probe") });
    let reviewer = house.staff("reviewer");
    let product = house.card("ABCD-0001");
    let product_id = ProductId::from(product.id.as_str());
    let good = input("https://issuer.example/v1/codes");
    assert_eq!(house.app.product_probe(&house.seller, &product_id).unwrap(), None);
    for who in [&house.buyer, &reviewer] {
        assert!(house.app.set_product_probe(who, &product_id, &good).is_err());
    }
    for bad in ["https://169.254.169.254/", "http://issuer.example/", "https://issuer.example@evil.example/", ""] {
        let refused = house.app.set_product_probe(&house.seller, &product_id, &input(bad)).unwrap_err();
        assert!(matches!(refused, AppError::Invalid { field: "url", .. }), "{bad}: {refused:?}");
    }
    let bad_key = CodeProbeInput { issuer_key: "short".into(), ..good.clone() };
    let refused = house.app.set_product_probe(&house.seller, &product_id, &bad_key);
    assert_eq!(refused, Err(AppError::invalid("issuer_key", "unreadable")));
    for who in [house.seller.clone(), house.admin.clone()] {
        house.app.set_product_probe(&who, &product_id, &good).unwrap();
        let set = house.app.product_probe(&who, &product_id).unwrap().unwrap();
        assert!(set.host_approved && set.url == good.url);
        house.app.remove_product_probe(&who, &product_id).unwrap();
        assert_eq!(house.app.product_probe(&who, &product_id).unwrap(), None);
    }
}
