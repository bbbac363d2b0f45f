# SPDX-License-Identifier: Apache-2.0
"""A NATS server's trust in signed users: operator, account, user, and the file that a client is given."""

import base64
import hashlib
import json
import os
import subprocess
import tempfile

PREFIX = {"operator": 14 << 3, "account": 0, "user": 20 << 3, "seed": 18 << 3}


def checked(data):
    """With the CRC-16 that NATS puts behind its keys, in base32."""
    crc = 0
    for byte in data:
        crc ^= byte << 8
        for _ in range(8):
            crc = (crc << 1 ^ 0x1021 if crc & 0x8000 else crc << 1) & 0xFFFF
    return base64.b32encode(data + crc.to_bytes(2, "little")).decode().rstrip("=")


def base64url(data):
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


class Key:
    """An Ed25519 key, made and used by openssl."""

    def __init__(self, directory, kind):
        self.file = os.path.join(directory, f"{kind}-{os.urandom(4).hex()}.pem")
        subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", self.file], check=True)
        private = self.as_der()
        public = self.as_der("-pubout")
        self.name = checked(bytes([PREFIX[kind]]) + public[-32:])
        first = PREFIX["seed"] | PREFIX[kind] >> 5
        self.seed = checked(bytes([first, (PREFIX[kind] & 31) << 3]) + private[-32:])

    def as_der(self, *more):
        return subprocess.run(["openssl", "pkey", "-in", self.file, "-outform", "DER", *more], check=True,
                              capture_output=True).stdout

    def sign(self, data):
        with tempfile.NamedTemporaryFile() as file:
            file.write(data)
            file.flush()
            return subprocess.run(["openssl", "pkeyutl", "-sign", "-rawin", "-inkey", self.file, "-in", file.name],
                                  check=True, capture_output=True).stdout

    def vouch(self, kind, subject, **rights):
        """A token in which this key says who `subject` is."""
        claims = {"iat": 1700000000, "iss": self.name, "name": kind, "sub": subject.name,
                  "nats": {"type": kind, "version": 2, **rights}}
        claims["jti"] = base64.b32encode(hashlib.sha256(json.dumps(claims).encode()).digest()).decode().rstrip("=")
        signed = ".".join(base64url(json.dumps(part).encode())
                          for part in ({"typ": "JWT", "alg": "ed25519-nkey"}, claims))
        return signed + "." + base64url(self.sign(signed.encode()))


class Trust:
    """What a server is configured with, and users of its account."""

    ALL = {name: -1 for name in ("subs", "data", "payload", "imports", "exports", "conn", "leaf", "mem_storage",
                                 "disk_storage", "streams", "consumer")} | {"wildcards": True}

    def __init__(self, directory):
        self.directory = directory
        self.operator, self.account = Key(directory, "operator"), Key(directory, "account")
        system = Key(directory, "account")
        no_jetstream = self.ALL | dict.fromkeys(("mem_storage", "disk_storage", "streams", "consumer"), 0)
        accounts = "".join(f'{account.name}: "{self.operator.vouch("account", account, limits=limits)}"\n'
                           for account, limits in ((self.account, self.ALL), (system, no_jetstream)))
        self.configuration = (f'operator: "{self.operator.vouch("operator", self.operator)}"\n'
                              f"system_account: {system.name}\nresolver: MEMORY\nresolver_preload {{\n{accounts}}}\n")

    def user(self, account=None):
        """(name, credentials file)"""
        user = Key(self.directory, "user")
        token = (account or self.account).vouch("user", user, subs=-1, data=-1, payload=-1)
        file = os.path.join(self.directory, f"{user.name}.creds")
        with open(file, "w", encoding="ascii") as text:
            text.write(f"-----BEGIN NATS USER JWT-----\n{token}\n------END NATS USER JWT------\n\n"
                       f"-----BEGIN USER NKEY SEED-----\n{user.seed}\n------END USER NKEY SEED------\n")
        return user.name, file
