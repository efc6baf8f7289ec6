"""Policies that stand above those of the caller: an organization's, a boundary. They forbid, and allow nothing by themselves."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

from moto.core.responses import ActionResult
from moto.sts.responses import TokenResponse

from .mend import Response, mend
from .policy import Document, Question, denying, judge, listed

#: By kind, as AWS's refusals call it; the key is what SimulatePrincipalPolicy says of it.
KINDS = {
    "service control policy": "organization",
    "resource control policy": "organization",
    "permissions boundary": "boundary",
    "VPC endpoint policy": "endpoint",
}


class Guards:
    def __init__(self) -> None:
        self.documents: dict[str, Document] = {}

    def put(self, documents: Mapping[str, Document]) -> None:
        """Instead of all that were there."""
        for kind in documents:
            if kind not in KINDS:
                raise LookupError(f"{kind} is none of {', '.join(KINDS)}")
        self.documents = dict(documents)

    def refusal(self, question: Question) -> str | None:
        """Why a guard refuses, in AWS's words."""
        for kind, document in self.documents.items():
            match judge([document], question):
                case "deny":
                    return f"with an explicit deny in a {kind}"
                case "silent" if allows(document):
                    return f"because no {kind} allows the {question.action} action"
        return None

    def refusing(self, question: Question) -> set[str]:
        """What of KINDS refuses."""
        return {
            KINDS[kind]
            for kind, document in self.documents.items()
            if (verdict := judge([document], question)) == "deny" or (verdict == "silent" and allows(document))
        }

    def denies(self, question: Question) -> bool:
        return any(judge([document], question) == "deny" for document in self.documents.values())


def allows(document: Document) -> bool:
    """One that only denies leaves the rest as it is; one that allows something allows nothing else."""
    return any(statement["Effect"] == "Allow" for statement in listed(document.get("Statement", [])))


def encoded(documents: list[Document], question: Question, who: str) -> str:
    """What EC2 puts behind its refusals; AWS encrypts it, here it is only packed."""
    statement = denying(documents, question)
    message = {
        "allowed": False,
        "explicitDeny": statement is not None,
        "matchedStatements": {"items": [] if statement is None else [matched(statement)]},
        "failures": {"items": []},
        "context": {
            "principal": {"arn": who},
            "action": question.action,
            "resource": question.resource,
            "conditions": {"items": [{"key": key, "values": items(held)} for key, held in question.context.items()]},
        },
    }
    return base64.urlsafe_b64encode(json.dumps(message).encode()).decode()


def matched(statement: Mapping[str, Any]) -> dict[str, Any]:
    conditions = [
        {"key": key, "values": items(listed(wanted))}
        for keys in statement.get("Condition", {}).values()
        for key, wanted in keys.items()
    ]
    return {
        "statementId": statement.get("Sid", ""),
        "effect": "DENY",
        "actions": items(listed(statement.get("Action", []))),
        "resources": items(listed(statement.get("Resource", []))),
        "conditions": {"items": conditions},
    }


def items(values: list[Any]) -> dict[str, Any]:
    return {"items": [{"value": str(value)} for value in values]}


def mend_decoding() -> None:
    """moto does not have it."""
    mend(TokenResponse, decode_authorization_message=decode)


def decode(response: Response) -> ActionResult:
    """https://docs.aws.amazon.com/STS/latest/APIReference/API_DecodeAuthorizationMessage.html"""
    message = base64.urlsafe_b64decode(response._get_param("EncodedMessage")).decode()
    return ActionResult({"DecodedMessage": message})
