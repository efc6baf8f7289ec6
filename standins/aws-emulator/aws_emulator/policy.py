"""
What a policy document says about one action on one resource. Pure; the rules are those of
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Verdict = Literal["allow", "deny", "silent"]
Document = Mapping[str, Any]
#: Keys in lower case: names of condition keys know no case.
Context = Mapping[str, list[str]]


@dataclass(frozen=True)
class Question:
    """May this be done? `action` e.g. ec2:RunInstances, `resource` an ARN or `*`."""

    action: str
    resource: str
    context: Context = field(default_factory=dict)


def judge(documents: Iterable[Document], question: Question) -> Verdict:
    """A denial anywhere wins over every permission."""
    verdict: Verdict = "silent"
    for document in documents:
        statements = document.get("Statement", [])
        for statement in [statements] if isinstance(statements, Mapping) else statements:
            if not concerns(statement, question):
                continue
            if statement["Effect"] == "Deny":
                return "deny"
            verdict = "allow"
    return verdict


def denying(documents: Iterable[Document], question: Question) -> Mapping[str, Any] | None:
    """The first statement that denies it."""
    for document in documents:
        for statement in listed(document.get("Statement", [])):
            if statement["Effect"] == "Deny" and concerns(statement, question):
                found: Mapping[str, Any] = statement
                return found
    return None


def allowing(documents: Iterable[Document], question: Question) -> list[dict[str, str]]:
    """What of the documents allows it: statement, action and resource as they are written."""
    found: list[dict[str, str]] = []
    for document in documents:
        statements = document.get("Statement", [])
        for statement in [statements] if isinstance(statements, Mapping) else statements:
            if statement["Effect"] != "Allow" or not concerns(statement, question):
                continue
            actions = [a for a in listed(statement.get("Action", [])) if like(question.action.lower(), a.lower())]
            resources = [r for r in listed(statement.get("Resource", [])) if like(question.resource, r)]
            found += [
                {"sid": statement.get("Sid", ""), "action": action, "resource": resource}
                for action in actions
                for resource in resources
            ]
    return found


def concerns(statement: Mapping[str, Any], question: Question) -> bool:
    if "Action" in statement:
        if not any(like(question.action.lower(), pattern.lower()) for pattern in listed(statement["Action"])):
            return False
    elif any(like(question.action.lower(), pattern.lower()) for pattern in listed(statement["NotAction"])):
        return False
    if "Resource" in statement:
        if not any(like(question.resource, filled(p, question.context)) for p in listed(statement["Resource"])):
            return False
    elif "NotResource" in statement:
        if any(like(question.resource, filled(p, question.context)) for p in listed(statement["NotResource"])):
            return False
    return meets(statement.get("Condition", {}), question.context)


def meets(conditions: Mapping[str, Mapping[str, Any]], context: Context) -> bool:
    return all(
        holds(operator, key.lower(), [filled(text(value), context) for value in listed(wanted)], context)
        for operator, keys in conditions.items()
        for key, wanted in keys.items()
    )


def holds(operator: str, key: str, wanted: list[str], context: Context) -> bool:
    given = context.get(key)
    if operator == "Null":
        return (given is None) == (wanted == ["true"])
    prefix, _, name = operator.rpartition(":")
    if name.endswith("IfExists"):
        if given is None:
            return True
        name = name.removesuffix("IfExists")
    negative = name.startswith("StringNot") or name.startswith("ArnNot")
    if given is None:
        # A key that isn't there equals nothing; and all of no values do what is asked of all.
        return prefix == "ForAllValues" or negative
    tests = [any(compare(name, value, pattern) for pattern in wanted) for value in given]
    if negative:
        tests = [not test for test in tests]
    return all(tests) if prefix == "ForAllValues" or negative and prefix != "ForAnyValue" else any(tests)


def compare(name: str, value: str, pattern: str) -> bool:
    """Of the positive twin of an operator; `holds` turns the answer around."""
    match name:
        case "StringEquals" | "StringNotEquals":
            return value == pattern
        case "StringEqualsIgnoreCase" | "StringNotEqualsIgnoreCase" | "Bool":
            return value.lower() == pattern.lower()
        case "StringLike" | "StringNotLike" | "ArnLike" | "ArnEquals" | "ArnNotLike" | "ArnNotEquals":
            return like(value, pattern)
        case "NumericEquals":
            return float(value) == float(pattern)
        case "NumericLessThan":
            return float(value) < float(pattern)
        case "NumericLessThanEquals":
            return float(value) <= float(pattern)
        case "NumericGreaterThan":
            return float(value) > float(pattern)
        case "NumericGreaterThanEquals":
            return float(value) >= float(pattern)
    raise ValueError(
        f"the emulator does not know the condition operator {name}; add it to standins/aws-emulator, policy.py"
    )


def like(value: str, pattern: str) -> bool:
    """`*` is any text, `?` any character."""
    expression = "".join(".*" if c == "*" else "." if c == "?" else re.escape(c) for c in pattern)
    return re.fullmatch(expression, value, re.DOTALL) is not None


def filled(pattern: str, context: Context) -> str:
    """With policy variables, e.g. ${aws:username}, replaced."""
    return re.sub(r"\$\{([^}]+)\}", lambda match: (context.get(match[1].lower()) or [match[0]])[0], pattern)


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
