"""
What is asked and answered, held against the AWS SDK's own models (botocore's service-2.json): members that do not exist,
required ones that are missing, values that are not of their type or enum.
"""

from __future__ import annotations

import datetime
import functools
import json
import sys
import threading
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree

from botocore.exceptions import DataNotFoundError
from botocore.model import OperationNotFoundError
from botocore.utils import parse_timestamp
from moto.core.parse import PROTOCOL_PARSERS
from moto.core.utils import get_service_model

from .call import Call
from .errors import AwsError
from .stats import UNORDERED

#: Model of a service by the name that signatures have for it, where the model's is another.
NAMES = {"servicequotas": "service-quotas"}
Headers = list[tuple[str, str]]


class Models:
    """Everything that did not fit is kept, and written to the emulator's log."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seen: set[int] = set()
        self._misfits: dict[str, None] = {}

    def misfits(self) -> list[str]:
        with self._lock:
            return list(self._misfits)

    def answered(self, call: Call, headers: Headers, body: bytes) -> None:
        """A request that was taken for a right one, and its answer. Those of blocks, which come in thousands, once each."""
        model = model_of(call.service, call.action)
        self._hold(call, "asked", model.input_shape, (sorted(call.params), call.body), lambda s: asked(call, s))
        self._hold(call, "answered", model.output_shape, body, lambda s: given(call, s, model, headers, body))

    def refused(self, call: Call, error: AwsError) -> None:
        """A dry run was taken for a right one. Of errors, those that the service's model lists."""
        model = model_of(call.service, call.action)
        if model is None:
            return
        if error.code == "DryRunOperation":
            self._hold(call, "asked", model.input_shape, call.body, lambda s: asked(call, s))
        shape = next((shape for shape in model.error_shapes if shape.name == error.code), None)
        self._hold(call, f"refused with {error.code}", shape, str(error.fields), lambda _: error.fields)

    def _hold(self, call: Call, side: str, shape: Any, text: object, read: Any) -> None:
        if shape is None:
            return
        # The same again fits as it did before.
        key = hash((call.service, call.action, side, None if call.action in UNORDERED else repr(text)))
        with self._lock:
            if key in self._seen:
                return
            self._seen.add(key)
        for misfit in fits(read(shape), shape, ""):
            line = f"{call.service}:{call.action} {side}: {misfit}"
            with self._lock:
                new = line not in self._misfits
                self._misfits[line] = None
            if new:
                print(f"not as the AWS SDK's model has it: {line}", file=sys.stderr, flush=True)


@functools.cache
def model_of(service: str, action: str) -> Any:
    """None for what AWS does not have."""
    try:
        return get_service_model(NAMES.get(service, service)).operation_model(action)
    except (DataNotFoundError, OperationNotFoundError):
        return None


def unknown(value: Any, shape: Any, where: str = "") -> Iterator[str]:
    """Members that moto would leave out without a word, since the model has none of that name."""
    if shape.type_name == "structure" and isinstance(value, dict):
        for name, member in value.items():
            if name not in shape.members:
                yield f"{where}.{name}"
            else:
                yield from unknown(member, shape.members[name], f"{where}.{name}")
    if shape.type_name == "list" and isinstance(value, list):
        for item in value:
            yield from unknown(item, shape.member, f"{where}[]")


def fits(value: Any, shape: Any, where: str) -> Iterator[str]:
    """A line for everything in a value that its shape does not allow."""
    match shape.type_name:
        case "structure" if isinstance(value, dict):
            for name in value:
                if name not in shape.members:
                    yield f"{where}.{name} does not exist"
            for name in shape.required_members:
                if value.get(name) is None:
                    yield f"{where}.{name} is required"
            for name, member in shape.members.items():
                if value.get(name) is not None:
                    yield from fits(value[name], member, f"{where}.{name}")
        case "list" if isinstance(value, list):
            for item in value:
                yield from fits(item, shape.member, f"{where}[]")
        case "map" if isinstance(value, dict):
            for key, item in value.items():
                yield from fits(key, shape.key, f"{where}.{key}")
                yield from fits(item, shape.value, f"{where}.{key}")
        case "string" if isinstance(value, str):
            if shape.enum and value not in shape.enum:
                yield f"{where} has the value {value!r}, which is none of {', '.join(shape.enum)}"
        case kind:
            if not is_scalar(value, kind):
                yield f"{where} has the value {value!r}, which is not of the type {kind}"


