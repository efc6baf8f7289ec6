"""Everything there is, put together: how a request is answered, and how all of it starts anew."""

from __future__ import annotations

import secrets
import shutil
import string
import sys
import threading
import traceback
from collections.abc import Callable
from typing import Any

from moto.core import model_instances
from moto.core.base_backend import BackendDict
from moto.ec2.models import ec2_backends
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

from .access import Access
from .ami import Images
from .call import Call, read_call
from .config import ACCOUNT, Config
from .ebs import Ebs
from .errors import AwsError, ConnectionCut
from .eventual import Eventual
from .encryption import mend_encryption
from .faults import Faults
from .guards import mend_decoding
from .http_server import Answer
from .identity import Identity
from .instance_reads import mend_reads
from .instances import Instances
from .key_pairs import mend_key_pairs
from .models import Models
from .network import mend_groups
from .pending import Pending
from .quotas import mend_quotas
from .references import mend_references
from .simulate import mend_simulation
from .snapshots import mend_snapshots
from .stats import Stats
from .stock import add_stock_images
from .wayout import add_way_out

#: What an error's code says when a permission is missing.
DENIED = {"UnauthorizedOperation", "AccessDenied", "AccessDeniedException"}


class World:
    def __init__(self, config: Config) -> None:
        self.config = config
        self.data = config.folder / "snapshots"
        self.pending = Pending(config.pending_reads)
        self.stats = Stats()
        self.models = Models()
        self.eventual = Eventual(config.unseen_reads)
        self.faults = Faults()
        self.access = Access(self.stats)
        self.identity = Identity(
            random_text(string.ascii_uppercase + "234567", 16, "AKIA"), random_text(string.ascii_letters, 40)
        )
        self.ebs = Ebs(self.data, self.pending)
        self.images = Images(self.data, self.pending)
        self.instances = Instances(config, self.pending)
        mend_groups()
        mend_key_pairs()
        mend_reads()
        mend_snapshots()
        mend_quotas()
        mend_references()
        mend_simulation(self.access.guards)
        mend_decoding()
        mend_encryption()
        self._moto = DomainDispatcherApplication(create_backend_app)
        self._lock = threading.Lock()
        self._stocked: set[str] = set()
        self._start()

    def respond(self, environ: dict[str, Any]) -> Answer:
        call = read_call(environ)
        self.stats.begin(call)
        try:
            status, headers, body = self.eventual.answer(call, self._answer(call))
        except AwsError as error:
            outcome = "denied" if error.code in DENIED else "allowed" if error.code == "DryRunOperation" else "failed"
            self.stats.count(call.service, call.action, outcome)
            self.models.refused(call, error)
            return error.render(call.service)
        except (ConnectionCut, ConnectionError):
            raise
        except Exception as error:
            # A mistake of the emulator's own: said where tests look, and to the client as any server says it.
            traceback.print_exc(file=sys.stderr)
            self.stats.count(call.service, call.action, "failed")
            code = "InternalServerException" if call.service == "ebs" else "InternalError"
            return AwsError(code, f"the emulator failed: {error!r} (see its log)", 500).render(call.service)
        self.stats.count(call.service, call.action, "allowed" if status < 400 else "failed")
        if status < 400:
            self.models.answered(call, headers, body)
        return status, headers, body

    def _answer(self, call: Call) -> Answer:
        self._stock(call.region)
        self.faults.strike(call, lambda: self.stats.count(call.service, call.action, "failed"))
        self.access.check(call, self.identity.authenticate(call))
        if call.dry_run:
            raise AwsError("DryRunOperation", "Request would have succeeded, but DryRun flag is set.", 412)
        if call.service == "ebs":
            return self.ebs.answer(call)
        return through_wsgi(self._moto, call.environ)

    def reset(self) -> None:
        """As at the start, with the same credentials: no guest, no data, no fault, no enforcement."""
        self.instances.end_all()
        BackendDict.reset()
        model_instances.reset_model_data()
        for part in (self.faults, self.stats, self.identity, self.ebs, self.images, self.instances):
            part.clear()
        self.access.enforced = False
        self.access.guards.put({})
        self._start()

    def end(self) -> None:
        self.instances.end_all()
        shutil.rmtree(self.data, ignore_errors=True)

    def _start(self) -> None:
        shutil.rmtree(self.data, ignore_errors=True)
        self.pending.reads = self.config.pending_reads
        self.eventual.clear(self.config.unseen_reads)
        with self._lock:
            self._stocked.clear()
        self.identity.seed()

    def _stock(self, region: str) -> None:
        """Stock images, and a way to the internet, come to a region when it is first used."""
        with self._lock:
            if region in self._stocked:
                return
            self._stocked.add(region)
            add_stock_images(self.images, ec2_backends[ACCOUNT][region], self.config.stock_images)
            add_way_out(ec2_backends[ACCOUNT][region])


def through_wsgi(app: Callable[..., Any], environ: dict[str, Any]) -> Answer:
    started: list[tuple[int, list[tuple[str, str]]]] = []

    def start_response(status: str, headers: list[tuple[str, str]], _: Any = None) -> None:
        started.append((int(status.split(" ", 1)[0]), headers))

    chunks = app(environ, start_response)
    try:
        body = b"".join(chunks)
    finally:
        if hasattr(chunks, "close"):
            chunks.close()
    status, headers = started[0]
    return status, headers, body


def random_text(letters: str, length: int, prefix: str = "") -> str:
    return prefix + "".join(secrets.choice(letters) for _ in range(length))
