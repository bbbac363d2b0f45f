# SPDX-License-Identifier: Apache-2.0
"""A real node of RabbitMQ for a case, and rabbitmqctl beside it."""

import json
import os
import signal
import socket
import subprocess

from servers import PR_SET_PDEATHSIG, Port, Server, libc, wait_for


def rabbitmq_env(port, slug="dev", host="127.0.0.1", **config):
    return {"slug": slug, "type": "RABBITMQ", "config": {"host": host, "port": port, **config}}


class Rabbitmq(Server):
    """With a name server of its own, which it would start and leave behind otherwise. `guest` may do all. `users`:
    {name: what it may (configure, write, read)}; each has the password `right`. `certificate` is shown at `tls_port`."""

    name = "rabbitmq"
    PROGRAMS = "/usr/lib/rabbitmq/bin"  # those in the path change the user and the environment

    def __init__(self, directory, configuration="", users=None, certificate=""):
        self.names_port, self.distribution_port, self.tls_port = Port(), Port(), Port()
        self.users, self.certificate = users or {}, certificate
        self.names = subprocess.Popen(
            ["epmd", "-address", "127.0.0.1", "-port", str(self.names_port.number)], stdin=subprocess.DEVNULL,
            preexec_fn=lambda: libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL))
        super().__init__(directory, configuration)

    def settings(self):
        with open(self.path("enabled_plugins"), "w", encoding="ascii") as file:
            file.write("[].\n")
        permissions = {"guest": (".*",) * 3, **self.users}
        with open(self.path("definitions.json"), "w", encoding="ascii") as file:
            json.dump({"vhosts": [{"name": "/"}, {"name": "empty"}],
                       "users": [{"name": name, "password": "guest" if name == "guest" else "right",
                                  "tags": ["administrator"] if name == "guest" else []} for name in permissions],
                       "permissions": [dict(zip(("user", "vhost", "configure", "write", "read"), (name, "/", *may)))
                                       for name, may in permissions.items()]}, file)
        os.symlink(self.file, self.path("rabbitmq.conf"))
        settings = (f"listeners.tcp.1 = 127.0.0.1:{self.port.number}\nvm_memory_high_watermark.absolute = 4GB\n"
                    "disk_free_limit.absolute = 1MB\nlog.console = true\nlog.console.level = warning\nlog.file = false\n"
                    f"load_definitions = {self.path('definitions.json')}\n")
        if self.certificate:
            settings += (f"listeners.ssl.1 = 127.0.0.1:{self.tls_port.number}\n"
                         f"ssl_options.certfile = {self.certificate}.crt\nssl_options.keyfile = {self.certificate}.key\n")
        return settings

    def path(self, name):
        return os.path.join(self.directory, name)

    def variables(self):
        return [f"HOME={self.directory}", f"RABBITMQ_NODENAME=ductape-{self.port.number}@localhost",
                f"RABBITMQ_DIST_PORT={self.distribution_port.number}", "ERL_EPMD_ADDRESS=127.0.0.1",
                f"ERL_EPMD_PORT={self.names_port.number}", f"RABBITMQ_MNESIA_BASE={self.path('mnesia')}",
                f"RABBITMQ_LOG_BASE={self.path('logs')}", "RABBITMQ_LOGS=-", f"RABBITMQ_PID_FILE={self.path('pid')}",
                f"RABBITMQ_ENABLED_PLUGINS_FILE={self.path('enabled_plugins')}",
                f"RABBITMQ_CONFIG_FILE={self.path('rabbitmq')}",
                "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS=-kernel inet_dist_use_interface {127,0,0,1}",
                # Then its script becomes the node, and does not stand before it.
                "RUNNING_UNDER_SYSTEMD=true"]

    def command(self):
        return ["env", *self.variables(), f"{self.PROGRAMS}/rabbitmq-server"]

    def start(self):
        with open(self.path("log"), "ab") as log:
            self.process = subprocess.Popen(
                self.command(), cwd=self.directory, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                preexec_fn=lambda: libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL))
        wait_for(self.is_ready, "rabbitmq-server", 60)

    def is_ready(self):
        with socket.create_connection(("127.0.0.1", self.port.number), 1) as client:
            client.sendall(b"AMQP\0\0\x09\x01")
            return client.recv(1) == b"\x01"

    def control(self, *arguments):
        """What rabbitmqctl prints."""
        done = subprocess.run(["env", *self.variables(), f"{self.PROGRAMS}/rabbitmqctl", "--quiet", *arguments],
                              check=True, capture_output=True, text=True, timeout=60)
        return done.stdout

    def queues(self, *columns):
        """[[name, *columns]], without ours for retries."""
        lines = [line.split("\t") for line in self.control("list_queues", "name", *columns).splitlines()[1:]]
        return [line for line in lines if not line[0].startswith("ductape.")]

    def end(self):
        super().end()
        self.names.kill()
        self.names.wait()

    def env(self, slug="dev", **config):
        return rabbitmq_env(self.port.number, slug, **config)
