"""Puts a function of ours in the place of what moto does for an action."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.exceptions import EC2ClientError

from .models import model_of, unknown

#: A call as moto has parsed it: `_get_param` by the names of the API's reference.
Response = Any


def mend(response_class: type, **actions: Callable[[Response], Any]) -> None:
    for name, answer in actions.items():
        # A plain function, so that the class makes a method of it: what it gets is the call.
        setattr(response_class, name, lambda response, answer=answer: held(response, answer(response)))


def held(response: Response, answer: Any) -> Any:
    """The answer, if it says nothing that the SDK's model has no name for."""
    action = response._get_action()
    shape = model_of(response.boto3_service_name, action).output_shape
    if isinstance(answer, ActionResult) and shape is not None:
        strange = list(unknown(answer.result, shape))
        if strange:
            raise TypeError(f"{action} has no {', '.join(strange)} in its answer")
    return answer


def refuse(code: str, message: str) -> EC2ClientError:
    """What EC2 says no with."""
    return EC2ClientError(code, message)


def tags_for(response: Response, kind: str) -> dict[str, str]:
    """The tags that the call gives to new things of a kind (image, snapshot, instance, volume)."""
    specifications = response._get_param("TagSpecifications", []) or response._get_param("TagSpecification", [])
    return {
        tag["Key"]: tag.get("Value", "")
        for specification in specifications
        if specification.get("ResourceType") == kind
        for tag in specification.get("Tags", [])
    }
