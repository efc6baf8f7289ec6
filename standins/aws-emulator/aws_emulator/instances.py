"""Instances: their way from pending to terminated, their guests, and how spot capacity is taken away."""

from __future__ import annotations

import subprocess
import threading
from base64 import b64encode
from typing import Any

from moto.core.responses import ActionResult
from moto.core.utils import utcnow
from moto.ec2.models import ec2_backends
from moto.ec2.models.instances import Instance, StateReason
from moto.ec2.responses.general import General
from moto.ec2.responses.instances import InstanceResponse

from .addresses import Addresses
from .config import ACCOUNT, Config
from .errors import AwsError
from .guests import Guests
from .image import Image
from .launch import check_type, fill_in, find_image
from .light_guests import LightGuests
from .mend import Response, mend, refuse, tags_for
from .pending import Countdown, Pending
from .spot import SpotRequests
from .tokens import Tokens

STATES = {"pending": 0, "running": 16, "shutting-down": 32, "terminated": 48, "stopping": 64, "stopped": 80}
#: Calls at which time passes.
READING = ("describe_instances", "describe_instance_status")
UNKNOWN_TO_GUESTS = ("stop_instances", "start_instances", "reboot_instances")
#: What becomes of a state once it was read often enough.
NEXT = {"pending": "running", "shutting-down": "terminated"}


