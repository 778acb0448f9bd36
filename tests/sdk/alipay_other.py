"""Alipay through an SDK by others, with certificates: asked by crates/channels/tests/sdk."""
import os
import time
import urllib.parse

os.environ["TZ"] = "Asia/Shanghai"
time.tzset()

from alipay import AliPay, DCAliPay
from alipay.exceptions import AliPayException, AliPayValidationError

from lines import serve

client = None


def open(url, app_id, own_key, their_key):
    global client
    client = AliPay(appid=app_id, app_notify_url="https://shop.test/callbacks/alipay", app_private_key_string=own_key,
                    alipay_public_key_string=their_key, sign_type="RSA2")
    client._gateway = url
    return int(time.time())


def open_with_certificates(url, app_id, own_key, own, theirs, roots):
    global client
    client = DCAliPay(appid=app_id, app_notify_url="https://shop.test/callbacks/alipay", app_private_key_string=own_key,
                      app_public_key_cert_string=own, alipay_public_key_cert_string=theirs,
                      # It looks for an empty line between two of them.
                      alipay_root_cert_string=roots.replace("-----\n-----", "-----\n\n-----"), sign_type="RSA2")
    client._gateway = url
    return [client.app_cert_sn, client.alipay_root_cert_sn, client.get_cert_sn(theirs)]


def call(name, arguments):
    """Calls a method; the SDK believes a signed answer only."""
    try:
        return getattr(client, name)(**arguments)
    except (AliPayException, AliPayValidationError) as error:
        return {"refused": type(error).__name__}


def callback(body):
    """Whether the SDK believes a callback."""
    fields = dict(urllib.parse.parse_qsl(body, keep_blank_values=True, strict_parsing=True))
    return bool(client.verify(fields, fields.pop("sign")))


serve(open=open, open_with_certificates=open_with_certificates, call=call, callback=callback)
