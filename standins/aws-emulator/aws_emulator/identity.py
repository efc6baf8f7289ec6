"""Who signed a request, and is the signature right: users and sessions of roles, as moto keeps them."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from typing import Any

from moto.core.utils import utcnow
from moto.iam.models import IAMBackend, iam_backends
from moto.sts.models import AssumedRole, sts_backends

from .call import Call
from .config import ACCOUNT
from .errors import AwsError
from .policy import Document
from .signature import signature_matches

#: The user whose credentials the emulator hands out: an administrator, as IAM knows them.
OPERATOR = "operator"


@dataclass(frozen=True)
class Principal:
    arn: str
    policies: list[Document] = field(default_factory=list)
    #: Limits what the role may do, for this session.
    session_policy: Document | None = None
    #: The account's owner, whom no policy binds.
    root: bool = False
    #: The role, of a session: trust policies name that.
    role: str | None = None


ROOT = Principal(f"arn:aws:iam::{ACCOUNT}:root", root=True)


@dataclass
class Expiry:
    """Sessions that end before their time: after so many uses each."""

    uses: int
    #: So many sessions, then no more.
    sessions: int | None = None


class Identity:
    def __init__(self, key: str, secret: str) -> None:
        self.key = key
        self.secret = secret
        self._lock = threading.Lock()
        self._uses: dict[str, int] = {}
        self._expired: set[str] = set()
        self._expiry: Expiry | None = None

    def seed(self) -> None:
        """The operator, anew after each reset, with the same credentials."""
        user = iam().create_user("us-east-1", OPERATOR)
        everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
        user.put_policy("everything", json.dumps({"Version": "2012-10-17", "Statement": [everything]}))
        access_key = iam().create_access_key(OPERATOR, prefix="AKIA")
        access_key.access_key_id, access_key.secret_access_key = self.key, self.secret

    def clear(self) -> None:
        with self._lock:
            self._uses.clear()
            self._expired.clear()
            self._expiry = None

    def expire_after(self, expiry: Expiry) -> None:
        """Counts from now on: uses before this don't matter."""
        with self._lock:
            self._expiry = expiry
            self._uses.clear()

    def authenticate(self, call: Call) -> Principal:
        """The account's owner where nobody signed, or a key that moto gave to nobody (as `test`)."""
        if call.access_key is None:
            return ROOT
        session = find_session(call.access_key)
        if session is not None:
            self._check_session(call, session)
            check_signature(call, session.secret_access_key)
            return of_session(session)
        user = iam().get_user_from_access_key_id(call.access_key)
        if user is None:
            if call.header("x-amz-security-token"):
                raise invalid(call)
            return ROOT
        secret = next(k.secret_access_key for k in user.access_keys if k.access_key_id == call.access_key)
        check_signature(call, secret)
        return of_user(user)

    def _check_session(self, call: Call, session: AssumedRole) -> None:
        if call.header("x-amz-security-token") != session.session_token:
            raise invalid(call)
        if session.expiration.replace(tzinfo=None) <= utcnow().replace(tzinfo=None) or self._used_up(
            session.access_key_id
        ):
            # The body must be read, or the client never listens.
            call.read_body()
            code, status = {"ec2": ("RequestExpired", 400), "ebs": ("ExpiredTokenException", 403)}.get(
                call.service, ("ExpiredToken", 403)
            )
            raise AwsError(code, "The security token included in the request is expired", status)

    def _used_up(self, key: str) -> bool:
        with self._lock:
            if key in self._expired:
                return True
            expiry = self._expiry
            if expiry is None:
                return False
            self._uses[key] = self._uses.get(key, 0) + 1
            if self._uses[key] <= expiry.uses:
                return False
            self._expired.add(key)
            if expiry.sessions is not None:
                expiry.sessions -= 1
                if expiry.sessions <= 0:
                    self._expiry = None
            return True


def iam() -> IAMBackend:
    return iam_backends[ACCOUNT]["aws"]


def find_session(key: str) -> AssumedRole | None:
    return sts_backends[ACCOUNT]["aws"].get_assumed_role_from_access_key(key)


def of_user(user: Any) -> Principal:
    return Principal(user.arn, documents(user, *iam().get_groups_for_user(user.name)))


def of_session(session: AssumedRole) -> Principal:
    roles = [role for role in iam().roles.values() if role.arn == session.role_arn]
    limits = json.loads(session.policy) if session.policy else None
    return Principal(session.arn, documents(*roles), limits, role=session.role_arn)


def documents(*holders: Any) -> list[Document]:
    """Inline and managed policies of users, groups and roles."""
    texts = [
        text
        for holder in holders
        for text in (*holder.policies.values(), *(default(policy) for policy in holder.managed_policies.values()))
    ]
    return [json.loads(text) for text in texts]


def default(policy: Any) -> str:
    return str(next(version.document for version in policy.versions if version.is_default))


def check_signature(call: Call, secret: str) -> None:
    if signature_matches(call, secret):
        return
    call.read_body()
    code = {"ec2": "AuthFailure", "ebs": "InvalidSignatureException"}.get(call.service, "SignatureDoesNotMatch")
    raise AwsError(code, "The request signature we calculated does not match the signature you provided.", 403)


def invalid(call: Call) -> AwsError:
    call.read_body()
    code, status = {"ec2": ("AuthFailure", 401), "ebs": ("UnrecognizedClientException", 403)}.get(
        call.service, ("InvalidClientTokenId", 403)
    )
    return AwsError(code, "The security token included in the request is invalid", status)
