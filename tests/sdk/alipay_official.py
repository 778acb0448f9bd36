"""Alipay through its own SDK: asked by crates/channels/tests/sdk."""
import base64
import http.client
import json
import os
import time
import urllib.parse

os.environ["TZ"] = "Asia/Shanghai"
time.tzset()

from alipay.aop.api.AlipayClientConfig import AlipayClientConfig
from alipay.aop.api.FileItem import FileItem
from alipay.aop.api.DefaultAlipayClient import DefaultAlipayClient
from alipay.aop.api.exception.Exception import AopException
from alipay.aop.api.request.AlipayFundTransUniTransferRequest import AlipayFundTransUniTransferRequest
from alipay.aop.api.request.AlipayMerchantImageUploadRequest import AlipayMerchantImageUploadRequest
from alipay.aop.api.request.AlipayTradeFastpayRefundQueryRequest import AlipayTradeFastpayRefundQueryRequest
from alipay.aop.api.request.AlipayTradeQueryRequest import AlipayTradeQueryRequest
from alipay.aop.api.request.AlipayTradeRefundRequest import AlipayTradeRefundRequest
from alipay.aop.api.util import SignatureUtils, WebUtils
from pyasn1.codec.der import decoder
from rsa.pkcs1 import VerificationError

from lines import serve

client = None


def connection(url, query, *_):
    """The SDK's own one cannot take an address with a port."""
    parts = urllib.parse.urlsplit(url)
    return f"{parts.path}?{query}", http.client.HTTPConnection(parts.hostname, parts.port, timeout=5)


WebUtils.get_http_connection = connection


def bare(pem):
    return "".join(line for line in pem.splitlines() if not line.startswith("-----"))


def old_form(pem):
    """PKCS #8 as PKCS #1, which is what the SDK reads."""
    wrapped, _ = decoder.decode(base64.b64decode(bare(pem)))
    return base64.b64encode(bytes(wrapped[2])).decode()


def open(url, app_id, own_key, their_key):
    global client
    config = AlipayClientConfig()
    config.server_url = url
    config.app_id = app_id
    config.app_private_key = old_form(own_key)
    config.alipay_public_key = bare(their_key)
    client = DefaultAlipayClient(alipay_client_config=config)
    return int(time.time())


REQUESTS = {
    "refund": AlipayTradeRefundRequest,
    "refund.query": AlipayTradeFastpayRefundQueryRequest,
    "query": AlipayTradeQueryRequest,
    "transfer": AlipayFundTransUniTransferRequest,
}


def call(name, arguments):
    """Calls a method; the SDK believes a signed answer only."""
    request = REQUESTS[name]()
    request.biz_content = arguments
    try:
        return json.loads(client.execute(request))
    except AopException as error:
        return {"refused": type(error).__name__}


def upload(image_type, content):
    """Uploads a picture of these bytes."""
    request = AlipayMerchantImageUploadRequest()
    request.image_type = image_type
    request.image_content = FileItem(file_name=f"a.{image_type}", file_content=bytes(content), mime_type="image/jpeg")
    try:
        return json.loads(client.execute(request))
    except AopException as error:
        return {"refused": type(error).__name__}


def verify(fields, key):
    """Whether the SDK takes these parameters for signed by this key."""
    sign = fields.pop("sign")
    content = SignatureUtils.get_sign_content(fields)
    return trusts(content, sign, key)


def trusts(text, sign, key):
    try:
        return SignatureUtils.verify_with_rsa(bare(key), text.encode(), sign)
    except VerificationError:
        return False


def sign(fields, key):
    return SignatureUtils.sign_with_rsa2(old_form(key), SignatureUtils.get_sign_content(fields), "utf-8")


def sign_text(text, key):
    return SignatureUtils.sign_with_rsa2(old_form(key), text, "utf-8")


serve(open=open, call=call, verify=verify, upload=upload, trusts=trusts, sign=sign, sign_text=sign_text)
