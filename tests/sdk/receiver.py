"""The other side of short messages and webhooks, for tests: checks signatures by itself, with nothing of ours.

The first line it prints says where it listens; each line after that is a call that it believed, or why it did not.
Paths: /aliyun, /tencent (a phone that ends in 0000 is not known, one in 1111 is told to wait once), and
/hook, /hook/broken (500 at first), /hook/gone (410), /hook/away (a redirect), /hook/silent (no answer at first).
"""

import base64
import hashlib
import hmac
import json
import sys
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SECRET = sys.argv[1]
seen = set()


def say(**what):
    print(json.dumps(what), flush=True)


def sha(data):
    return hashlib.sha256(data).hexdigest()


def mac(key, text):
    return hmac.new(key, text.encode(), hashlib.sha256)


def parts(header):
    fields = header.split(" ", 1)[1].replace(" ", "").split(",")
    return dict(field.split("=", 1) for field in fields)


class Receiver(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *ignored):
        pass

    def answer(self, status, body=None, **headers):
        text = json.dumps(body or {}).encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        path, _, query = self.path.partition("?")
        if self.headers.get("x-acs-action"):
            self.aliyun(query, body)
        elif self.headers.get("x-tc-action"):
            self.tencent(body)
        else:
            self.hook(path, body)

    def signed_lines(self, names):
        return "".join(f"{name}:{self.headers[name].strip()}\n" for name in names)

    def aliyun(self, query, body):
        given = parts(self.headers["authorization"])
        names = given["SignedHeaders"].split(";")
        pairs = sorted(urllib.parse.parse_qsl(query, keep_blank_values=True))
        canonical_query = "&".join(
            urllib.parse.quote(name, safe="~") + "=" + urllib.parse.quote(value, safe="~") for name, value in pairs
        )
        request = "\n".join(["POST", "/", canonical_query, self.signed_lines(names), ";".join(names), sha(body)])
        wanted = mac(SECRET.encode(), "ACS3-HMAC-SHA256\n" + sha(request.encode())).hexdigest()
        age = abs(time.time() - time.mktime(time.strptime(self.headers["x-acs-date"], "%Y-%m-%dT%H:%M:%SZ")) + time.timezone)
        if given["Signature"] != wanted or self.headers["x-acs-content-sha256"] != sha(body):
            say(wrong="signature")
            return self.answer(400, {"Code": "SignatureDoesNotMatch"})
        fields = dict(pairs)
        code = self.fate(fields["PhoneNumbers"])
        say(
            by="aliyun",
            to=fields["PhoneNumbers"],
            template=fields["TemplateCode"],
            values=json.loads(fields["TemplateParam"]),
            id=fields["OutId"],
            sign=fields["SignName"],
            nonce=self.headers["x-acs-signature-nonce"],
            action=self.headers["x-acs-action"],
            fresh=age < 10**9,
        )
        codes = {"nobody": "isv.MOBILE_NUMBER_ILLEGAL", "wait": "isv.BUSINESS_LIMIT_CONTROL", "ok": "OK"}
        self.answer(200, {"Code": codes[code], "BizId": "9^0", "Message": "m", "RequestId": "r"})

    def tencent(self, body):
        given = parts(self.headers["authorization"])
        names = given["SignedHeaders"].split(";")
        _, date, service, end = given["Credential"].split("/")
        lines = "".join(
            f"{name}:{self.headers[name].strip().lower() if name == 'x-tc-action' else self.headers[name].strip()}\n"
            for name in names
        )
        request = "\n".join(["POST", "/", "", lines, ";".join(names), sha(body)])
        text = "\n".join(
            ["TC3-HMAC-SHA256", self.headers["x-tc-timestamp"], f"{date}/{service}/{end}", sha(request.encode())]
        )
        key = ("TC3" + SECRET).encode()
        for step in (date, service, end):
            key = mac(key, step).digest()
        if given["Signature"] != mac(key, text).hexdigest():
            say(wrong="signature")
            error = {"Code": "AuthFailure.SignatureFailure", "Message": "m"}
            return self.answer(200, {"Response": {"Error": error, "RequestId": "r"}})
        fields = json.loads(body)
        code = self.fate(fields["PhoneNumberSet"][0])
        say(
            by="tencent",
            to=fields["PhoneNumberSet"][0],
            template=fields["TemplateId"],
            values=fields["TemplateParamSet"],
            id=fields["SessionContext"],
            sign=fields["SignName"],
            app=fields["SmsSdkAppId"],
            action=self.headers["x-tc-action"],
        )
        codes = {
            "nobody": "InvalidParameterValue.IncorrectPhoneNumber",
            "wait": "LimitExceeded.PhoneNumberThirtySecondLimit",
            "ok": "Ok",
        }
        status = {"Code": codes[code], "SerialNo": "5:1", "PhoneNumber": "p", "Message": "m"}
        self.answer(200, {"Response": {"SendStatusSet": [status], "RequestId": "r"}})

    def fate(self, phone):
        if phone.endswith("0000"):
            return "nobody"
        if phone.endswith("1111") and phone not in seen:
            seen.add(phone)
            return "wait"
        return "ok"

    def hook(self, path, body):
        ident, when = self.headers["webhook-id"], self.headers["webhook-timestamp"]
        say(
            hook=path,
            id=ident,
            time=int(when),
            signature=self.headers["webhook-signature"],
            signed=base64.b64encode(f"{ident}.{when}.".encode() + body).decode(),
            body=json.loads(body),
        )
        first = (path, ident) not in seen
        seen.add((path, ident))
        if path == "/hook/broken" and first:
            self.answer(500)
        elif path == "/hook/gone":
            self.answer(410)
        elif path == "/hook/away":
            self.answer(302, location="/hook")
        elif path == "/hook/silent" and first:
            self.close_connection = True
            self.connection.close()
        else:
            self.answer(204)


server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
say(port=server.server_address[1])
server.serve_forever()
