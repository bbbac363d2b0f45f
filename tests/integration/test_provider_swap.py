# SPDX-License-Identifier: Apache-2.0
"""An environment goes from one provider to another while programs publish and subscribe in it."""

import json
import time
import unittest

from rabbitmq import Rabbitmq
from servers import Redis, ServerTest
from test_server_faults import EVENT, Traffic


class ProviderSwap(Traffic, ServerTest):
    def test_both_follow_and_nothing_confirmed_is_lost(self):
        redis, rabbitmq = self.serve(Redis), self.serve(Rabbitmq)
        self.apply(redis.env(), topics=[{"tag": "new", "groups": [{"name": "billing"}]}])
        publishing = self.start_publishing(4000, "--rate", "200", "--continue")
        member = self.start_member()
        self.wait_until(lambda: len(self.lines("handled")) > 400)
        part = {"envs": [rabbitmq.env()]}
        self.run_program("broker", "update", "orders", "-f", self.write("part.json", json.dumps(part)))
        began = time.monotonic()
        self.wait_until(lambda: self.receipts()[-1]["provider"] == "rabbitmq")
        first = self.receipts("rabbitmq")[0]["id"]
        self.wait_until(lambda: first in self.handled())
        self.assertLess(time.monotonic() - began, 5, "both follow within seconds")
        self.assertIsNone(publishing.poll(), "it was still publishing")
        publishing.wait(60)
        confirmed = {receipt["id"] for receipt in self.receipts()}
        self.assertGreater(len(self.receipts("rabbitmq")), 1000)
        self.wait_until(lambda: confirmed <= self.handled())
        self.terminate(member)

    def receipts(self, provider=None):
        return [line for line in self.lines("published") if "id" in line and provider in (None, line["provider"])]

    def handled(self):
        return {line["id"] for line in self.lines("handled")}


if __name__ == "__main__":
    unittest.main()
