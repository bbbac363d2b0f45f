# SPDX-License-Identifier: Apache-2.0
"""Who may include what. Run from the root: python3 tests/style/dependencies.py

Prints file:line, the offending line's rule, and exits 1 if there is one; 0 if the tree is clean. The rules are the
table RULES below; CONTRIBUTING.md explains them.
"""
import dataclasses
import pathlib
import re
import sys

SUFFIXES = {".h", ".hpp", ".cc"}
TOPS = ("apps", "benchmarks", "examples", "include", "providers", "src", "tests")


@dataclasses.dataclass(frozen=True)
class Rule:
    """What the files of one folder may include, beside the standard library, POSIX and themselves."""

    why: str
    project: tuple = ()  # path prefixes from the root; public headers as include/ductape/...
    libraries: tuple = ()  # names in LIBRARIES


# The first path segment or the whole name of a header -> the library that it belongs to.
LIBRARIES = {
    "CLI": "cli11",
    "nlohmann": "nlohmann-json",
    "simdjson.h": "simdjson",
    "sqlite3.h": "sqlite",
    "pqxx": "libpqxx",
    "yaml-cpp": "yaml-cpp",
    "spdlog": "spdlog",
    "fmt": "spdlog",
    "date": "date",
    "openssl": "openssl",
    "curl": "curl",
    "jose": "libjose",
    "boost": "boost",
    "gtest": "googletest",
    "gmock": "googletest",
    "benchmark": "google-benchmark",
    "librdkafka": "librdkafka",
    "hiredis": "hiredis",
    "nats": "cnats",
    "amqp.h": "rabbitmq-c",
    "amqp_framing.h": "rabbitmq-c",
    "amqp_tcp_socket.h": "rabbitmq-c",
    "rabbitmq-c": "rabbitmq-c",
    "grpcpp": "grpc",
    "google": "grpc",
    "expat.h": "expat",
}

PUBLIC = "include/ductape/"
DRIVER = "include/ductape/driver/"
TESTING = "include/ductape/testing/"

