"""One request as the emulator sees it: which service, which action, with what, signed by whom."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote

CREDENTIAL = re.compile(r"Credential=([^/,\s]+)/(\d{8})/([^/]+)/([^/]+)/aws4_request")

#: Method and path of the EBS direct calls.
EBS_ROUTES: list[tuple[str, re.Pattern[str], str]] = [
    ("POST", re.compile(r"/snapshots/?$"), "StartSnapshot"),
    ("PUT", re.compile(r"/snapshots/(?P<SnapshotId>[^/]+)/blocks/(?P<BlockIndex>\d+)$"), "PutSnapshotBlock"),
    ("GET", re.compile(r"/snapshots/(?P<SnapshotId>[^/]+)/blocks/(?P<BlockIndex>\d+)$"), "GetSnapshotBlock"),
    ("POST", re.compile(r"/snapshots/completion/(?P<SnapshotId>[^/]+)$"), "CompleteSnapshot"),
    ("GET", re.compile(r"/snapshots/(?P<SnapshotId>[^/]+)/blocks/?$"), "ListSnapshotBlocks"),
    ("GET", re.compile(r"/snapshots/(?P<SecondSnapshotId>[^/]+)/changedblocks/?$"), "ListChangedBlocks"),
]


@dataclass
class Call:
    environ: dict[str, Any]
    service: str
    region: str
    action: str
    #: Absent for a request that nobody signed.
    access_key: str | None
    #: Parameters of a form, of the path and of the query, flat: `TagSpecification.1.Tag.2.Key`.
    params: dict[str, str] = field(default_factory=dict)
    #: The body, unless it was left unread (see `unread`).
    body: bytes | bytearray = b""
    #: Bytes of a body that is still on the wire: block data, read late so that a fault can cut it.
    unread: int = 0

    def header(self, name: str) -> str | None:
        value = self.environ.get("HTTP_" + name.upper().replace("-", "_"))
        return None if value is None else str(value)

    def read_body(self) -> bytes | bytearray:
        if self.unread:
            self.body = self.environ["emulator.read_body"](self.unread)
            self.unread = 0
        return self.body

    @property
    def dry_run(self) -> bool:
        return self.service == "ec2" and self.params.get("DryRun", "").lower() == "true"

    @property
    def method(self) -> str:
        return str(self.environ["REQUEST_METHOD"])

    @property
    def raw_path(self) -> str:
        return str(self.environ.get("RAW_URI") or self.environ.get("REQUEST_URI") or "/").split("?", 1)[0] or "/"


def read_call(environ: dict[str, Any]) -> Call:
    """Understands a request; its body can be read again by moto."""
    scope = CREDENTIAL.search(environ.get("HTTP_AUTHORIZATION", ""))
    access_key, region, service = (scope[1], scope[3], scope[4]) if scope else (None, "us-east-1", "")
    query = dict(parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True))
    length = int(environ.get("CONTENT_LENGTH") or 0)
    call = Call(environ, service, region, "", access_key, query)
    if service == "ebs":
        path = str(environ.get("PATH_INFO", ""))
        for method, pattern, action in EBS_ROUTES:
            match = pattern.match(path)
            if match and environ["REQUEST_METHOD"] == method:
                call.action = action
                call.params.update({key: unquote(value) for key, value in match.groupdict().items()})
                break
    if call.action == "PutSnapshotBlock":
        call.unread = length
        return call
    call.body = environ["wsgi.input"].read(length) if length else b""
    environ["wsgi.input"] = io.BytesIO(call.body)
    if "form-urlencoded" in environ.get("CONTENT_TYPE", ""):
        call.params.update(parse_qsl(call.body.decode("utf-8", "replace"), keep_blank_values=True))
    target = environ.get("HTTP_X_AMZ_TARGET", "")
    if not call.action:
        call.action = target.rsplit(".", 1)[-1] if target else call.params.get("Action", "")
    return call


def nested(params: dict[str, str], *prefixes: str) -> list[dict[str, str]]:
    """The items of a list parameter: `Tag.1.Key=a` under prefix `Tag` is [{"Key": "a"}]; `X.1=a` is [{"": "a"}]."""
    found: dict[int, dict[str, str]] = {}
    for prefix in prefixes:
        pattern = re.compile(re.escape(prefix) + r"\.(?:member\.)?(\d+)(?:\.(.+))?$")
        for key, value in params.items():
            match = pattern.match(key)
            if match:
                found.setdefault(int(match[1]), {})[match[2] or ""] = value
    return [found[index] for index in sorted(found)]
