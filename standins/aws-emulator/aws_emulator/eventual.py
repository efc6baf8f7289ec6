"""
What was just made is not known everywhere yet: reads of it say NotFound for some time, and lists leave it out.
https://docs.aws.amazon.com/ec2/latest/devguide/eventual-consistency.html
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree

from .call import Call, nested
from .errors import AwsError
from .http_server import Answer
from .models import given, local, model_of
from .pending import Countdown, Pending


@dataclass(frozen=True)
class Kind:
    #: Of the model, in the answers of what makes it; the parameter of the read is called so too.
    key: str
    read: str
    code: str
    makes: frozenset[str]


def kind(key: str, read: str, code: str, *makes: str) -> Kind:
    return Kind(key, read, code, frozenset(makes))


KINDS = (
    kind("ImageId", "DescribeImages", "InvalidAMIID.NotFound", "RegisterImage", "CopyImage"),
    kind("InstanceId", "DescribeInstances", "InvalidInstanceID.NotFound", "RunInstances"),
    kind("KeyName", "DescribeKeyPairs", "InvalidKeyPair.NotFound", "ImportKeyPair", "CreateKeyPair"),
    kind("GroupId", "DescribeSecurityGroups", "InvalidGroup.NotFound", "CreateSecurityGroup"),
    kind("SnapshotId", "DescribeSnapshots", "InvalidSnapshot.NotFound", "StartSnapshot", "CreateSnapshot"),
    kind("VolumeId", "DescribeVolumes", "InvalidVolume.NotFound", "CreateVolume"),
)


class Eventual:
    """Counts reads, as pending states do: no clock."""

    def __init__(self, reads: int) -> None:
        self.hidden = Pending(reads)
        self._lock = threading.Lock()
        #: By region, kind of read and identifier; one that was made again under a client token is not new.
        self._new: dict[tuple[str, str], dict[str, Countdown]] = {}

    def clear(self, reads: int) -> None:
        with self._lock:
            self.hidden.reads = reads
            self._new.clear()

    def answer(self, call: Call, answered: Answer) -> Answer:
        """What a client gets to see of an answer."""
        status, headers, body = answered
        for one in KINDS:
            if call.action in one.makes and self.hidden.reads > 0:
                self._made(call, one, answered)
            if call.action == one.read and call.service == "ec2":
                unseen = self._unseen(call, one)
                if unseen:
                    return status, headers, without(body, one.key, unseen)
        return answered

    def _made(self, call: Call, of: Kind, answered: Answer) -> None:
        model = model_of(call.service, call.action)
        said = given(call, model.output_shape, model, answered[1], answered[2])
        with self._lock:
            new = self._new.setdefault((call.region, of.read), {})
            for identifier in found(said, of.key):
                new.setdefault(identifier, self.hidden.start())

    def _unseen(self, call: Call, of: Kind) -> set[str]:
        asked = {item[""] for item in nested(call.params, of.key) if "" in item}
        with self._lock:
            new = self._new.get((call.region, of.read), {})
            looked = [identifier for identifier in new if not asked or identifier in asked]
            unseen = {identifier for identifier in looked if not new[identifier].ready_now()}
        if asked & unseen:
            raise AwsError(of.code, f"The {of.key} '{sorted(asked & unseen)[0]}' does not exist")
        return unseen


def found(answer: Any, key: str) -> Iterator[str]:
    if isinstance(answer, list):
        for item in answer:
            yield from found(item, key)
    elif isinstance(answer, dict):
        if isinstance(answer.get(key), str):
            yield answer[key]
        for value in answer.values():
            yield from found(value, key)


def without(body: bytes, key: str, unseen: set[str]) -> bytes:
    """A list without its items of these identifiers, and without what is empty then, as a reservation."""
    root = ElementTree.fromstring(body)
    namespace = re.match(r"\{(.*)\}", root.tag)
    if namespace:
        ElementTree.register_namespace("", namespace[1])
    tag = key[0].lower() + key[1:]
    remove(root, lambda node: any(local(child) == tag and child.text in unseen for child in node))
    remove(root, lambda node: any(local(child) == "instancesSet" and len(child) == 0 for child in node))
    return ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)


def remove(root: ElementTree.Element, goes: Callable[[ElementTree.Element], bool]) -> None:
    for node in list(root.iter()):
        for child in list(node):
            if goes(child):
                node.remove(child)
