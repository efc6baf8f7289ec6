"""SimulatePrincipalPolicy: what IAM would say, asked without trying. moto does not have it."""

from __future__ import annotations

from typing import Any

from moto.core.exceptions import ServiceException
from moto.core.responses import ActionResult
from moto.iam.responses import IamResponse

from .guards import Guards
from .identity import documents, iam
from .mend import Response, mend
from .policy import Document, Question, judge

DECISIONS = {"allow": "allowed", "deny": "explicitDeny", "silent": "implicitDeny"}


def mend_simulation(guards: Guards) -> None:
    mend(IamResponse, simulate_principal_policy=lambda response: simulate(response, guards))


def simulate(response: Response, guards: Guards) -> ActionResult:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html"""
    policies = policies_of(response._get_param("PolicySourceArn"))
    context = {
        entry["ContextKeyName"].lower(): list(entry.get("ContextKeyValues", []))
        for entry in response._get_param("ContextEntries", [])
    }
    resources = response._get_param("ResourceArns", []) or ["*"]
    results: list[dict[str, Any]] = []
    for action in response._get_param("ActionNames", []):
        for resource in resources:
            question = Question(action, resource, context)
            results.append(
                {"EvalActionName": action, "EvalResourceName": resource, **evaluated(policies, question, guards)}
            )
    return ActionResult({"EvaluationResults": results, "IsTruncated": False})


def evaluated(policies: list[Document], question: Question, guards: Guards) -> dict[str, Any]:
    verdict = judge(policies, question)
    refusing = guards.refusing(question)
    details: dict[str, Any] = {
        **({"OrganizationsDecisionDetail": {"AllowedByOrganizations": False}} if "organization" in refusing else {}),
        **(
            {"PermissionsBoundaryDecisionDetail": {"AllowedByPermissionsBoundary": False}}
            if "boundary" in refusing
            else {}
        ),
    }
    if not details:
        own = [{"SourcePolicyType": "user"}] if verdict == "deny" else []
        return {"EvalDecision": DECISIONS[verdict], "MatchedStatements": own}
    return {"EvalDecision": DECISIONS["deny" if guards.denies(question) else "silent"], **details}


def policies_of(arn: str) -> list[Document]:
    for user in iam().users.values():
        if user.arn == arn:
            return documents(user, *iam().get_groups_for_user(user.name))
    for role in iam().roles.values():
        if role.arn == arn:
            return documents(role)
    raise ServiceException("NoSuchEntity", f"The entity {arn} cannot be found.")
