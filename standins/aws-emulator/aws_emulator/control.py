"""The endpoint that tests drive the emulator by: /builders-emulator/... See docs/aws-emulator.md."""

from __future__ import annotations

import json
from typing import Any

from . import clock
from .http_server import Answer
from .identity import Expiry
from .snapshots import all_snapshots
from .world import World

PREFIX = "/builders-emulator"


def control(world: World, environ: dict[str, Any]) -> Answer:
    path = str(environ["PATH_INFO"]).removeprefix(PREFIX)
    length = int(environ.get("CONTENT_LENGTH") or 0)
    body = environ["wsgi.input"].read(length) if length else b""
    try:
        asked = json.loads(body or b"{}")
        return said(200, act(world, str(environ["REQUEST_METHOD"]), path, asked))
    except (ValueError, KeyError, LookupError) as error:
        return said(400, {"error": f"{environ['REQUEST_METHOD']} {PREFIX}{path}: {error}"})


def act(world: World, method: str, path: str, asked: dict[str, Any]) -> dict[str, Any]:
    match method, path:
        case "GET", "/stats":
            return {
                **world.stats.report(),
                "misfits": world.models.misfits(),
                "snapshots": snapshots(),
                "instances": world.instances.report(),
            }
        case "GET", "/credentials":
            return {"accessKeyId": world.identity.key, "secretAccessKey": world.identity.secret}
        case "POST", "/reset":
            world.reset()
            clock.reset()
        case "POST", "/faults":
            for fault in asked if isinstance(asked, list) else [asked]:
                add_fault(world, fault)
        case "DELETE", "/faults":
            world.faults.clear()
            world.identity.clear()
        case "POST", "/iam":
            world.access.enforced = bool(asked["enforce"])
        case "POST", "/guards":
            world.access.guards.put(asked)
        case "POST", "/pending":
            world.pending.reads = int(asked["reads"])
        case "POST", "/unseen":
            world.eventual.hidden.reads = int(asked["reads"])
        case "POST", "/clock":
            clock.advance(float(asked["minutes"]) * 60)
        case "POST", "/terminate":
            world.instances.take(asked["instanceId"], asked.get("reason", "spot"))
        case _:
            raise LookupError("there is no such thing; docs/aws-emulator.md lists what there is")
    return {}


def add_fault(world: World, fault: dict[str, Any]) -> None:
    if "expireAfterUses" in fault:
        world.identity.expire_after(Expiry(int(fault["expireAfterUses"]), fault.get("times")))
    else:
        world.faults.add(fault)


def snapshots() -> dict[str, Any]:
    return {
        snapshot.id: {
            "region": region,
            "blocks": len(snapshot.blocks.digests),
            "bytes": snapshot.blocks.bytes_put,
            "puts": snapshot.blocks.puts,
            "status": snapshot.status,
        }
        for region, snapshot in all_snapshots()
    }


def said(status: int, value: dict[str, Any]) -> Answer:
    return status, [("Content-Type", "application/json")], json.dumps(value).encode()
