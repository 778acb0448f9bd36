"""Stripe through its own library: asked by crates/channels/tests/sdk."""
import io
import json
import time

import stripe

from lines import serve


def open(base_url, secret_key):
    stripe.api_base = base_url
    stripe.upload_api_base = base_url
    stripe.api_key = secret_key
    stripe.max_network_retries = 0
    return int(time.time())


def call(path, arguments):
    """Calls `Refund.create` and the like; an error of Stripe's is an answer, too."""
    target = stripe
    for name in path.split("."):
        target = getattr(target, name)
    # What is changed is named first, without a name for it.
    first = [arguments.pop("id")] if "id" in arguments else []
    try:
        return json.loads(str(target(*first, **arguments)))
    except stripe.StripeError as error:
        return {"error": type(error).__name__, "code": error.code, "status": error.http_status}


def upload(purpose, name, content):
    """Uploads a file of these bytes."""
    document = io.BytesIO(bytes(content))
    document.name = name
    try:
        return json.loads(str(stripe.File.create(purpose=purpose, file=document)))
    except stripe.StripeError as error:
        return {"error": type(error).__name__, "code": error.code, "status": error.http_status}


def header(payload, secret, timestamp):
    return stripe.WebhookSignature.generate_signature_header(payload, secret, timestamp)


def event(payload, signature, secret):
    """The event, when the library believes it."""
    try:
        return stripe.Webhook.construct_event(payload, signature, secret)["type"]
    except (stripe.SignatureVerificationError, ValueError) as error:
        return {"refused": str(error)}


serve(open=open, call=call, header=header, event=event, upload=upload)
