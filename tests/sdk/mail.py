"""A mail server on this machine for tests: real SMTP with TLS, and ways of failing that the recipient's name asks for.

The first line it prints says where it listens and which root certificate to trust; each line after that is a mail that
it took, or a code it refused with.

  later@    is deferred at first, and taken at the second attempt
  nobody@   is not known
  spam@     is refused for what it says
  drop@     is taken, and the connection ends before that is said; the second attempt is answered
"""

import asyncio
import email
import email.policy
import json
import ssl
import sys

import trustme
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

seen = set()


def say(**what):
    print(json.dumps(what), flush=True)


class Handler:
    async def handle_RCPT(self, server, session, envelope, address, options):
        name = address.split("@")[0]
        if name == "nobody":
            say(refused=550)
            return "550 5.1.1 no such user here"
        if name == "later" and name not in seen:
            seen.add(name)
            say(refused=451)
            return "451 4.7.1 come back later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        name = envelope.rcpt_tos[0].split("@")[0]
        if name == "spam":
            say(refused=554)
            return "554 5.7.1 we do not want this"
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        say(
            to=envelope.rcpt_tos,
            id=mail["Message-ID"],
            subject=mail["Subject"],
            sender=mail["From"],
            automatic=mail["Auto-Submitted"],
            body=mail.get_content(),
            tls=session.ssl is not None or server.transport.get_extra_info("ssl_object") is not None,
            user=getattr(session, "user", None),
            hello=session.host_name,
        )
        if name == "drop" and name not in seen:
            seen.add(name)
            server.transport.abort()
            await asyncio.sleep(0.2)
        return "250 taken"


def authenticator(server, session, envelope, mechanism, data):
    good = isinstance(data, LoginPassword) and data.login == b"shop" and data.password == b"mail-word"
    session.user = "shop" if good else None
    return AuthResult(success=good)


async def main(security):
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost", "127.0.0.1").configure_cert(context)

    def protocol():
        return SMTP(
            Handler(),
            enable_SMTPUTF8=False,
            hostname="localhost",
            tls_context=context if security == "starttls" else None,
            require_starttls=security == "starttls",
            authenticator=authenticator,
            auth_required=security != "none",
            auth_require_tls=security == "starttls",
        )

    loop = asyncio.get_running_loop()
    server = await loop.create_server(protocol, "127.0.0.1", 0, ssl=context if security == "tls" else None)
    say(port=server.sockets[0].getsockname()[1], ca=authority.cert_pem.bytes().decode())
    await server.serve_forever()


asyncio.run(main(sys.argv[1]))