# The longest prefix that fits a file decides. PUBLIC covers neither DRIVER nor TESTING: they are named where allowed.
RULES = {
    "include/ductape/": Rule("public headers include only the standard library and <ductape/...>", (PUBLIC, DRIVER)),
    "include/ductape/serializers/": Rule("a serializer adds one library to the public headers", (PUBLIC,), ("nlohmann-json",)),
    "include/ductape/testing/": Rule("testing headers include public and driver headers", (PUBLIC, DRIVER, TESTING)),
    "src/policy/": Rule(
        "policies are pure: standard library, error.hpp and health.hpp",
        (PUBLIC + "error.hpp", PUBLIC + "health.hpp", PUBLIC + "units.hpp"),
    ),
    "src/model/": Rule(
        "the model is values: standard library, public headers, the driver's option types and JSON",
        (PUBLIC, DRIVER),
        ("nlohmann-json", "simdjson"),
    ),
    "src/model/yaml_": Rule("the declarative file is read in one place", (PUBLIC, DRIVER), ("nlohmann-json", "yaml-cpp")),
    "src/observe/": Rule("observation sees public headers and the log library", (PUBLIC,), ("spdlog",)),
    "src/runtime/": Rule("the runtime implements the driver's Runtime", (PUBLIC, DRIVER, "src/observe/")),
    "src/net/": Rule("transports are shared by providers and know none", (PUBLIC, DRIVER, "src/runtime/"), ("openssl", "curl", "boost")),
    "src/store/": Rule("the store keeps what the model defines", (PUBLIC, DRIVER + "file_system.hpp", "src/model/"), ("sqlite", "libpqxx", "nlohmann-json")),
    "src/registry/": Rule(
        "the registry is model over store",
        (PUBLIC, DRIVER, "src/model/", "src/store/", "src/observe/", "src/config/"),
        ("nlohmann-json", "openssl"),
    ),
    "src/config/": Rule("configuration reads files into options", (PUBLIC, DRIVER, "src/model/"), ("nlohmann-json", "yaml-cpp")),
    "src/pipeline/": Rule(
        "the pipeline sees driver, policy, model, runtime and observe",
        (PUBLIC, DRIVER, "src/policy/", "src/model/", "src/runtime/", "src/observe/"),
        ("simdjson",),
    ),
    "src/client/": Rule(
        "the client assembles what src/ has",
        (PUBLIC, DRIVER, "src/"),
        ("nlohmann-json", "simdjson"),
    ),
    "providers/": Rule(
        "a provider sees public and driver headers, src/net and src/policy",
        (PUBLIC, DRIVER, "src/net/", "src/policy/"),
    ),
    "providers/local/": Rule("the embedded broker adds SQLite", (PUBLIC, DRIVER, "src/net/", "src/policy/"), ("sqlite",)),
    "providers/kafka/": Rule("Kafka adds its client", (PUBLIC, DRIVER, "src/net/", "src/policy/"), ("librdkafka", "openssl")),
    "providers/nats/": Rule("NATS adds its client and JSON", (PUBLIC, DRIVER, "src/net/", "src/policy/"), ("cnats", "nlohmann-json", "simdjson")),
    "providers/rabbitmq/": Rule("RabbitMQ adds its protocol", (PUBLIC, DRIVER, "src/net/", "src/policy/"), ("rabbitmq-c",)),
    "providers/redis/": Rule("Redis adds its protocol and JSON", (PUBLIC, DRIVER, "src/net/", "src/policy/"), ("hiredis", "simdjson")),
    "providers/memory/": Rule(
        "the memory provider is the testing library",
        (PUBLIC, DRIVER, TESTING, "src/policy/", "src/client/surroundings.h", "src/registry/registry_core.h"),
    ),
    "apps/": Rule("apps use the installed headers only", (PUBLIC,), ("cli11", "nlohmann-json", "yaml-cpp", "spdlog")),
    "examples/": Rule("examples use the installed headers only", (PUBLIC, TESTING), ("nlohmann-json",)),
    "benchmarks/": Rule("benchmarks look inside", (PUBLIC, DRIVER, TESTING, "src/", "providers/", "benchmarks/", "tests/support/"), ("google-benchmark", "nlohmann-json")),
    "benchmarks/native/": Rule("a native twin includes nothing of ours", (), ("google-benchmark", "sqlite", "hiredis", "cnats", "librdkafka", "rabbitmq-c")),
    "tests/": Rule("tests look inside", (PUBLIC, DRIVER, TESTING, "src/", "providers/"), ("googletest", "nlohmann-json", "sqlite", "boost", "openssl")),
    # The suite is installed: what a provider author outside this tree links must not need the tree.
    "tests/conformance/": Rule("the conformance suite is installed", (PUBLIC, DRIVER, TESTING, "tests/support/"), ("nlohmann-json",)),
    "tests/fuzz/": Rule("a fuzz target stands before a parser, wherever that is", (PUBLIC, DRIVER, "src/", "providers/", "apps/"), ("cli11",)),
    "tests/package/": Rule("the consumer uses what is installed", (PUBLIC, TESTING)),
    "tests/install/": Rule("the consumer uses what is installed", (PUBLIC, TESTING), ("nlohmann-json",)),
}
# A unit test beside its source may also use these.
UNIT_TEST = Rule("", (PUBLIC, DRIVER, TESTING, "tests/support/"), ("googletest", "nlohmann-json"))

# No code in src/ names a provider, so that adding one is a folder and a line.
PROVIDER_WORDS = {
    "kafka", "librdkafka", "rdkafka", "rabbitmq", "rabbit", "amqp", "redis", "hiredis", "sqs", "sns", "aws", "pubsub", "gcp",
    "nats", "cnats", "jetstream", "grpc",
}  # fmt: skip
# Words of the language too, hence only as a whole literal or as a provider's function.
PROVIDER_LITERALS = {"local", "memory", "LOCAL", "MEMORY"}
NAMES_PROVIDERS = {
    "src/model/provider_types": "the aliases of `type` in files (sqs, AWS_SQS) belong to the model of a broker",
}

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
TOKEN = re.compile(r'"(?:\\.|[^"\\\n])*"|[A-Za-z_][A-Za-z0-9_]*')
# Literals are matched too, so that a // inside one starts no comment; the quote in 10'000 starts no literal.
CODE_OR_COMMENT = re.compile(
    r'//[^\n]*|/\*.*?\*/|R"(?P<raw>\w*)\(.*?\)(?P=raw)"|"(?:\\.|[^"\\\n])*"|(?<!\w)\'(?:\\.|[^\'\\\n])*\'', re.S
)
WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")


def without_comments(text):
    """The text with comments blanked, lines kept."""
    def blank(match):
        piece = match.group()
        return re.sub(r"[^\n]", " ", piece) if piece.startswith("/") else piece
    return CODE_OR_COMMENT.sub(blank, text)


def rule_for(path):
    fitting = [prefix for prefix in RULES if path.startswith(prefix)]
    return (max(fitting, key=len), RULES[max(fitting, key=len)]) if fitting else (None, None)


def is_unit_test(path):
    return path.endswith(("_test.cc", "_test.h"))


