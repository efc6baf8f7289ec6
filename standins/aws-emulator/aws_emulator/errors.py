"""Refusals in the words of the service that was asked, each in its own protocol."""

from __future__ import annotations

import json
import uuid
from xml.sax.saxutils import escape


class AwsError(Exception):
    """An answer that is an error: its code is what SDKs name their exceptions after."""

    def __init__(self, code: str, message: str, status: int = 400, **fields: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status
        #: Further fields of the error's shape, e.g. Reason.
        self.fields = fields

    def render(self, service: str) -> tuple[int, list[tuple[str, str]], bytes]:
        request = str(uuid.uuid4())
        if service in ("ebs", "kms", "servicequotas"):
            body = json.dumps({"__type": self.code, "message": self.message, "Message": self.message, **self.fields})
            return (
                self.status,
                [
                    ("Content-Type", "application/x-amz-json-1.1"),
                    ("x-amzn-ErrorType", self.code),
                    ("x-amzn-RequestId", request),
                ],
                body.encode(),
            )
        detail = f"<Code>{escape(self.code)}</Code><Message>{escape(self.message)}</Message>"
        if service == "ec2":
            xml = f"<Response><Errors><Error>{detail}</Error></Errors><RequestID>{request}</RequestID></Response>"
        else:
            side = "Sender" if self.status < 500 else "Receiver"
            xml = f"<ErrorResponse><Error><Type>{side}</Type>{detail}</Error><RequestId>{request}</RequestId></ErrorResponse>"
        return self.status, [("Content-Type", "text/xml")], f'<?xml version="1.0" encoding="UTF-8"?>\n{xml}'.encode()


class ConnectionCut(Exception):
    """The connection ends here, without an answer."""
