//! Keys to practise with. They are public, so they protect nothing; a shop with real money has its own.

/// The merchant's private key (PKCS #8).
pub const MERCHANT_KEY: &str = include_str!("practice/merchant.key.pem");
/// The merchant's public key.
pub const MERCHANT_PUBLIC: &str = include_str!("practice/merchant.public.pem");
/// The platform's private key (PKCS #8).
pub const PLATFORM_KEY: &str = include_str!("practice/platform.key.pem");
/// The platform's public key.
pub const PLATFORM_PUBLIC: &str = include_str!("practice/platform.public.pem");
/// The platform's certificate, signed by itself.
pub const PLATFORM_CERTIFICATE: &str = include_str!("practice/platform.cert.pem");
/// The serial number of that certificate.
pub const PLATFORM_SERIAL: &str = "5F1C0A7E3B2D49866E21C08AD3F7B5A4C1D2E3F4";
/// Somebody else's private key (PKCS #8): what it signs must not be believed.
pub const STRANGER_KEY: &str = include_str!("practice/stranger.key.pem");

/// The root of a practice authority.
pub const ROOT_CERTIFICATE: &str = include_str!("practice/root.cert.pem");
/// Signed by the root; signs the certificates below.
pub const MIDDLE_CERTIFICATE: &str = include_str!("practice/middle.cert.pem");
/// The merchant's certificate at Alipay and UnionPay.
pub const MERCHANT_CERTIFICATE: &str = include_str!("practice/merchant.cert.pem");
/// The platform's certificate as Alipay.
pub const ALIPAY_CERTIFICATE: &str = include_str!("practice/alipay.cert.pem");
/// Roots as Alipay hands them out: one of them is not an RSA key.
pub const ALIPAY_ROOTS: &str = include_str!("practice/alipay-roots.cert.pem");
/// The platform's certificate as UnionPay.
pub const UNIONPAY_CERTIFICATE: &str = include_str!("practice/unionpay.cert.pem");
/// The platform's certificate from the same authority, in another company's name.
pub const OTHER_CERTIFICATE: &str = include_str!("practice/other.cert.pem");
/// The stranger's certificate in UnionPay's name, from an authority with the same name as ours.
pub const STRANGER_CERTIFICATE: &str = include_str!("practice/stranger.cert.pem");
/// The number Alipay knows [`MERCHANT_CERTIFICATE`] by; these three were reckoned by other programs.
pub const MERCHANT_CERTIFICATE_NUMBER: &str = "74160d13991fa0b0ba76af99024575ad";
/// The number of [`ALIPAY_CERTIFICATE`].
pub const ALIPAY_CERTIFICATE_NUMBER: &str = "3546dba8b38c6ef89e6406e4c6e63663";
/// The number of [`ALIPAY_ROOTS`].
pub const ALIPAY_ROOTS_NUMBER: &str = "404d8c3c7ba9e925b8cfc7be7ed1c0a6_0ad4bf8e8f355563ff4bec72deb218d7";

/// The serial number of [`MERCHANT_CERTIFICATE`], decimal.
pub const MERCHANT_CERTIFICATE_SERIAL: &str = "9949540402847905397925216273";
