"""May this be done? IAM's answer, once enforcement is switched on."""

from __future__ import annotations

import json
from typing import Any

from moto.iam.exceptions import NotFoundException

from .call import Call
from .config import ACCOUNT
from .errors import AwsError
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

    def check(self, call: Call, principal: Principal) -> None:
        if not self.enforced or f"{call.service}:{call.action}" in FREE:
            return
        for question in questions(call):
            if not permitted(call, principal, question):
                call.read_body()
                self._stats.denied(principal.arn, question.action, question.resource)
                raise denial(call, principal, question)
            # A dry run needs nothing for itself.
            if not call.dry_run:
                self._stats.grants_used(allowing(principal.policies, question))


def permitted(call: Call, principal: Principal, question: Question) -> bool:
    if question.action == "sts:AssumeRole":
        return may_assume(principal, question)
    if principal.root:
        return True
    allowed = judge(principal.policies, question) == "allow"
    if principal.session_policy is not None:
        allowed = allowed and judge([principal.session_policy], question) == "allow"
    return allowed


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


def denial(call: Call, principal: Principal, question: Question) -> AwsError:
    detail = (
        f"User: {principal.arn} is not authorized to perform: {question.action} on resource: {question.resource} "
        f"because no policy allows the {question.action} action"
    )
    match call.service:
        case "ec2":
            return AwsError("UnauthorizedOperation", f"You are not authorized to perform this operation. {detail}", 403)
        case "ebs":
            return AwsError("AccessDeniedException", detail, 403, Reason="UNAUTHORIZED_ACCOUNT")
        case "servicequotas":
            return AwsError("AccessDeniedException", detail, 400)
    return AwsError("AccessDenied", detail, 403)
