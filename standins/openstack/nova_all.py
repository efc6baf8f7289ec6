"""Nova's API, conductor, scheduler and a compute node of no real hypervisor in one process: the in-process message bus will do."""

import os
import socketserver
import sys
from wsgiref import simple_server

conf, port = sys.argv[1], int(sys.argv[2])
sys.argv = ["nova-all", "--config-file", conf]
os.environ["OS_NOVA_CONFIG_FILES"] = "api-paste.ini;nova.conf"

from nova import monkey_patch  # noqa: E402  (first, before anything else of Nova)

monkey_patch.patch(backend="threading")

import immediate  # noqa: E402, F401
import nova.virt  # noqa: E402
import os_vif  # noqa: E402
from nova import service  # noqa: E402
from nova.api.openstack import wsgi_app  # noqa: E402
from nova.cmd import manage  # noqa: E402
from nova.compute import rpcapi as compute  # noqa: E402
from nova.conductor import rpcapi as conductor  # noqa: E402
from nova.scheduler import rpcapi as scheduler  # noqa: E402

# Drivers are looked for there alone: machines.py has some.
nova.virt.__path__.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "plug"))
application = wsgi_app.init_application("osapi_compute", "nova-api-os-compute")
os_vif.initialize()
servers = []
for binary, api in (("nova-conductor", conductor), ("nova-scheduler", scheduler), ("nova-compute", compute)):
    server = service.Service.create(binary=binary, topic=api.RPC_TOPIC)
    server.start()
    servers.append(server)
manage.CellV2Commands().discover_hosts()


class Server(socketserver.ThreadingMixIn, simple_server.WSGIServer):
    daemon_threads = True


class Quiet(simple_server.WSGIRequestHandler):
    def log_message(self, *args):
        pass


simple_server.make_server("127.0.0.1", port, application, server_class=Server, handler_class=Quiet).serve_forever()
