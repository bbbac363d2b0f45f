# SPDX-License-Identifier: Apache-2.0
"""apply: the declarative file, all or nothing."""

import json
import os
import unittest

from program import ProgramTest, StoreTest

SHOP = """\
product: shop
brokers:
  - tag: orders
    name: Order Events
    envs:
      - { slug: dev, type: LOCAL }
      - { slug: prd, type: LOCAL }
    topics:
      - tag: new-orders
        name: New Orders
        sample: { orderId: "12345", total: 99.99 }
        ordered: true
        policy: { max_attempts: 3, backoff: { min: 2s, max: 1m }, retention: 7d }
        groups: [ { name: billing, from: earliest }, { name: audit } ]
"""


class Apply(ProgramTest):
    def setUp(self):
        super().setUp()
        self.write("shop.yaml", SHOP)
        self.environment["DUCTAPE_PRODUCT"] = "shop"

    def state(self, name, *more):
        return self.json_of("group", "show", "orders:new-orders", "--group", name, *more)["state"]

    def test_makes_everything_and_says_so_line_by_line(self):
        lines = self.run_program("apply", "-f", "shop.yaml").out.splitlines()
        self.assertEqual(
            sorted(lines),
            ["+ broker orders", "+ group orders:new-orders/audit", "+ group orders:new-orders/billing", "+ product shop",
             "+ topic orders:new-orders"])
        self.assertEqual(self.state("billing"), "ready")
        self.assertEqual(self.state("billing", "-e", "prd"), "pending")
        self.run_program("publish", "orders:new-orders", '{"orderId":"1","total":1.5}', "--key", "k")
        self.assertEqual(
            self.lines_of("subscribe", "orders:new-orders", "-g", "billing", "--count", "1")[0]["body"]["orderId"], "1")
        self.assertEqual(self.json_of("group", "show", "orders:new-orders", "-g", "audit")["policy"],
                         {"max_attempts": 3, "backoff": {"min": "2s", "max": "1m"}, "max_deliveries": 20, "dedup": "0s"})

    def test_again_changes_nothing(self):
        self.run_program("apply", "-f", "shop.yaml")
        self.assertIn("nothing to change", self.run_program("apply", "-f", "shop.yaml").out)

    def test_a_change_is_told(self):
        self.run_program("apply", "-f", "shop.yaml")
        self.write("shop.yaml", SHOP.replace("New Orders", "Orders"))
        self.assertEqual(self.run_program("apply", "-f", "shop.yaml").out, "~ topic orders:new-orders\n")

    def test_prune_ends_what_the_file_does_not_name(self):
        self.run_program("apply", "-f", "shop.yaml")
        self.run_program("publish", "orders:new-orders", '{"orderId":"1","total":1.5}')
        self.write("less.yaml", SHOP.replace("groups: [ { name: billing, from: earliest }, { name: audit } ]", "groups: [ { name: audit } ]"))
        self.assertIn("nothing to change", self.run_program("apply", "-f", "less.yaml").out)
        self.assertEqual(self.run_program("apply", "-f", "less.yaml", "--prune", "--dry-run").out,
                         "- group orders:new-orders/billing\ndry run: nothing was stored\n")
        member = self.start("subscribe", "orders:new-orders", "--group", "billing")
        self.wait_ready(member)
        self.refused("apply", "-f", "less.yaml", "--prune", name="CONFLICT", says=["nothing was stored", "1 member running"])
        self.assertEqual(self.state("billing"), "ready")
        self.terminate(member)
        self.assertEqual(self.run_program("apply", "-f", "less.yaml", "--prune").out, "- group orders:new-orders/billing\n")
        self.assertEqual([group["group"] for group in self.json_of("group", "list")], ["audit"])
        # Nothing of it is left at the provider: a new one of that name has nothing.
        self.run_program("group", "create", "orders:new-orders", "--group", "billing")
        self.assertEqual(self.json_of("group", "show", "orders:new-orders", "-g", "billing")["waiting"], 0)

    def test_export_is_what_apply_accepts(self):
        self.run_program("apply", "-f", "shop.yaml")
        for form in ("yaml", "json"):
            text = self.run_program("export", "--format", form).out
            self.write("exported", text)
            self.assertIn("nothing to change", self.run_program("apply", "-f", "exported", "--prune").out)
            store = ["--store", os.path.join(self.directory, "elsewhere-" + form)]
            self.run_program(*store, "apply", "-f", "exported")
            self.assertEqual(self.run_program(*store, "export", "--format", form).out, text)
        self.assertEqual(self.json_of("export")["product"], "shop")
        self.refused("export", "--product", "absent", name="PRODUCT_NOT_FOUND")

    def test_in_json(self):
        done = self.json_of("apply", "-f", "-", stdin=SHOP)
        self.assertEqual((done["product"], done["dry_run"]), ("shop", False))
        self.assertIn({"change": "added", "object": "broker orders"}, done["changes"])
        self.assertEqual(
            sorted((group["group"], group["env"], group["state"]) for group in done["groups"]),
            [("audit", "dev", "ready"), ("billing", "dev", "ready")])

    def test_all_envs(self):
        done = self.json_of("apply", "-f", "shop.yaml", "--all-envs")
        self.assertEqual({group["env"] for group in done["groups"]}, {"dev", "prd"})
        self.assertEqual(self.state("billing", "-e", "prd"), "ready")

    def test_dry_run_stores_nothing(self):
        self.assertIn("+ broker orders\n", self.run_program("apply", "-f", "shop.yaml", "--dry-run").out)
        self.assertTrue(self.json_of("apply", "-f", "shop.yaml", "--dry-run")["dry_run"])
        self.assertEqual(self.json_of("product", "list"), [])

    def test_the_seeds_spelling_in_json(self):
        text = json.dumps({"product": "shop", "brokers": [
            {"name": "Orders", "tag": "orders", "envs": [{"slug": "dev", "type": "local", "config": {}}],
             "topics": [{"name": "New", "tag": "orders:new", "sample": {"a": 1}}]}]})
        self.run_program("apply", "-f", self.write("shop.json", text))
        self.run_program("topic", "show", "orders:new")

    def test_all_or_nothing(self):
        for broken, says in (
            (SHOP.replace("sample:", "smaple:"), ["smaple", "sample"]),
            (SHOP.replace("ordered: true", "ordered: perhaps"), ["ordered"]),
            (SHOP.replace("type: LOCAL }", "type: PIGEON }", 1), ["PIGEON"]),
            (SHOP.replace("new-orders", "New_Orders"), ["New_Orders"]),
            (SHOP.replace("max_attempts: 3", "max_attempts: three"), ["max_attempts"]),
            (SHOP.replace("name: audit", "name: a/b"), ["a/b"]),
            (of_type("NATS", "servers: 5"), ["config/servers", "a list of texts", 'servers: ["...']),
            (of_type("NATS", "servers: a, stream: a b"), ["config/stream", "without", '"a b"']),
            (of_type("REDIS", "host: [a]"), ["config/host", "expected a text", 'write host: "..."']),
            (of_type("REDIS", "host: a, password: 0123"), ["config/password", "put it in quotes"]),
            (of_type("RABBITMQ", "port: 99999"), ["config/port", "from 0 to 65535"]),
            (of_type("KAFKA", "brokers: [1]"), ["config/brokers", "a list of texts"]),
            (of_type("KAFKA", "brokers: [a], ssl: 1"), ["config/ssl", "true or false"]),
            (of_type("KAFKA", "brokers: [a], sasl: me"), ["config/sasl", "an object"]),
            (of_type("AWS_SQS", "region: [a]"), ["config/region", "a text"]),
            (of_type("GOOGLE_PUBSUB", "projectId: p, native: 1"), ["config/native", "an object"]),
            ("product: shop\nbrokers: [\n", []),
            ("", []),
            ("[]", []),
        ):
            with self.subTest(broken[-60:]):
                self.refused("apply", "-f", "-", stdin=broken, says=says)
        self.assertEqual(self.json_of("product", "list"), [])

    def test_a_file_that_is_not_there(self):
        self.refused("apply", "-f", "absent.yaml", says="absent.yaml")
        self.refused("apply", "-f", ".", says=".")


def of_type(technology, config):
    return f"product: shop\nbrokers: [{{tag: b, envs: [{{slug: dev, type: {technology}, config: {{{config}}}}}]}}]\n"


class Pending(StoreTest):
    def test_a_group_whose_files_cannot_be_made_is_named_and_pending(self):
        # The embedded broker's directory is a file: it is the server that cannot be reached.
        self.write("shop.yaml", SHOP)
        import os
        import shutil

        local = os.path.join(self.directory, ".ductape", "local")
        shutil.rmtree(local, ignore_errors=True)
        with open(local, "w", encoding="ascii"):
            pass
        done = self.run_program("apply", "-f", "shop.yaml", status=3)
        self.assertIn("+ group orders:new-orders/billing", done.out)
        self.assertIn("orders:new-orders/billing in dev", done.err)
        text = self.run_program("apply", "-f", "shop.yaml", "--json", status=3).out
        self.assertEqual({group["state"] for group in json.loads(text)["groups"]}, {"pending"})
        os.remove(local)
        self.run_program("apply", "-f", "shop.yaml")
        states = {group["state"] for group in self.json_of("group", "list", "-p", "shop")}
        self.assertEqual(states, {"ready"})


if __name__ == "__main__":
    unittest.main()
