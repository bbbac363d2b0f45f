# SPDX-License-Identifier: Apache-2.0
"""Places on a network at which no server answers, and certificates."""

import contextlib
import os
import socket
import subprocess


class Silence(contextlib.ExitStack):
    """A host that takes connections and never says a word; with `lost_syn` it does not even take them."""

    def __init__(self, lost_syn=False):
        super().__init__()
        listener = self.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0 if lost_syn else 128)
        self.port = listener.getsockname()[1]
        # The kernel drops what a full queue has no room for, as a firewall does.
        for _ in range(2 if lost_syn else 0):
            client = self.enter_context(socket.socket())
            client.setblocking(False)
            client.connect_ex(("127.0.0.1", self.port))


class Certificates:
    """Made by openssl: `server` and `expired` are of 127.0.0.1 and localhost, `elsewhere` of another host, `client` of a
    client. Nobody trusts `stranger`."""

    def __init__(self, directory):
        self.directory = directory
        for name in ("authority", "stranger"):
            self.openssl("req", "-x509", *self.key(name), "-days", "2", "-subj", f"/CN={name}", "-out", f"{name}.crt")
        here = "DNS:localhost,IP:127.0.0.1"
        for name, hosts, days in (("server", here, 2), ("elsewhere", "DNS:elsewhere.example", 2), ("expired", here, -1),
                                  ("client", "DNS:client.example", 2)):
            usage = "clientAuth" if name == "client" else "serverAuth"
            with open(self.path(f"{name}.ext"), "w", encoding="ascii") as file:
                file.write(f"subjectAltName={hosts}\nextendedKeyUsage={usage}\n")
            self.openssl("req", "-new", *self.key(name), "-subj", f"/CN={name}", "-out", f"{name}.csr")
            self.openssl("x509", "-req", "-in", f"{name}.csr", "-CA", "authority.crt", "-CAkey", "authority.key",
                         "-CAcreateserial", "-days", str(days), "-extfile", f"{name}.ext", "-out", f"{name}.crt")

    def path(self, name):
        return os.path.join(self.directory, name)

    def openssl(self, *arguments):
        subprocess.run(["openssl", *arguments], cwd=self.directory, check=True, capture_output=True, timeout=20)

    @staticmethod
    def key(name):
        return "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", f"{name}.key"

    def trusting(self, authority):
        """What a broker's config says."""
        return {"tls": True, "tls.ca": self.path(f"{authority}.crt")}
