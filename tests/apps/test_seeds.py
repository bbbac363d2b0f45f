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
