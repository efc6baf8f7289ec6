"""SimulatePrincipalPolicy: what IAM would say, asked without trying. moto does not have it."""

from __future__ import annotations

from typing import Any

from moto.core.exceptions import ServiceException
from moto.core.responses import ActionResult
from moto.iam.responses import IamResponse

from .identity import documents, iam
from .mend import Response, mend
from .policy import Document, Question, judge

DECISIONS = {"allow": "allowed", "deny": "explicitDeny", "silent": "implicitDeny"}


def mend_simulation() -> None:
    mend(IamResponse, simulate_principal_policy=simulate)


def simulate(response: Response) -> ActionResult:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html"""
    policies = policies_of(response._get_param("PolicySourceArn"))
    context = {
        entry["ContextKeyName"].lower(): list(entry.get("ContextKeyValues", []))
        for entry in response._get_param("ContextEntries", [])
    }
    resources = response._get_param("ResourceArns", []) or ["*"]
    results: list[dict[str, Any]] = []
    for action in response._get_param("ActionNames", []):
        verdicts = {resource: DECISIONS[judge(policies, Question(action, resource, context))] for resource in resources}
        for resource, decision in verdicts.items():
            results.append({"EvalActionName": action, "EvalResourceName": resource, "EvalDecision": decision})
    return ActionResult({"EvaluationResults": results, "IsTruncated": False})


def policies_of(arn: str) -> list[Document]:
    for user in iam().users.values():
        if user.arn == arn:
            return documents(user, *iam().get_groups_for_user(user.name))
    for role in iam().roles.values():
        if role.arn == arn:
            return documents(role)
    raise ServiceException("NoSuchEntity", f"The entity {arn} cannot be found.")