def place_of(header):
    """The path from the root of an included header, or None if it is not the project's."""
    if header.startswith("ductape/"):
        return "include/" + header
    return header if "/" in header and header.split("/")[0] in TOPS else None


def allowed(target, rule):
    """Driver and testing headers are allowed only by name, not as a part of the public ones."""
    special = next((s for s in (DRIVER, TESTING) if target.startswith(s)), None)
    return any(target.startswith(p) and (special is None or p.startswith(special)) for p in rule.project)


def own_folder(path):
    parts = path.split("/")
    return "/".join(parts[:2]) + "/" if len(parts) > 2 else parts[0] + "/"


def check_include(path, header, quote):
    """The violated rule, or None."""
    prefix, rule = rule_for(path)
    rules = (rule, UNIT_TEST) if is_unit_test(path) else (rule,)
    target = place_of(header)
    if target is not None:
        if path.startswith(PUBLIC):
            if quote == '"' or not header.startswith("ductape/"):
                return f"{rule.why}, written <ductape/...>"
        elif target.startswith(own_folder(path)):
            return None
        return None if any(allowed(target, r) for r in rules) else f"{prefix}: {rule.why}; not {target}"
    if quote == '"':
        return f'an internal header is included from the root, as "src/folder/file.h"; not "{header}"'
    library = LIBRARIES.get(header.split("/")[0])
    if library is None:
        if "/" in header and not header.startswith(("sys/", "linux/", "netinet/", "arpa/")):
            return f"{header}: of no library that tests/style/dependencies.py knows"
        return None
    return None if any(library in r.libraries for r in rules) else f"{prefix}: {rule.why}; not {library}"


def provider_names(path, text):
    """(line, word) for each provider that the code of a file in src/ names."""
    if not path.startswith("src/") or is_unit_test(path):
        return
    if any(path.startswith(place) for place in NAMES_PROVIDERS):
        return
    for number, line in enumerate(text.split("\n"), 1):
        if INCLUDE.match(line):
            continue
        for token in TOKEN.findall(line):
            if token.startswith('"') and token[1:-1] in PROVIDER_LITERALS or re.fullmatch(r"provider_(local|memory)", token):
                yield number, token
                continue
            for word in WORD.findall(token):
                if word.lower() in PROVIDER_WORDS:
                    yield number, word


def cycle(edges):
    """One cycle in a graph {folder: {folder, ...}}, as a list that ends where it begins; None if there is none."""
    done = set()
    def visit(node, trail):
        if node in trail:
            return trail[trail.index(node):] + [node]
        if node in done:
            return None
        for following in sorted(edges.get(node, ())):
            found = visit(following, trail + [node])
            if found:
                return found
        done.add(node)
        return None
    for node in sorted(edges):
        found = visit(node, [])
        if found:
            return found
    return None


def check(files):
    """All violations in {path from the root: text}, each as `path:line: rule`."""
    found = []
    edges, where = {}, {}
    for path in sorted(files):
        if rule_for(path)[1] is None:
            found.append(f"{path}:1: no rule for this folder; add one to tests/style/dependencies.py")
            continue
        text = without_comments(files[path])
        for number, line in enumerate(text.split("\n"), 1):
            match = INCLUDE.match(line)
            if not match:
                continue
            quote, header = match.groups()
            why = check_include(path, header, quote)
            if why:
                found.append(f"{path}:{number}: {why}")
            target = place_of(header)
            if target and path.startswith("src/") and target.startswith("src/") and not is_unit_test(path):
                here, there = path.split("/")[1], target.split("/")[1]
                if here != there:
                    edges.setdefault(here, set()).add(there)
                    where.setdefault((here, there), f"{path}:{number}")
        found += [f"{path}:{number}: src/ names no provider; not {word}" for number, word in provider_names(path, text)]
    loop = cycle(edges)
    if loop:
        place = where[loop[0], loop[1]]
        found.append(f"{place}: no cycle among the folders of src/; not {' -> '.join(loop)}")
    return found


def read_tree(root):
    return {
        path.relative_to(root).as_posix(): path.read_text(encoding="utf-8")
        for top in TOPS
        for path in sorted((root / top).rglob("*"))
        if path.suffix in SUFFIXES and path.is_file() and "build" not in path.relative_to(root).parts
    }


def main():
    files = read_tree(pathlib.Path(__file__).resolve().parents[2])
    found = check(files)
    print("\n".join(found + [f"dependencies: {len(files)} files, {len(found)} violations"]))
    return 1 if found or not files else 0


if __name__ == "__main__":
    sys.exit(main())
