# SPDX-License-Identifier: Apache-2.0
"""Plants each kind of violation and expects it to be found, at its line; plants what is allowed and expects silence."""
import unittest

import dependencies


class Includes(unittest.TestCase):
    def refused(self, path, text, line, *words):
        found = dependencies.check({path: text})
        self.assertEqual(len(found), 1, found)
        self.assertTrue(found[0].startswith(f"{path}:{line}: "), found)
        for word in words:
            self.assertIn(word, found[0])

    def accepted(self, path, text):
        self.assertEqual(dependencies.check({path: text}), [])

    def test_app_reaches_into_src(self):
        self.refused("apps/ductape/main.cc", '#include <string>\n#include "src/model/tag.h"\n', 2, "apps/", "src/model/tag.h")

    def test_app_uses_the_seam(self):
        self.refused("apps/ductape/main.cc", "#include <ductape/driver/driver.hpp>\n", 1, "driver/driver.hpp")

    def test_app_uses_the_public_api(self):
        self.accepted("apps/ductape/main.cc", '#include <ductape/ductape.hpp>\n#include <CLI/CLI.hpp>\n#include "apps/ductape/x.h"\n')

    def test_provider_reaches_the_pipeline(self):
        self.refused("providers/local/publisher.cc", '#include "src/pipeline/route.h"\n', 1, "providers/local/")

    def test_provider_reaches_another(self):
        self.refused("providers/local/publisher.cc", '#include "providers/memory/broker.h"\n', 1, "providers/memory")

    def test_provider_uses_seam_net_policy_and_itself(self):
        self.accepted(
            "providers/redis/publisher.cc",
            '#include <ductape/driver/driver.hpp>\n#include "src/net/stream.h"\n#include "src/policy/backoff.h"\n'
            '#include "providers/redis/options.h"\n',
        )

    def test_foreign_driver_library(self):
        self.refused("providers/local/publisher.cc", "#include <hiredis/hiredis.h>\n", 1, "hiredis")

    def test_policy_is_pure(self):
        self.refused("src/policy/backoff.cc", '\n\n#include "src/runtime/timer.h"\n', 3, "src/policy/")
        self.refused("src/policy/backoff.cc", "#include <nlohmann/json.hpp>\n", 1, "nlohmann-json")
        self.refused("src/policy/backoff.cc", "#include <ductape/client.hpp>\n", 1, "client.hpp")
        self.accepted("src/policy/backoff.cc", '#include <chrono>\n#include <ductape/error.hpp>\n#include "src/policy/backoff.h"\n')

    def test_pipeline_reaches_the_store(self):
        self.refused("src/pipeline/publish.cc", '#include "src/store/store.h"\n', 1, "src/pipeline/")

    def test_public_header_with_a_library(self):
        self.refused("include/ductape/client.hpp", "#include <nlohmann/json.hpp>\n", 1, "public headers")
        self.accepted("include/ductape/serializers/json.hpp", "#include <nlohmann/json.hpp>\n#include <ductape/topic.hpp>\n")

    def test_public_header_reaches_src(self):
        self.refused("include/ductape/client.hpp", '#include "src/client/core.h"\n', 1, "<ductape/...>")

    def test_public_header_in_quotes(self):
        self.refused("include/ductape/client.hpp", '#include "ductape/error.hpp"\n', 1, "<ductape/...>")

    def test_database_outside_the_store(self):
        self.refused("src/registry/registry.cc", "#include <sqlite3.h>\n", 1, "sqlite")
        self.accepted("src/store/sqlite/statement.cc", "#include <sqlite3.h>\n")

    def test_test_framework_outside_tests(self):
        self.refused("src/policy/backoff.cc", "#include <gtest/gtest.h>\n", 1, "googletest")
        self.accepted("src/policy/backoff_test.cc", '#include <gtest/gtest.h>\n#include "src/policy/backoff.h"\n')

    def test_unknown_library(self):
        self.refused("src/net/http.cc", "#include <cpr/cpr.h>\n", 1, "cpr/cpr.h")

    def test_twin_includes_ours(self):
        self.refused("benchmarks/native/sqlite_twin.cc", "#include <ductape/ductape.hpp>\n", 1, "benchmarks/native/")

    def test_relative_include(self):
        self.refused("src/model/tag.cc", '#include "words.h"\n', 1, "from the root")
        self.refused("src/model/tag.cc", '#include "../policy/backoff.h"\n', 1, "from the root")

    def test_include_in_a_comment(self):
        self.accepted("src/policy/backoff.cc", '// #include "src/store/store.h"\n/*\n#include <sqlite3.h>\n*/\nint a = 10\'000; // \'\n')

    def test_folder_without_a_rule(self):
        self.refused("src/unheard/of.cc", "", 1, "no rule")


class Cycles(unittest.TestCase):
    def test_two_folders(self):
        found = dependencies.check(
            {"src/client/a.h": '#include "src/observe/log.h"\n', "src/observe/log.h": '\n#include "src/client/a.h"\n'}
        )
        self.assertTrue(any("client -> observe -> client" in line for line in found), found)

    def test_three_folders_through_two_files_each(self):
        edges = {"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}}
        self.assertEqual(dependencies.cycle(edges), ["a", "b", "c", "a"])

    def test_diamond_is_no_cycle(self):
        self.assertIsNone(dependencies.cycle({"a": {"b", "c"}, "b": {"d"}, "c": {"d"}}))


class Names(unittest.TestCase):
    def names(self, text, path="src/client/core.cc"):
        return [word for _, word in dependencies.provider_names(path, dependencies.without_comments(text))]

    def test_identifiers_and_literals(self):
        self.assertEqual(self.names("void open_kafka();"), ["kafka"])
        self.assertEqual(self.names("class RedisStream {};"), ["Redis"])
        self.assertEqual(self.names('auto x = "AWS_SQS";'), ["AWS", "SQS"])
        self.assertEqual(self.names('if (type == "local") {}'), ['"local"'])
        self.assertEqual(self.names("return provider_memory();"), ["provider_memory"])

    def test_other_words(self):
        self.assertEqual(self.names("auto local = memory_order_relaxed; // kafka\nauto n = snippet; /* redis */"), [])

    def test_only_in_src_and_not_where_aliases_are_kept(self):
        self.assertEqual(self.names("int kafka;", "providers/kafka/x.cc"), [])
        self.assertEqual(self.names("int kafka;", "src/model/provider_types.cc"), [])

    def test_line(self):
        found = dependencies.check({"src/model/tag.cc": "int a;\n\nint nats_url;\n"})
        self.assertEqual(found, ["src/model/tag.cc:3: src/ names no provider; not nats"])


if __name__ == "__main__":
    unittest.main()
