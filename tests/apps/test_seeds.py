# SPDX-License-Identifier: Apache-2.0
"""The objects of Ductape's documents, unchanged, in each call that the documents make of them."""

import json
import unittest

from program import StoreTest

KAFKA = {"brokers": ["kafka-prod.example.com:9092"], "clientId": "order-service", "groupId": "order-consumers",
         "topic": "orders", "ssl": True,
         "sasl": {"mechanism": "scram-sha-256", "username": "prod-user", "password": "prod-password"}}
# In the order of the documents: type, config, and the credentials in it.
CONFIGS = (
    ("KAFKA", KAFKA, {"sasl.password"}),
    ("RABBITMQ", {"host": "rabbitmq.example.com", "port": 5672, "username": "u", "password": "p", "queue": "q",
                  "routingKey": "r"}, {"password"}),
    ("REDIS", {"host": "redis.example.com", "port": 6379, "password": "p"}, {"password"}),
    ("AWS_SQS", {"region": "us-east-1", "accessKeyId": "AKIA", "secretAccessKey": "s"}, {"secretAccessKey"}),
    ("GOOGLE_PUBSUB", {"projectId": "p", "topicName": "t", "subscriptionName": "s", "keyFilename": "/k.json"}, set()),
    ("NATS", {"servers": "nats://localhost:4222", "user": "u", "pass": "p", "token": "t", "name": "n",
              "maxReconnectAttempts": -1, "reconnectTimeWait": 2000}, {"pass", "token"}),
    ("NATS", {"servers": ["nats://server1:4222", "nats://server2:4222"]}, set()),
)
ORDER_EVENTS = {
    "name": "Order Events", "tag": "order-events", "description": "Handles all order-related messages",
    "envs": [{"slug": "prd", "type": "KAFKA", "config": KAFKA},
             {"slug": "dev", "type": "REDIS", "config": {"host": "localhost", "port": 6379}}]}
NEW_ORDERS = {
    "name": "New Orders", "messageBrokerTag": "order-events", "tag": "order-events:new-orders",
    "description": "Topic for new order notifications",
    "sample": {"orderId": "12345", "customerId": "cust_789", "total": 99.99, "createdAt": "2024-01-15T10:30:00Z"}}
QUEUES = [{"env_slug": "prd", "url": "https://sqs.us-east-1.amazonaws.com/123/orders-prd"},
          {"env_slug": "dev", "url": "https://sqs.us-east-1.amazonaws.com/123/orders-dev"}]


