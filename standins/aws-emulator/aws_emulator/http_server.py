"""
The HTTP server: one thread for each connection, which stays open between requests. (Werkzeug's own closes it after each
answer, which costs more than putting a block does.)
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable
from http import HTTPStatus
from io import BufferedReader
from typing import Any

from moto.moto_server.werkzeug_app import MotoRequestHandler
from werkzeug.serving import ThreadedWSGIServer

from .errors import ConnectionCut

Answer = tuple[int, list[tuple[str, str]], bytes]


class Server(ThreadedWSGIServer):
    daemon_threads = True
    request_queue_size = 256

    def __init__(self, port: int, respond: Callable[[dict[str, Any]], Answer]) -> None:
        self.respond = respond
        super().__init__("127.0.0.1", port, app=None, handler=Handler)  # type: ignore[arg-type]

    @property
    def port_in_use(self) -> int:
        return int(self.server_address[1])


class Handler(MotoRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 65536
    server: Server
    rfile: BufferedReader

    def run_wsgi(self) -> None:
        if self.headers.get("Expect", "").lower() == "100-continue":
            self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            self.wfile.flush()
        environ = self.make_environ()
        environ["emulator.read_body"] = self.read_body
        try:
            status, headers, body = self.server.respond(environ)
        except ConnectionCut:
            self.cut()
            return
        except ConnectionError:
            self.close_connection = True  # the client went away
            return
        self.send_response_only(status, HTTPStatus(status).phrase)
        for name, value in headers:
            if name.lower() not in ("content-length", "connection", "transfer-encoding"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
        self.wfile.flush()

    def read_body(self, length: int) -> bytearray:
        """A block in one wait: reading it piece by piece, as it arrives, costs twice the time with many connections."""
        body = bytearray(length)
        view = memoryview(body)
        have = len(self.rfile.peek()[:length]) if length else 0
        view[:have] = self.rfile.read(have)
        while have < length:
            got = self.connection.recv_into(view[have:], length - have, socket.MSG_WAITALL)
            if got == 0:
                raise ConnectionResetError("the client went away in the middle of a block")
            have += got
        return body

    def cut(self) -> None:
        """Ends the connection as a broken line does: by a reset, without an answer."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Calls are counted (see stats.py), not logged: there are thousands."""
