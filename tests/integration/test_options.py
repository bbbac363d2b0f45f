# SPDX-License-Identifier: Apache-2.0
"""Fields of a broker's config, as the server sees them while a member is connected, or timed."""

import json
import time
import unittest

from nats_credentials import Key, Trust
from servers import Nats, Port, Redis, ServerTest

EVENT = "orders:new"


class OptionsTest(ServerTest):
    def member(self, env, *arguments):
        self.apply(env)
        child = self.start("subscribe", EVENT, "--json", *arguments)
        self.wait_ready(child)
        return child


class RedisOptions(OptionsTest):
    def clients(self, redis):
        """CLIENT LIST, without the one that asks."""
        lines = [dict(part.split("=", 1) for part in line.split()) for line in redis.cli("CLIENT", "LIST").splitlines() if line]
        return [client for client in lines if client["cmd"] != "client|list"]

    def test_who_the_server_sees(self):
        redis = self.serve(Redis, "appendonly yes\nuser till on >right ~* &* +@all\n")
        self.member(redis.env(username="till", password="right", db=5, native={"client-name": "till-7"}))
        self.run_program("publish", EVENT, "1")
        seen = self.clients(redis)
        self.assertTrue(seen)
        self.assertEqual({(client["name"], client["user"], client["db"]) for client in seen}, {("till-7", "till", "5")})
        self.assertEqual(redis.cli("-n", "5", "XLEN", "shop.dev.orders.new"), "1\n")
        self.assertEqual(redis.cli("KEYS", "*"), "\n")

    def test_a_password_alone_is_the_default_users(self):
        redis = self.serve(Redis, "appendonly yes\nrequirepass right\n", log_in=("-a", "right", "--no-auth-warning"))
        self.member(redis.env(password="right"))
        self.assertEqual({(client["name"], client["user"], client["db"]) for client in self.clients(redis)},
                         {("ductape", "default", "0")})

    def test_a_channel_in_mode_pubsub(self):
        redis = self.serve(Redis)
        self.member(redis.env(mode="pubsub", channel="news"), "--mode", "broadcast")
        self.assertIn("news", redis.cli("PUBSUB", "CHANNELS").splitlines())


class NatsOptions(OptionsTest):
    def connections(self, nats):
        return nats.monitor("connz?auth=1")["connections"] or []

    def test_who_the_server_sees(self):
        nats = self.serve(Nats, "authorization { user: ann, password: right }\n")
        self.member(nats.env(user="ann", name="billing-7", **{"pass": "right"}))
        self.assertEqual({(client["name"], client["authorized_user"]) for client in self.connections(nats)},
                         {("billing-7", "ann")})

    def test_servers_is_one_or_several(self):
        nats = self.serve(Nats)
        for servers in (nats.url, [nats.url], [f"nats://127.0.0.1:{Port().number}", nats.url]):
            self.apply({"slug": "dev", "type": "NATS", "config": {"servers": servers}})
            self.run_program("publish", EVENT, "1")

    def test_a_token(self):
        nats = self.serve(Nats, "authorization { token: right }\n")
        self.member(nats.env(token="right"))
        self.assertEqual(len(self.connections(nats)), 1)

    def test_a_credentials_file(self):
        trust = Trust(self.directory)
        nats = self.serve(Nats, trust.configuration)
        name, file = trust.user()
        self.member(nats.env(credentialsFile=file))
        self.assertEqual({client["authorized_user"] for client in self.connections(nats)}, {name})
        self.run_program("publish", EVENT, "1")
        _, forged = trust.user(Key(self.directory, "account"))
        self.apply(nats.env(credentialsFile=forged))
        error = self.refused("publish", EVENT, "1", status=1)
        self.assertEqual(error["code"], "unauthenticated")
        self.assertIn("credentialsFile", error["hint"])

    def test_the_next_server_of_the_list(self):
        one, other = self.serve(Nats), self.serve(Nats)
        child = self.member({"slug": "dev", "type": "NATS", "config": {
            "servers": [one.url, other.url], "mode": "core", "reconnectTimeWait": 100}}, "--mode", "broadcast", "--count", "1")
        first, second = (one, other) if self.connections(one) else (other, one)
        self.assertFalse(self.connections(second))
        first.kill()
        self.wait_until(lambda: self.connections(second))
        self.run_program("publish", EVENT, '"after"')
        out, _ = self.ended(child)
        self.assertEqual(json.loads(out)["body"], "after")

    def test_two_attempts_to_reconnect_and_the_time_between(self):
        for wait in (500, 2000):
            nats = self.serve(Nats)
            child = self.member(nats.env(maxReconnectAttempts=2, reconnectTimeWait=wait))
            if wait == 2000:  # else its session is only just being opened
                self.run_program("publish", EVENT, "1")
                child.stdout.readline()
            nats.kill()
            began = time.monotonic()
            _, err = self.ended(child, status=1)
            took = time.monotonic() - began
            # One wait lies between the two.
            self.assertGreater(took, wait / 1000 * 0.9)
            self.assertLess(took, 20)
            self.assertIn("maxReconnectAttempts", err)

    def test_the_time_before_it_is_connected_again(self):
        nats = self.serve(Nats)
        self.member(nats.env(reconnectTimeWait=5000))
        began = time.monotonic()
        nats.kill()
        # The first try comes at once and finds nobody.
        time.sleep(2)
        nats.start()
        self.wait_until(lambda: self.connections(nats))
        self.assertGreater(time.monotonic() - began, 4.5)


if __name__ == "__main__":
    unittest.main()