def is_scalar(value: Any, kind: str) -> bool:
    try:
        match kind:
            case "integer" | "long":
                int(str(value))
            case "float" | "double":
                float(value)
            case "boolean":
                return value in (True, False, "true", "false")
            case "timestamp":
                return isinstance(value, datetime.datetime) or bool(parse_timestamp(value))
            case "blob":
                return isinstance(value, (str, bytes, bytearray))
            case _:
                return False
    except (ValueError, TypeError):
        return False
    return True


def asked(call: Call, shape: Any) -> Any:
    model = model_of(call.service, call.action)
    match model.service_model.protocol:
        case "rest-json":
            found = parts(call.body, shape, lambda name: call.header(name), call.params)
            return {name: value for name, value in found.items() if value is not None}
        case "json":
            return json.loads(call.body or b"{}")
        case protocol:
            request: Any = {"method": "POST", "values": call.params, "headers": {}, "body": call.body, "url_path": "/"}
            return PROTOCOL_PARSERS[protocol](model, map_type=dict).parse(request)


def given(call: Call, shape: Any, model: Any, headers: Headers, body: bytes) -> Any:
    match model.service_model.protocol:
        case "rest-json":
            by_name = {name.lower(): value for name, value in headers}
            return parts(body, shape, lambda name: by_name.get(name.lower()), {})
        case "json":
            return json.loads(body or b"{}")
        case _:
            root = ElementTree.fromstring(body)
            wrapper = shape.serialization.get("resultWrapper")
            if wrapper is None:
                return {name: value for name, value in from_xml(root, shape).items() if name not in ("requestId", "RequestId")}
            result = next((child for child in root if local(child) == wrapper), None)
            return {} if result is None else from_xml(result, shape)


def parts(body: bytes | bytearray, shape: Any, header: Any, params: dict[str, str]) -> dict[str, Any]:
    """What is in headers, path and query, beside the body."""
    payload = shape.serialization.get("payload")
    found: dict[str, Any] = {payload: body} if payload else json.loads(body or b"{}")
    for name, member in shape.members.items():
        at = member.serialization.get("name", name)
        match member.serialization.get("location"):
            case "header":
                found[name] = header(at)
            case "uri" | "querystring":
                found[name] = params.get(at, params.get(name))
    return found


def from_xml(node: ElementTree.Element, shape: Any) -> Any:
    """As a JSON service would have said it; what the shape does not have stays, under the element's name."""
    match shape.type_name:
        case "structure":
            members = {member_tag(name, member): (name, member) for name, member in shape.members.items()}
            found: dict[str, Any] = {}
            for child in node:
                name, member = members.get(local(child), (local(child), None))
                if member is None:
                    found[name] = child.text
                elif member.type_name == "list" and member.serialization.get("flattened"):
                    found.setdefault(name, []).append(from_xml(child, member.member))
                else:
                    found[name] = from_xml(child, member)
            return found
        case "list":
            return [from_xml(child, shape.member) for child in node]
        case "map":
            entries = ({local(part): part for part in entry} for entry in node)
            return {entry["key"].text: from_xml(entry["value"], shape.value) for entry in entries}
    return node.text or ""


def member_tag(name: str, member: Any) -> str:
    if member.type_name == "list" and member.serialization.get("flattened"):
        return str(member.member.serialization.get("name") or member.serialization.get("name", name))
    return str(member.serialization.get("name", name))


def local(node: ElementTree.Element) -> str:
    return node.tag.rsplit("}", 1)[-1]
