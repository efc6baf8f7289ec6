"""May this be done? IAM's answer, once enforcement is switched on."""

from __future__ import annotations

import json
from typing import Any

from moto.iam.exceptions import NotFoundException

from .call import Call
from .config import ACCOUNT
from .errors import AwsError
from .guards import Guards, encoded
from .identity import Principal, iam
from .policy import Question, allowing, judge, listed
from .questions import questions
from .stats import Stats

#: Nobody needs permission to ask who they are.
FREE = {"sts:GetCallerIdentity"}


class Access:
    def __init__(self, stats: Stats) -> None:
        self._stats = stats
        self.enforced = False
        self.guards = Guards()

    def check(self, call: Call, principal: Principal) -> None:
        if not self.enforced or f"{call.service}:{call.action}" in FREE:
            return
        for question in questions(call):
            why = self.refusal(principal, question)
            if why is not None:
                call.read_body()
                self._stats.denied(principal.arn, question.action, question.resource)
                documents = [*self.guards.documents.values(), *principal.policies]
                raise denial(call, principal, question, why, encoded(documents, question, principal.arn))
            # A dry run needs nothing for itself.
            if not call.dry_run:
                self._stats.grants_used(allowing(principal.policies, question))

    def refusal(self, principal: Principal, question: Question) -> str | None:
        """Why it may not be done, as AWS ends the sentence; None if it may."""
        guarded = self.guards.refusal(question)
        if guarded is not None:
            return guarded
        if question.action == "sts:AssumeRole":
            # AWS does not say whether the role's trust or a permission is missing.
            return None if may_assume(principal, question) else ""
        if principal.root:
            return None
        own = {"identity-based": principal.policies}
        if principal.session_policy is not None:
            own["session"] = [principal.session_policy]
        for kind, policies in own.items():
            match judge(policies, question):
                case "deny":
                    return f"with an explicit deny in a{'n' if kind[0] == 'i' else ''} {kind} policy"
                case "silent":
                    return f"because no {kind} policy allows the {question.action} action"
        return None


def may_assume(principal: Principal, question: Question) -> bool:
    """The role must trust the caller; a caller that it trusts only with the whole account needs a policy too."""
    try:
        role = iam().get_role_by_arn(question.resource)
    except NotFoundException:
        return False
    by_policy = judge(principal.policies, question)
    if by_policy == "deny" or principal.root:
        return False
    trust: dict[str, Any] = json.loads(role.assume_role_policy_document)
    for statement in listed(trust["Statement"]):
        if "sts:AssumeRole" not in listed(statement.get("Action", [])) and statement.get("Action") != "*":
            continue
        trusted = statement.get("Principal", {})
        names = listed(trusted.get("AWS", []) if isinstance(trusted, dict) else trusted)
        if principal.arn in names or principal.role in names:
            return True
        if {"*", ACCOUNT, f"arn:aws:iam::{ACCOUNT}:root"} & set(names) and by_policy == "allow":
            return True
    return False


def denial(call: Call, principal: Principal, question: Question, why: str, message: str) -> AwsError:
    asked = f"User: {principal.arn} is not authorized to perform: {question.action} on resource: {question.resource}"
    detail = f"{asked} {why}".strip()
    match call.service:
        case "ec2":
            text = f"You are not authorized to perform this operation. {detail}. Encoded authorization failure message: {message}"
            return AwsError("UnauthorizedOperation", text, 403)
        case "ebs":
            return AwsError("AccessDeniedException", detail, 403, Reason="UNAUTHORIZED_ACCOUNT")
        case "servicequotas" | "kms":
            return AwsError("AccessDeniedException", detail, 400)
    return AwsError("AccessDenied", detail, 403)
