"""Key pairs are deleted by their id as well as by their name."""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.responses.key_pairs import KeyPairs

from .mend import Response, mend


def mend_key_pairs() -> None:
    """moto reads the name alone, and answers that one without a name is deleted."""
    mend(KeyPairs, delete_key_pair=delete)


def delete(response: Response) -> Any:
    """One that is not there is deleted: so does EC2."""
    wanted = response._get_param("KeyName"), response._get_param("KeyPairId")
    response.error_on_dryrun()
    pairs = response.ec2_backend.key_pairs
    found = [pair for pair in pairs.values() if pair.key_name == wanted[0] or pair.id == wanted[1]]
    for pair in found:
        del pairs[pair.key_name]
    return ActionResult({"Return": True, "KeyPairId": found[0].id if found else wanted[1]})
