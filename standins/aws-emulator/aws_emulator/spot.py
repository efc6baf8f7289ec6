"""Spot requests of instances that RunInstances starts: moto knows only those of RequestSpotInstances."""

from __future__ import annotations

import secrets
from typing import Any

from moto.core.responses import ActionResult
from moto.core.utils import utcnow
from moto.ec2.models.core import TaggedEC2Resource
from moto.ec2.responses.spot_instances import SpotInstances
from moto.ec2.utils import generic_filter

from .mend import Response, mend, refuse


class SpotRequest(TaggedEC2Resource):
    def __init__(self, backend: Any, instance: Any) -> None:
        self.ec2_backend = backend
        self.id = f"sir-{secrets.token_hex(4)}"
        self.instance = instance
        self.created = utcnow()
        self.state = "active"
        self.status_code = "fulfilled"

    def end(self, code: str) -> None:
        """https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/spot-request-status.html"""
        if self.state in ("active", "open"):
            self.state, self.status_code = "closed", code

    @property
    def status(self) -> dict[str, Any]:
        return {"Code": self.status_code, "Message": self.status_code, "UpdateTime": self.created}

    def describe(self) -> dict[str, Any]:
        return {
            "SpotInstanceRequestId": self.id,
            "InstanceId": self.instance.id,
            "State": self.state,
            "Status": self.status,
            "Type": "one-time",
            "CreateTime": self.created,
            "ProductDescription": "Linux/UNIX",
            "LaunchedAvailabilityZone": self.instance.placement.zone,
            "InstanceInterruptionBehavior": "terminate",
            "LaunchSpecification": {"ImageId": self.instance.image_id, "InstanceType": self.instance.instance_type},
            "Tags": [{"Key": tag["key"], "Value": tag["value"]} for tag in self.get_tags()],
        }

    def get_filter_value(self, filter_name: str, method_name: str | None = None) -> Any:
        own = {
            "spot-instance-request-id": self.id,
            "instance-id": self.instance.id,
            "state": self.state,
            "status-code": self.status_code,
        }
        return own[filter_name] if filter_name in own else super().get_filter_value(filter_name, method_name)


class SpotRequests:
    def __init__(self) -> None:
        self.requests: dict[str, SpotRequest] = {}
        mend(SpotInstances, describe_spot_instance_requests=self._describe, cancel_spot_instance_requests=self._cancel)

    def open(self, backend: Any, instance: Any, tags: dict[str, str]) -> SpotRequest:
        request = SpotRequest(backend, instance)
        request.add_tags(tags)
        self.requests[request.id] = request
        return request

    def of(self, instance_id: str) -> SpotRequest | None:
        return next((r for r in self.requests.values() if r.instance.id == instance_id), None)

    def _asked(self, response: Response) -> list[SpotRequest]:
        mine = [r for r in self.requests.values() if r.ec2_backend is response.ec2_backend]
        asked = response._get_param("SpotInstanceRequestIds", [])
        unknown = set(asked) - {request.id for request in mine}
        if unknown:
            message = f"The spot instance request ID '{sorted(unknown)[0]}' does not exist"
            raise refuse("InvalidSpotInstanceRequestID.NotFound", message)
        return [request for request in mine if not asked or request.id in asked]

    def _describe(self, response: Response) -> ActionResult:
        requests = self._asked(response)
        filters = response._filters_from_querystring()
        found = generic_filter(filters, requests) if filters else requests
        return ActionResult({"SpotInstanceRequests": [request.describe() for request in found]})

    def _cancel(self, response: Response) -> ActionResult:
        """The instance runs on."""
        requests = self._asked(response)
        for request in requests:
            if request.state in ("active", "open"):
                request.state, request.status_code = "cancelled", "request-canceled-and-instance-running"
        return ActionResult(
            {"CancelledSpotInstanceRequests": [{"SpotInstanceRequestId": r.id, "State": r.state} for r in requests]}
        )
