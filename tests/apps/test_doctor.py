# SPDX-License-Identifier: Apache-2.0
"""doctor: what is wrong, and the knob to turn; stats --prometheus."""

import os
import re
import unittest

from program import StoreTest


class Doctor(StoreTest):
    def findings(self, *arguments, status=0):
        said = self.json_of("doctor", *arguments, status=status)
        self.assertEqual(set(said), {"state", "findings"})
        for finding in said["findings"]:
            self.assertEqual(set(finding), {"what", "state", "found", "knob"})
        return {finding["what"]: finding for finding in said["findings"]}, said["state"]

    def test_a_sound_store(self):
        found, _ = self.findings()
        self.assertEqual(list(found), ["store", "secrets", "broker events in dev"])
        self.assertTrue(found["store"]["found"].endswith(".ductape"))
        self.assertRegex(found["broker events in dev"]["found"], r"^local: SQLite 3\.[\d.]+, survives (power_loss|process_crash)$")
        out = self.run_program("doctor").out
        self.assertIn("broker events in dev", out)
        self.assertRegex(out.splitlines()[-1], "^(green|degraded)$")

    def test_groups(self):
        self.run_program("group", "create", "events:hello", "--group", "g")
        self.run_program("publish", "events:hello", "{}")
        self.run_program("publish", "events:hello", "{}")
        found, _ = self.findings()
        self.assertEqual(found["group g of events:hello in dev"]["found"], "2 to do")
        self.run_program("subscribe", "events:hello", "--group", "g", "--exec", "exit 65", "-n", "1")
        found, state = self.findings()
        finding = found["group g of events:hello in dev"]
        self.assertEqual((finding["state"], finding["found"]), ("degraded", "1 dead letters"))
        self.assertEqual(finding["knob"], "ductape dead-letters list events:hello --group g")
        self.assertEqual(state, "degraded")

    def test_a_group_that_its_provider_does_not_have(self):
        path = self.write("a.yaml", "brokers: [{tag: events, envs: [{slug: dev, type: LOCAL}, {slug: prd, type: LOCAL}], "
                                    "topics: [{tag: hello, groups: [{name: g}]}]}]")
        self.run_program("apply", "-f", path)
        found, _ = self.findings("-e", "prd")
        finding = found["group g of events:hello in prd"]
        self.assertEqual((finding["state"], finding["found"]), ("degraded", "its provider does not have it yet"))
        self.assertIn("apply", finding["knob"])

    def test_what_is_wrong_with_secrets(self):
        self.run_program("secret", "set", "PW", stdin="x")
        os.remove(os.path.join(self.directory, ".ductape/secret.key"))
        found, state = self.findings(status=1)
        self.assertEqual((found["secrets"]["state"], state), ("red", "red"))
        self.assertIn("secret.key", found["secrets"]["found"])
        self.assertIn("DUCTAPE_SECRET_KEY", found["secrets"]["knob"])
        self.assertIn("red", self.run_program("doctor", status=1).out)

    def test_a_variable_that_is_not_there(self):
        self.run_program("broker", "create", "orders", "--type", "REDIS", "--config", '{"host":"h","password":"${ORDERS_PW}"}')
        found, _ = self.findings(status=1)
        self.assertIn("ORDERS_PW", found["broker orders in dev"]["found"])
        self.assertIn("export ORDERS_PW", found["broker orders in dev"]["knob"])

    def test_an_unknown_product(self):
        self.refused("doctor", "-p", "none", name="PRODUCT_NOT_FOUND", says="none")


class Prometheus(StoreTest):
    LINE = re.compile(r'^(ductape_[a-z_]+)\{((?:[a-z]+="[^"]*",?)+)\} [0-9.e+-]+$')

    def test_the_text(self):
        self.run_program("group", "create", "events:hello", "--group", "g")
        for body in ("1", "2", "3"):
            self.run_program("publish", "events:hello", body)
        self.run_program("subscribe", "events:hello", "--group", "g", "--exec", "read n; [ $n != 2 ] || exit 65", "-n", "3")
        lines = self.run_program("stats", "--prometheus").out.splitlines()
        values = {}
        for at, line in enumerate(lines):
            if line.startswith("#"):
                continue
            name, labels = self.LINE.match(line).groups()
            values[name] = (labels, line.rsplit(" ", 1)[1])
            heads = [head for head in lines[:at] if head.startswith(("# HELP " + name + " ", "# TYPE " + name + " "))]
            self.assertEqual(len(heads), 2, name)
        group = 'product="demo",env="dev",event="events:hello",group="g"'
        self.assertEqual(values["ductape_published_total"], ('product="demo",env="dev",event="events:hello"', "3"))
        for name, value in (("done_total", "2"), ("dead_letters", "1"), ("dead_lettered_total", "1"), ("lag", "0"),
                            ("waiting", "0"), ("in_flight", "0"), ("parked", "0"), ("data_loss_total", "0")):
            self.assertEqual(values["ductape_group_" + name], (group, value), name)


if __name__ == "__main__":
    unittest.main()
