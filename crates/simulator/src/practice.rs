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
