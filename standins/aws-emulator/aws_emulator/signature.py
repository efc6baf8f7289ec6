"""Signature version 4: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html"""

from __future__ import annotations

import hashlib
import hmac
import re
from functools import lru_cache
from urllib.parse import quote, unquote

from .call import Call

EMPTY = hashlib.sha256(b"").hexdigest()


def signature_matches(call: Call, secret: str) -> bool:
    """Where a header states the hash of the body, that is taken: block data has checksums of its own."""
    authorization = str(call.environ.get("HTTP_AUTHORIZATION", ""))
    signed = re.search(r"SignedHeaders=([^,\s]+)", authorization)
    given = re.search(r"Signature=([0-9a-f]+)", authorization)
    scope = re.search(r"Credential=[^/]+/(\d+)/([^/]+)/([^/]+)/aws4_request", authorization)
    if not (signed and given and scope):
        return False
    names = signed[1].split(";")
    headers = "".join(f"{name}:{' '.join(header(call, name).split())}\n" for name in names)
    body_hash = call.header("x-amz-content-sha256") or (hashlib.sha256(call.body).hexdigest() if call.body else EMPTY)
    # Services but S3 encode the path once more than it arrives.
    path = quote(call.raw_path, safe="/-_.~")
    canonical = "\n".join([call.method, path, query(call), headers, signed[1], body_hash])
    day, region, service = scope.groups()
    timestamp = call.header("x-amz-date") or ""
    to_sign = "\n".join(
        [
            "AWS4-HMAC-SHA256",
            timestamp,
            f"{day}/{region}/{service}/aws4_request",
            hashlib.sha256(canonical.encode()).hexdigest(),
        ]
    )
    expected = hmac.new(signing_key(secret, day, region, service), to_sign.encode(), hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected, given[1])


def header(call: Call, name: str) -> str:
    key = name.upper().replace("-", "_")
    return str(call.environ.get(key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else "HTTP_" + key, ""))


def query(call: Call) -> str:
    pairs = [pair.partition("=") for pair in str(call.environ.get("QUERY_STRING", "")).split("&") if pair]
    encoded = [(quote(unquote(key), safe="-_.~"), quote(unquote(value), safe="-_.~")) for key, _, value in pairs]
    return "&".join(f"{key}={value}" for key, value in sorted(encoded))


@lru_cache(maxsize=64)
def signing_key(secret: str, *parts: str) -> bytes:
    key = ("AWS4" + secret).encode()
    for part in (*parts, "aws4_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return key
