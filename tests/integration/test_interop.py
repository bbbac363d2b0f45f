# SPDX-License-Identifier: Apache-2.0
"""Clients that are not ours read what we write, and we read what they write. Runs under tools/python."""

import asyncio
import json
import unittest
from urllib.parse import unquote

import nats
from servers import Nats, Redis, ServerTest

TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
EVENT = "orders:new"
BODY = '{ "orderId" : "12345", "städte": ["Köln"] }'


class InteropTest(ServerTest):
    def publish(self, body=BODY, *more):
        return self.json_of("publish", EVENT, body, "--header", f"traceparent={TRACE}", "--header", "Shop=7 & 8",
                            *more)

    def read(self, count, *more):
        return self.lines_of("subscribe", EVENT, "--from", "earliest", "--count", str(count), "--concurrency", "1",
                             "--timeout", "20s", *more)

    def native(self, what="new"):
        return self.json_of("topic", "show", f"orders:{what}")["native"]


class RedisCli(InteropTest):
    def setUp(self):
        super().setUp()
        self.redis = self.serve(Redis)
        self.apply(self.redis.env(), topics=[{"tag": "new"}, {"tag": "keys", "ordered": True},
                                             {"tag": "lean", "metadata": "lean"}])

    def entries(self, stream):
        """[(id, {field: value})] of XRANGE."""
        lines = iter(self.redis.cli("XRANGE", stream, "-", "+").splitlines())
        return [(identity, dict(zip(fields[::2], fields[1::2])))
                for identity in lines for fields in [[next(lines) for _ in range(6)]]]

    def test_it_reads_ours(self):
        receipt = self.publish()
        ((identity, fields),) = self.entries(self.native()["stream"])
        self.assertEqual(identity, receipt["native_id"])
        self.assertEqual((fields["body"], fields["id"]), (BODY, receipt["id"]))
        self.assertEqual(set(fields), {"body", "id", "meta"})
        meta = json.loads(fields["meta"])
        self.assertEqual(meta["headers"], {"Shop": "7 & 8"})
        self.assertEqual({name: meta[name] for name in ("specversion", "type", "datacontenttype", "traceparent")},
                         {"specversion": "1.0", "type": EVENT, "datacontenttype": "application/json",
                          "traceparent": TRACE})
        self.assertIn("shop", meta["source"])
        self.assertRegex(meta["time"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")

    def test_a_key_and_lean_metadata(self):
        self.json_of("publish", "orders:keys", "{}", "--key", "k 1")
        ((_, fields),) = self.entries(self.native("keys")["stream"])
        self.assertEqual(json.loads(fields["meta"])["partitionkey"], "k 1")
        self.json_of("publish", "orders:lean", "{}")
        ((_, fields),) = self.entries(self.native("lean")["stream"])
        self.assertEqual(set(json.loads(fields["meta"])), {"specversion", "source", "type"})

    def test_we_read_its(self):
        stream = self.native()["stream"]
        plain = self.redis.cli("XADD", stream, "*", "body", BODY).strip()
        self.redis.cli("XADD", stream, "*", "body", "text", "id", "mine-1", "meta", json.dumps(
            {"datacontenttype": "text/plain", "traceparent": TRACE, "headers": {"shop": "7"}}))
        self.redis.cli("XADD", stream, "*", "order", "12345", "total", "9")
        got = self.read(3)
        self.assertEqual((got[0]["id"], got[0]["body"], got[0]["headers"], got[0]["key"]),
                         (plain, json.loads(BODY), {}, None))
        self.assertEqual(got[1]["id"], "mine-1")
        self.assertEqual((got[1]["headers"], got[1]["body_base64"]), ({"shop": "7"}, "dGV4dA=="))
        self.assertEqual(got[2]["body"], {"order": "12345", "total": "9"})

    def test_a_group_is_a_group_and_is_seen(self):
        child = self.start("subscribe", EVENT, "--group", "billing", "--exec", "sleep 60")
        self.wait_ready(child)
        self.publish()
        stream = self.native()["stream"]
        self.wait_until(lambda: self.redis.cli("XPENDING", stream, "billing").splitlines()[0] == "1")
        child.kill()


class NatsClient(InteropTest):
    def setUp(self):
        super().setUp()
        self.nats = self.serve(Nats)
        self.apply(self.nats.env(), topics=[{"tag": "new"}, {"tag": "keys", "ordered": True},
                                            {"tag": "lean", "metadata": "lean"}])

    def with_client(self, work, url=None):
        async def run():
            client = await nats.connect(url or self.nats.url, connect_timeout=10)
            try:
                return await asyncio.wait_for(work(client), 20)
            finally:
                await client.close()

        return asyncio.run(run())

    def stored(self, what="new"):
        """The last message of a topic's stream."""
        native = self.native(what)

        async def last(client):
            return await client.jetstream().get_last_msg(native["stream"], native["subject"])

        return self.with_client(last)

    def test_it_reads_ours(self):
        receipt = self.publish()
        message = self.stored()
        self.assertEqual(message.data.decode(), BODY)
        headers = message.headers
        self.assertEqual(headers["Nats-Msg-Id"], receipt["id"])
        self.assertEqual(receipt["native_id"].rsplit(":", 1)[-1], str(message.seq))
        self.assertEqual({name: unquote(headers[f"ce-{name}"]) for name in
                          ("specversion", "id", "type", "datacontenttype", "traceparent")},
                         {"specversion": "1.0", "id": receipt["id"], "type": EVENT,
                          "datacontenttype": "application/json", "traceparent": TRACE})
        self.assertIn("shop", unquote(headers["ce-source"]))
        self.assertEqual(unquote(headers["Shop"]), "7 & 8")
        self.assertNotIn("content-type", {name.lower() for name in headers})

    def test_a_key_and_lean_metadata(self):
        self.json_of("publish", "orders:keys", "{}", "--key", "k 1")
        self.assertEqual(unquote(self.stored("keys").headers["ce-partitionkey"]), "k 1")
        self.json_of("publish", "orders:lean", "{}")
        names = {name for name in self.stored("lean").headers if name.startswith("ce-")}
        self.assertEqual(names, {"ce-specversion", "ce-id", "ce-source", "ce-type"})

    def test_its_consumer_reads_ours(self):
        ids = [self.publish()["id"] for _ in range(3)]
        native = self.native()

        async def pull(client):
            subscription = await client.jetstream().pull_subscribe(native["subject"], "theirs")
            messages = await subscription.fetch(3, timeout=10)
            for message in messages:
                await message.ack_sync()
            return [message.headers["ce-id"] for message in messages]

        self.assertEqual(self.with_client(pull), ids)

    def test_we_read_its(self):
        self.run_program("group", "create", EVENT, "--group", "default")
        subject = self.native()["subject"]

        async def publish(client):
            stream = client.jetstream()
            first = await stream.publish(subject, BODY.encode())
            await stream.publish(subject, b"\x00\xff", headers={"Shop": "7", "ce-id": "mine-1", "ce-traceparent": TRACE})
            await client.publish(subject, b"3")  # a plain publish, which JetStream takes too
            await client.flush()
            return first.seq

        first = self.with_client(publish)
        got = self.read(3, "--group", "default")
        self.assertEqual((got[0]["id"].rsplit(":", 1)[-1], got[0]["body"], got[0]["key"]), (str(first), json.loads(BODY), None))
        self.assertEqual((got[1]["id"], got[1]["body_base64"], got[1]["headers"]), ("mine-1", "AP8=", {"Shop": "7"}))
        self.assertEqual(got[2]["body"], 3)

    def test_a_stream_of_its_own_that_overtakes_a_group(self):
        async def make(client):
            await client.jetstream().add_stream(name="mine", subjects=["shop.>"], max_msgs=20)

        self.with_client(make)
        self.apply(self.nats.env(stream="mine"), topics=[{"tag": "new", "groups": [{"name": "g"}]}])
        self.run_program("publish", EVENT, "-", stdin="".join(f"{n}\n" for n in range(100)))
        got = self.lines_of("subscribe", EVENT, "--group", "g", "--idle", "7s", "--concurrency", "1")
        self.assertEqual([line["body"] for line in got], list(range(80, 100)))
        group = self.json_of("group", "show", EVENT, "--group", "g")
        self.assertEqual((group["lag"], group["done"], group["data_loss"]), (0, 20, 80))

    def test_a_group_that_it_sees(self):
        self.run_program("group", "create", EVENT, "--group", "billing")
        native = self.native()
        for _ in range(2):
            self.publish()

        async def info(client):
            return await client.jetstream().consumer_info(native["stream"], native["groups"]["billing"]["consumer"])

        self.assertEqual(self.with_client(info).num_pending, 2)

    def test_core(self):
        self.apply(self.nats.env(mode="core"), topics=[{"tag": "new", "durability": "lossy"}])
        subject = self.native()["subject"]

        async def both_ways(client):
            theirs = await client.subscribe(subject)
            await client.flush()
            ours = self.start("subscribe", EVENT, "--mode", "broadcast", "--count", "2", "--json", "--concurrency", "1")
            await asyncio.to_thread(self.wait_ready, ours)
            receipt = await asyncio.to_thread(self.publish)
            message = await theirs.next_msg(timeout=10)
            self.assertEqual((message.data.decode(), unquote(message.headers["ce-id"])), (BODY, receipt["id"]))
            await client.publish(subject, b'{"theirs":1}')
            await client.flush()
            out, _ = await asyncio.to_thread(self.ended, ours)
            return receipt["id"], [json.loads(line) for line in out.splitlines()]

        identity, got = self.with_client(both_ways)
        self.assertEqual((got[0]["id"], got[0]["body"]), (identity, json.loads(BODY)))
        self.assertEqual(got[1]["body"], {"theirs": 1})
        self.assertEqual(self.nats.streams(), {})


if __name__ == "__main__":
    unittest.main()
