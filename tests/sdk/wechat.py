"""WeChat Pay through wechatpayv3, which nobody here wrote: asked by crates/channels/tests/sdk."""
import datetime
import json
import tempfile
import time

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import (
    Encoding, NoEncryption, PrivateFormat, PublicFormat, load_pem_private_key)
from cryptography.x509.oid import NameOID
from base64 import b64encode
from wechatpayv3 import WeChatPay, WeChatPayType, utils

from lines import serve

held = {}


def private_text(key):
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def public_text(key):
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def keys():
    """New keys for this run, and the time by this machine's clock."""
    merchant, platform, stranger = (rsa.generate_private_key(65537, 2048) for _ in range(3))
    now = datetime.datetime.now(datetime.timezone.utc)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Tenpay.com Root CA")])
    certificate = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(platform.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1)).not_valid_after(now + datetime.timedelta(days=1))
        .sign(platform, hashes.SHA256()))
    held.update(merchant=merchant, platform=platform, stranger=stranger)
    return {
        "now": int(time.time()),
        "merchant_key": private_text(merchant), "merchant_public": public_text(merchant),
        "platform_key": private_text(platform), "platform_public": public_text(platform),
        "stranger_key": private_text(stranger),
        "certificate": certificate.public_bytes(Encoding.PEM).decode(),
        "serial": f"{certificate.serial_number:X}",
    }


def open(base_url, mchid, serial, appid, api_key, notify_url, public_key_id=None):
    """The SDK's client. Without a public key it fetches the platform's certificates, which is why it is pointed to the
    simulator before it is built."""
    from wechatpayv3 import core
    before = core.Core.__init__.__defaults__
    original = core.Core._init_certificates

    def at_simulator(self):
        self._gate_way = base_url
        original(self)

    core.Core._init_certificates = at_simulator
    public = {"public_key": public_text(held["platform"]), "public_key_id": public_key_id} if public_key_id else {}
    client = WeChatPay(
        wechatpay_type=WeChatPayType.NATIVE, mchid=mchid, private_key=private_text(held["merchant"]),
        cert_serial_no=serial, appid=appid, apiv3_key=api_key, notify_url=notify_url, timeout=10, **public)
    core.Core._init_certificates = original
    assert core.Core.__init__.__defaults__ == before
    client._core._gate_way = base_url
    held["client"] = client
    return True


def call(name, arguments):
    """Calls the SDK; it raises when it does not believe the answer."""
    code, text = getattr(held["client"], name)(**arguments)
    return [code, text if isinstance(text, str) else text.decode()]


def upload(name, content, filename):
    """Has the SDK upload a picture: of this content, under this name."""
    with tempfile.NamedTemporaryFile(suffix=".jpg") as picture:
        picture.write(bytes(content))
        picture.flush()
        code, text = getattr(held["client"], name)(filepath=picture.name, filename=filename)
    return [code, text if isinstance(text, str) else text.decode()]


def authorization(method, path, body, mchid, serial, nonce, timestamp):
    """The header as the SDK would have written it at that time."""
    clock, utils.time.time = utils.time.time, lambda: timestamp
    try:
        return utils.build_authorization(path, method, mchid, serial, held["merchant"], data=body, nonce_str=nonce)
    finally:
        utils.time.time = clock


def callback(headers, body):
    return held["client"].callback(headers, body)


def notification(key, serial, api_key, event, about, plain, timestamp):
    """A callback signed and encrypted by the SDK's own means."""
    nonce = "fedcba987654"
    sealed = AESGCM(api_key.encode()).encrypt(nonce.encode(), json.dumps(plain).encode(), about.encode())
    body = json.dumps({
        "id": "EV-1", "create_time": "2026-11-22T10:00:00+08:00", "resource_type": "encrypt-resource",
        "event_type": event, "summary": "通知",
        "resource": {"original_type": about, "algorithm": "AEAD_AES_256_GCM", "ciphertext": b64encode(sealed).decode(),
                     "associated_data": about, "nonce": nonce},
    })
    signature = utils.rsa_sign(held[key], f"{timestamp}\nabcdef\n{body}\n")
    return {"body": body, "headers": {
        "Wechatpay-Timestamp": str(timestamp), "Wechatpay-Nonce": "abcdef", "Wechatpay-Serial": serial,
        "Wechatpay-Signature": signature, "Wechatpay-Signature-Type": "WECHATPAY2-SHA256-RSA2048"}}


def decrypt(sealed):
    """Opens a field with the platform's private key."""
    return utils.rsa_decrypt(sealed, held["platform"])


def pay_sign(text, signature):
    """Whether the SDK signs these lines like that."""
    return held["client"].sign(text) == signature


serve(keys=keys, open=open, call=call, authorization=authorization, callback=callback, notification=notification,
      decrypt=decrypt, pay_sign=pay_sign, upload=upload)