class Seeds(StoreTest):
    def make(self, noun, definition):
        return self.json_of(noun, "create", "-f", "-", stdin=json.dumps(definition))

    def change(self, noun, tag, partial):
        return self.json_of(noun, "update", tag, "-f", "-", stdin=json.dumps(partial))

    def test_a_broker_with_an_environment_of_each_kind(self):
        made = self.make("broker", ORDER_EVENTS)
        self.assertEqual((made["name"], made["tag"], made["description"]),
                         ("Order Events", "order-events", "Handles all order-related messages"))
        self.assertEqual([(env["slug"], env["type"]) for env in made["envs"]], [("prd", "KAFKA"), ("dev", "REDIS")])
        sealed = {**KAFKA, "sasl": {**KAFKA["sasl"], "password": "$Secret{order-events_prd_sasl.password}"}}
        self.assertEqual(made["envs"][0]["config"], sealed)
        self.assertEqual(self.json_of("broker", "show", "order-events")["envs"], made["envs"])
        self.assertIn("order-events", [broker["tag"] for broker in self.json_of("broker", "list")])

    def test_an_environments_provider_is_changed_and_the_others_stay(self):
        bus = {"name": "Message Bus", "tag": "message-bus", "description": "Message Broker for Product",
               "envs": [{"slug": "prd", "type": "RABBITMQ", "config": CONFIGS[1][1]},
                        {"slug": "dev", "type": "REDIS", "config": CONFIGS[2][1]}]}
        before = self.make("broker", bus)
        after = self.change("broker", "message-bus", {"envs": [{"slug": "prd", "type": "KAFKA", "config": KAFKA}]})
        self.assertEqual([(env["slug"], env["type"]) for env in after["envs"]], [("prd", "KAFKA"), ("dev", "REDIS")])
        self.assertEqual(after["envs"][1], before["envs"][1])
        self.assertGreater(after["revision"], before["revision"])
        stale = {"revision": before["revision"], "name": "Bus"}
        self.refused("broker", "update", "message-bus", "-f", "-", stdin=json.dumps(stale), name="CONFLICT",
                     says="message-bus")
        self.assertEqual(self.json_of("broker", "show", "message-bus"), after)

    def test_each_config_is_taken_and_its_credentials_are_sealed(self):
        for number, (kind, config, credentials) in enumerate(CONFIGS):
            for spelling in (kind, kind.lower()):
                tag = f"b{number}-{'upper' if spelling == kind else 'lower'}"
                with self.subTest(tag):
                    made = self.make("broker", {"name": "B", "tag": tag,
                                                "envs": [{"slug": "prd", "type": spelling, "config": config}]})
                    self.assertEqual(made["envs"][0]["type"], kind)
                    self.assertEqual({name.removeprefix(f"{tag}_prd_") for name in self.secrets_of(tag)}, credentials)

    def test_one_type_for_all_environments_and_a_url_for_each(self):
        """As the MCP reference has it: create([{..., type, envs: [{slug, connection_url}]}])."""
        for number, (kind, url, expected, config) in enumerate((
            ("kafka", "kafka://k1:9092,k2:9092", "KAFKA", {"brokers": "k1:9092,k2:9092"}),
            ("kafka", "k1:9092", "KAFKA", {"brokers": "k1:9092"}),
            ("rabbitmq", "amqps://u:p@h/vhost", "RABBITMQ", {"url": "$Secret{b1_prd_url}"}),
            ("redis", "redis://me:p%40w@h:6380/1", "REDIS", {"url": "redis://me:$Secret{b1_prd_url}@h:6380/1"}),
            ("nats", "nats://n:4222", "NATS", {"servers": "nats://n:4222"}),
        )):
            with self.subTest(url):
                tag = "b1" if "b1" in json.dumps(config) else f"c{number}"
                made = self.make("broker", {"tag": tag, "name": "B", "type": kind, "envs": [
                    {"slug": "prd", "connection_url": url}, {"slug": "dev", "type": "local"}]})
                self.assertEqual(made["envs"], [{"slug": "prd", "type": expected, "config": config},
                                                {"slug": "dev", "type": "LOCAL", "config": {}}])
                exported = self.run_program("export").out
                self.assertNotIn("p%40w", exported)
                self.assertIn("nothing to change", self.run_program("apply", "-f", "-", "--prune", stdin=exported).out)
                self.run_program("broker", "delete", tag)
        made = self.make("broker", {"tag": "queues", "type": "sqs", "envs": [
            {"slug": "prd", "connection_url": "https://sqs.us-east-1.amazonaws.com/123/q", "config": {"region": "us-east-1"}}]})
        self.assertEqual(made["envs"][0]["config"]["queueUrl"], "https://sqs.us-east-1.amazonaws.com/123/q")

    def test_urls_that_cannot_be(self):
        for kind, env, says in (
            ("local", {"connection_url": "x"}, ["LOCAL is not configured with a URL"]),
            ("redis", {"connection_url": "http://h"}, ["config/url", "redis://"]),
            ("redis", {"connection_url": "redis://h", "config": {"host": "h"}}, ["host", "url", "leave one out"]),
            ("nats", {"connection_url": "nats://h", "config": {"servers": "a"}}, ["servers", "leave one out"]),
            ("nats", {"connection_url": 5}, ["connection_url", "a string"]),
            ("kafka", {"connection_url": "kafka://me:s3cret@h:9092"}, ["brokers"]),
        ):
            with self.subTest(kind + str(env)):
                broker = {"tag": "b", "type": kind, "envs": [{"slug": "prd", **env}]}
                error = self.refused("broker", "create", "-f", "-", stdin=json.dumps(broker), says=says)
                self.assertNotIn("s3cret", json.dumps(error))
        self.refused("broker", "update", "events", "-f", "-", stdin='{"type": "kafka"}', says=["type", "envs"])

    def test_a_topic_whose_messages_are_handled_once(self):
        self.make("broker", ORDER_EVENTS)
        made = self.make("topic", {**NEW_ORDERS, "idempotent": True})
        self.assertEqual(made["policy"]["dedup"], "1d")
        self.assertIn("nothing to change", self.run_program("apply", "-f", "-", stdin=self.run_program("export").out).out)
        self.assertNotIn("dedup", self.change("topic", made["tag"], {"idempotent": False})["policy"])
        self.refused("topic", "create", "-f", "-", stdin=json.dumps({"tag": "order-events:b", "data": [{"name": "a"}]}),
                     name="UNSUPPORTED", says=["sample", "schema"])

    def secrets_of(self, tag):
        return [one["name"] for one in self.json_of("secret", "list") if f"broker {tag} in prd" in one["used_by"]]

    def test_topics(self):
        self.make("broker", ORDER_EVENTS)
        made = self.make("topic", NEW_ORDERS)
        self.assertEqual((made["tag"], made["name"], made["sample"]),
                         ("order-events:new-orders", "New Orders", NEW_ORDERS["sample"]))
        after = self.change("topic", "order-events:new-orders", {
            "description": "Updated description",
            "sample": {"orderId": "12345", "customerId": "cust_789", "total": 99.99, "status": "pending"}})
        self.assertEqual((after["name"], after["description"]), ("New Orders", "Updated description"))
        self.assertEqual(after["optional"], ["/status"], "who runs does not send it yet")
        self.assertEqual([topic["tag"] for topic in self.json_of("topic", "list", "--broker", "order-events")],
                         ["order-events:new-orders"])

    def test_queues_of_a_topic_in_both_spellings(self):
        envs = [{"slug": slug, "type": "sqs", "config": CONFIGS[3][1]} for slug in ("prd", "dev")]
        self.make("broker", {"name": "SQS", "tag": "sqs-broker", "envs": envs})
        for number, spelling in enumerate(("queueUrl", "queueUrls")):
            queues = [{**queue, "url": f"{queue['url']}-{number}"} for queue in QUEUES]
            made = self.make("topic", {"name": "New Orders", "messageBrokerTag": "sqs-broker",
                                       "tag": f"sqs-broker:new-orders-{number}", spelling: queues,
                                       "sample": {"orderId": "12345"}})
            self.assertEqual(made["queueUrls"], queues)
            gone = self.change("topic", made["tag"], {spelling: [{"env_slug": "prd", "url": None}]})
            self.assertEqual(gone["queueUrls"], queues[1:])

    def test_the_whole_goes_out_and_in_again_byte_for_byte(self):
        self.make("broker", ORDER_EVENTS)
        self.make("topic", NEW_ORDERS)
        self.make("broker", {"name": "SQS", "tag": "sqs-broker", "envs": [
            {"slug": "prd", "type": "sqs", "cloud": "aws", "authMode": "cloud_connection",
             "config": {"queueName": "n", "region": "us-east-1"}}]})
        for form in ("yaml", "json"):
            exported = self.run_program("export", "--format", form).out
            self.assertNotIn("prod-password", exported)
            self.assertIn("nothing to change", self.run_program("apply", "-f", "-", "--prune", stdin=exported).out)
            self.assertEqual(self.run_program("export", "--format", form).out, exported)


if __name__ == "__main__":
    unittest.main()