class Instances:
    def __init__(self, config: Config, pending: Pending) -> None:
        self._pending = pending
        self._spot = SpotRequests()
        self._addresses = Addresses(config.address_block, listen=config.machines)
        self._guests = self._make_guests(config)
        self._countdowns: dict[str, Countdown] = {}
        self._lock = threading.RLock()
        self._tokens: Tokens[Any] = Tokens(
            AwsError("IdempotentParameterMismatch", "The client token was used for a request that was not the same.")
        )
        self._moto = {
            name: getattr(InstanceResponse, name)
            for name in ("run_instances", "terminate_instances", *READING, *UNKNOWN_TO_GUESTS)
        }
        mend(
            InstanceResponse,
            run_instances=self._run,
            terminate_instances=self._terminate,
            **{name: lambda response, name=name: self._read(response, name) for name in READING},
            **{
                name: lambda response, name=name: self._refuse_with_guests(response, name) for name in UNKNOWN_TO_GUESTS
            },
        )
        mend(General, get_console_output=self._console)

    def _make_guests(self, config: Config) -> Guests | LightGuests | None:
        folder = config.folder / "guests"
        if config.light_machines:
            return LightGuests(folder)
        return None if config.guests is None else Guests(folder, config.guests, self._ended)

    def clear(self) -> None:
        self._tokens.clear()
        self._countdowns.clear()
        self._spot.requests.clear()
        self._addresses.clear()

    def end_all(self) -> None:
        if self._guests is not None:
            self._guests.end_all()

    def take(self, instance_id: str, reason: str) -> None:
        """As when capacity is needed elsewhere: the machine is gone, and EC2 says why."""
        if reason != "spot":
            raise ValueError(f'the reason is "spot", not {reason!r}')
        with self._lock:
            instance = next((i for i in all_instances() if i.id == instance_id), None)
            if instance is None:
                raise ValueError(f"there is no instance {instance_id}")
            if instance.lifecycle != "spot":
                raise ValueError(f"{instance_id} is no spot instance")
            self._end(instance, "Server.SpotInstanceTermination", "Spot instance termination")
            request = self._spot.of(instance_id)
            if request is not None:
                request.end("instance-terminated-by-service")

    def report(self) -> dict[str, Any]:
        return {
            instance.id: {
                "region": instance.ec2_backend.region_name,
                "state": instance.state,
                "publicIp": instance.public_ip,
                "guest": None if self._guests is None else self._guests.pid(instance.id),
            }
            for instance in all_instances()
        }

    def _run(self, response: Response) -> ActionResult:
        request = {key: value for key, value in response.params.items() if key != "ClientToken"}
        token = response._get_param("ClientToken")
        return ActionResult(self._tokens.once(response.region, token, request, lambda: self._launch(response)))

    def _launch(self, response: Response) -> Any:
        image = find_image(response)
        check_type(response, image)
        fill_in(response, image)
        reservation = self._moto["run_instances"](response).result
        for instance in reservation.instances:
            with self._lock:
                self._enter(instance, "pending")
            for nic in instance.nics.values():
                # moto keeps them for ever, which no launch asked for.
                nic.delete_on_termination = True
            instance.hypervisor = "xen"
            if instance.public_ip or self._guests is not None:
                instance.nics[0].public_ip_auto_assign = False
                instance.nics[0].public_ip = self._addresses.take()
            if instance.lifecycle == "spot":
                tags = tags_for(response, "spot-instances-request")
                instance.spot_instance_request_id = self._spot.open(response.ec2_backend, instance, tags).id
            if self._guests is not None:
                self._start_guest(self._guests, instance, image)
        return reservation

    def _start_guest(self, guests: Guests | LightGuests, instance: Instance, image: Image) -> None:
        try:
            guests.start(instance, image)
        except (OSError, RuntimeError, subprocess.SubprocessError) as error:
            with self._lock:
                self._end(instance, "Server.InternalError", str(error))
            raise AwsError("InternalError", f"the machine of {instance.id} can't be started: {error}", 500) from error

    def _console(self, response: Response) -> ActionResult:
        instance_id = response._get_param("InstanceId")
        instance = response.ec2_backend.get_instance(instance_id)
        text = self._guests.console(instance_id) if self._guests is not None else None
        output = b64encode((text or b"")[-65536:]).decode()
        return ActionResult({"InstanceId": instance.id, "Timestamp": utcnow(), "Output": output})

    def _refuse_with_guests(self, response: Response, action: str) -> ActionResult:
        if self._guests is not None:
            raise refuse("UnsupportedOperation", f"The emulator's machines know no {action}: terminate them.")
        asked = response._get_param("InstanceIds", [])
        public = {one.id for one in all_instances() if one.id in asked and one.nics[0].public_ip_auto_assign is False}
        answer: ActionResult = self._moto[action](response)
        for instance in all_instances():
            # A public address is one's own from one start to the next stop.
            if instance.id in public and action == "stop_instances":
                self._drop(instance)
            if instance.id in public and action == "start_instances" and not instance.public_ip:
                instance.nics[0].public_ip = self._addresses.take()
        return answer

    def _read(self, response: Response, action: str) -> ActionResult:
        with self._lock:
            for reservation in response.ec2_backend.reservations.values():
                for instance in reservation.instances:
                    countdown = self._countdowns.get(instance.id)
                    if countdown is not None and instance.state in NEXT and countdown.ready_now():
                        self._enter(instance, NEXT[instance.state])
            return self._moto[action](response)  # type: ignore[no-any-return]

    def _terminate(self, response: Response) -> ActionResult:
        with self._lock:
            asked = response._get_param("InstanceIds", [])
            gone = [i for i in all_instances() if i.id in asked and i.state in ("terminated", "shutting-down")]
            states = {instance.id: instance.state for instance in gone}
            if gone:
                response.params["InstanceIds"] = [identifier for identifier in asked if identifier not in states]
            changes: list[Any] = []
            if response.params["InstanceIds"]:
                changes = self._moto["terminate_instances"](response).result["TerminatingInstances"]
            for instance in all_instances():
                if instance.id in asked and instance.id not in states:
                    self._enter(instance, "shutting-down")
                    request = self._spot.of(instance.id)
                    if request is not None:
                        request.end("instance-terminated-by-user")
                    self._drop(instance)
            # To terminate twice is no error.
            for identifier, state in states.items():
                same = {"Code": STATES[state], "Name": state}
                changes.append({"InstanceId": identifier, "CurrentState": same, "PreviousState": same})
            return ActionResult({"TerminatingInstances": changes})

    def _ended(self, instance: Instance, failure: str | None) -> None:
        """Its guest powered itself off, or qemu failed."""
        with self._lock:
            if instance.state not in ("pending", "running"):
                return
            if failure is not None:
                self._end(instance, "Server.InternalError", failure)
                return
            said = "Instance initiated shutdown"
            if instance.instance_initiated_shutdown_behavior == "terminate":
                self._end(instance, "Client.InstanceInitiatedShutdown", said)
                request = self._spot.of(instance.id)
                if request is not None:
                    request.end("instance-terminated-by-user")
            else:
                instance.stop()
                instance.state_reason = StateReason(
                    f"Client.InstanceInitiatedShutdown: {said}", "Client.InstanceInitiatedShutdown"
                )

    def _end(self, instance: Instance, code: str, message: str) -> None:
        if instance.state == "terminated":
            return
        instance.terminate()
        instance._reason = ""
        instance.state_reason = StateReason(f"{code}: {message}", code)
        self._enter(instance, "terminated")
        self._drop(instance)

    def _drop(self, instance: Instance) -> None:
        if self._guests is not None:
            self._guests.end(instance.id)
        if instance.public_ip:
            self._addresses.give_back(instance.public_ip)
            instance.nics[0].public_ip = None

    def _enter(self, instance: Instance, state: str) -> None:
        instance._state.name, instance._state.code = state, STATES[state]
        self._countdowns[instance.id] = self._pending.start()


def all_instances() -> list[Instance]:
    return [
        instance
        for backend in list(ec2_backends[ACCOUNT].values())
        for reservation in backend.reservations.values()
        for instance in reservation.instances
    ]
