# SPDX-License-Identifier: Apache-2.0
"""subscribe --exec: what a handler gets, what its end means, and what becomes of those that do not end."""

import base64
import os
import signal
import time
import unittest

from program import StoreTest


class ExecTest(StoreTest):
    def publish(self, body, *arguments, event="events:hello"):
        return self.json_of("publish", event, body, *arguments)["id"]

    def work_off(self, command, count, *arguments, status=0, event="events:hello"):
        """Handles `count` outcomes of group g."""
        return self.run_program("subscribe", event, "-g", "g", "--from", "earliest", "--exec", command, "-n", str(count),
                                *arguments, status=status)

    def dead(self, event="events:hello"):
        return self.json_of("dead-letters", "list", event, "--group", "g")

    def is_alive(self, pid_file):
        with open(os.path.join(self.directory, pid_file), encoding="ascii") as file:
            pid = file.read().strip()
        try:
            with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
                # One whose parent is gone may wait for ever to be reaped.
                return stat.read().rpartition(")")[2].split()[0] not in "ZX"
        except FileNotFoundError:
            return False

    def exists(self, name):
        path = os.path.join(self.directory, name)
        return os.path.exists(path) and os.path.getsize(path) > 0


class WhatAHandlerGets(ExecTest):
    def test_body_and_environment(self):
        self.run_program("topic", "create", "events:ordered", "--ordered")
        identity = self.publish('{"a": 1.50}', "--key", "k", event="events:ordered")
        done = self.work_off('cat; printf "|%s" "$DUCTAPE_ID" "$DUCTAPE_KEY" "$DUCTAPE_EVENT" "$DUCTAPE_GROUP" '
                             '"$DUCTAPE_ATTEMPT" "$DUCTAPE_DELIVERIES"', 1, event="events:ordered")
        self.assertEqual(done.out, f'{{"a": 1.50}}|{identity}|k|events:ordered|g|1|1')
        self.assertEqual(done.err, "ready\n")

    def test_any_bytes_of_any_length(self):
        body = bytes(range(256)) * 3000
        self.run_program("publish", "events:hello", "-f", self.write("body", body), "--content-type", "text/plain")
        self.assertEqual(base64.b64decode(self.work_off("base64 -w0", 1).out), body)

    def test_an_empty_body_ends_at_once(self):
        self.run_program("publish", "events:hello", "-f", self.write("body", b""), "--content-type", "text/plain")
        self.assertEqual(self.work_off("wc -c", 1).out.strip(), "0")

    def test_only_the_three_descriptors(self):
        self.publish("1")
        self.assertEqual(self.work_off("ls /proc/$$/fd", 1).out.split(), ["0", "1", "2"])

    def test_what_we_have_too(self):
        self.environment["MINE"] = "yes"
        self.publish("1")
        self.assertEqual(self.work_off('printf %s "$MINE"', 1).out, "yes")

    def test_no_delivery_line_in_json_either(self):
        self.publish("1")
        self.assertEqual(self.work_off("cat > /dev/null", 1, "--json").out, "")


class WhatItsEndMeans(ExecTest):
    def test_0_is_an_ack_whatever_it_says(self):
        self.publish("1")
        self.assertEqual(self.work_off("echo careful >&2", 1).err, "ready\ncareful\n")
        group = self.group("g")
        self.assertEqual((group["done"], group["waiting"], group["dead"]), (1, 0, 0))

    def test_65_is_a_dead_letter_now(self):
        identity = self.publish('{"total": -1}')
        self.work_off("echo checking >&2; echo negative total >&2; exit 65", 1)
        dead = self.dead()
        self.assertEqual([(one["id"], one["reason"], one["error"]) for one in dead], [(identity, "rejected", "negative total")])
        self.assertEqual(dead[0]["body"], {"total": -1})

    def test_anything_else_is_a_failed_attempt(self):
        for number, (command, error) in enumerate({
            "echo why >&2; exit 1": "why",
            "exit 3": "exit status 3",
            "kill -9 $$": "killed by signal 9 (SIGKILL)",
            "echo why >&2; echo >&2; exit 2": "why",
            "/absent/handler": "not found",
        }.items()):
            with self.subTest(command):
                event = f"events:fails-{number}"
                self.run_program("topic", "create", event)
                self.publish("1", event=event)
                self.work_off(command, 2, "--max-attempts", "2", "--backoff", "1ms..2ms", event=event)
                dead = self.dead(event)
                self.assertEqual([(one["reason"], one["attempts"]) for one in dead], [("max_attempts", 2)])
                self.assertIn(error, dead[0]["error"])

    def test_the_attempt_is_counted(self):
        self.publish("1")
        done = self.work_off('echo "$DUCTAPE_ATTEMPT"; [ "$DUCTAPE_ATTEMPT" = 3 ]', 3, "--backoff", "1ms..2ms")
        self.assertEqual(done.out.split(), ["1", "2", "3"])
        self.assertEqual(self.group("g")["done"], 1)

    def test_until_the_next_attempt_it_is_parked(self):
        self.publish("1")
        self.work_off("exit 1", 1, "--backoff", "1h..1h")
        group = self.group("g")
        self.assertEqual({name: group[name] for name in ("waiting", "parked", "in_flight", "lag", "done", "dead")},
                         {"waiting": 1, "parked": 1, "in_flight": 0, "lag": 1, "done": 0, "dead": 0})

    def test_a_long_error_is_cut(self):
        self.publish("1")
        self.work_off("head -c 100000 /dev/zero | tr '\\0' x >&2; exit 65", 1)
        self.assertEqual(self.dead()[0]["error"], "x" * 1024)

    def test_a_handler_that_reads_nothing(self):
        self.run_program("publish", "events:hello", "-f", self.write("body", b"x" * 900_000), "--content-type", "text/plain")
        self.work_off("true", 1)
        self.assertEqual(self.group("g")["done"], 1)


class SideBySide(ExecTest):
    def test_n_at_once_and_no_more(self):
        self.run_program("publish", "events:hello", "-", stdin="".join(f"{n}\n" for n in range(12)))
        # Each leaves a file while it runs and says how many there are.
        out = self.work_off('touch "run-$DUCTAPE_ID"; sleep 0.3; ls run-* | wc -l; sleep 0.1; rm "run-$DUCTAPE_ID"', 12,
                            "--concurrency", "4").out
        counts = [int(line) for line in out.split()]
        self.assertEqual(len(counts), 12)
        self.assertLessEqual(max(counts), 4)
        self.assertGreater(max(counts), 1)

    def test_no_zombie_and_no_descriptor_is_left(self):
        child = self.start("subscribe", "events:hello", "-g", "g", "--exec", "exit 0", "--concurrency", "4")
        self.wait_ready(child)
        self.run_program("publish", "events:hello", "-", stdin="1\n" * 20)
        self.wait_until(lambda: self.group("g")["done"] == 20)
        def open_files():
            return [os.readlink(f"/proc/{child.pid}/fd/{number}") for number in os.listdir(f"/proc/{child.pid}/fd")]

        # It tells the store what it counted once a second, and keeps that file open.
        self.wait_until(lambda: any(path.endswith("tally.db-shm") for path in open_files()))
        descriptors = len(open_files())
        self.run_program("publish", "events:hello", "-", stdin="1\n" * 100)
        self.wait_until(lambda: self.group("g")["done"] == 120)
        self.assertLessEqual(len(open_files()), descriptors + 1)
        with open(f"/proc/{child.pid}/task/{child.pid}/children", encoding="ascii") as file:
            self.assertEqual(file.read(), "")
        self.terminate(child)

    def test_idle_waits_for_a_parked_retry(self):
        self.publish("1")
        self.run_program("subscribe", "events:hello", "-g", "g", "--from", "earliest", "--backoff", "1500ms..1500ms",
                         "--idle", "500ms", "--exec", '[ "$DUCTAPE_ATTEMPT" = 2 ]')
        self.assertEqual(self.group("g")["done"], 1)


class Ends(ExecTest):
    def running(self, command, *arguments, **options):
        """A subscriber in whose handler, `command`, a message is."""
        self.run_program("group", "create", "events:hello", "--group", "g")
        self.publish("1")
        child = self.start("subscribe", "events:hello", "-g", "g", "--exec", f"echo $$ > pid; {command}", *arguments,
                           **options)
        self.wait_ready(child)
        self.wait_until(lambda: self.exists("pid"))
        return child

    def comes_again(self):
        lines = self.lines_of("subscribe", "events:hello", "-g", "g", "-n", "1", "--timeout", "30s")
        self.assertEqual([line["attempt"] for line in lines], [1])

    def test_a_signal_lets_it_finish(self):
        child = self.running("sleep 1; echo done")
        out, err = self.terminate(child)
        self.assertEqual((out, err), ("done\n", ""))
        self.assertEqual(self.group("g")["done"], 1)

    def test_one_that_outlives_the_deadline_is_asked_to_end(self):
        child = self.running("trap 'echo asked; exit 0' TERM; sleep 1000 & wait", "--close-deadline", "300ms")
        out, err = self.terminate(child, status=1)
        self.assertEqual(out, "asked\n")
        self.assertIn("--close-deadline", err)
        self.assertFalse(self.is_alive("pid"))
        self.comes_again()

    def test_one_that_does_not_hear_is_killed_with_all_of_its_group(self):
        child = self.running("trap '' TERM; sleep 1000 & echo $! > other; wait; sleep 1000", "--close-deadline", "200ms")
        began = time.monotonic()
        self.terminate(child, status=1)
        self.assertLess(time.monotonic() - began, 20)
        self.assertFalse(self.is_alive("pid"))
        self.assertFalse(self.is_alive("other"))
        self.comes_again()

    def test_a_second_interrupt_of_the_terminal_is_not_the_handlers(self):
        # It has a process group of its own: Ctrl-C reaches the subscriber alone.
        child = self.running("sleep 1; echo done", start_new_session=True)
        os.killpg(child.pid, signal.SIGINT)
        self.assertEqual(self.ended(child)[0], "done\n")

    def test_killed_in_the_middle_the_handler_has_the_whole_body(self):
        self.run_program("group", "create", "events:hello", "--group", "g")
        self.run_program("publish", "events:hello", "-f", self.write("body", b"x" * 900_000), "--content-type", "text/plain")
        child = self.start("subscribe", "events:hello", "-g", "g", "--exec",
                           "echo $$ > pid; while [ ! -e go ]; do sleep 0.05; done; wc -c > count")
        self.wait_until(lambda: self.exists("pid"))
        child.kill()
        child.wait()
        self.write("go", "")
        self.wait_until(lambda: self.exists("count"))
        with open(os.path.join(self.directory, "count"), encoding="ascii") as file:
            self.assertEqual(int(file.read()), 900_000)

    def test_one_that_runs_too_long_failed(self):
        self.publish("1")
        began = time.monotonic()
        self.work_off("echo $$ > pid; echo slow >&2; sleep 1000", 1, "--handler-timeout", "500ms", "--max-attempts", "1")
        self.assertLess(time.monotonic() - began, 30)
        self.assertFalse(self.is_alive("pid"))
        dead = self.dead()
        self.assertEqual([(one["reason"], one["attempts"]) for one in dead], [("max_attempts", 1)])

    def test_its_background_is_not_waited_for(self):
        self.publish("1")
        began = time.monotonic()
        self.work_off("sleep 20 > /dev/null & exit 0", 1)
        self.assertLess(time.monotonic() - began, 15)
        self.assertEqual(self.group("g")["done"], 1)


class Kills(ExecTest):
    def test_sigterm_in_the_middle_is_a_clean_drain(self):
        self.run_program("group", "create", "events:hello", "--group", "g")
        self.run_program("publish", "events:hello", "-", stdin="".join(f"{n}\n" for n in range(40)))
        handler = 'sleep 0.1; echo "$(cat) $DUCTAPE_ATTEMPT $DUCTAPE_DELIVERIES"'
        child = self.start("subscribe", "events:hello", "-g", "g", "--concurrency", "3", "--exec", handler)
        first = [child.stdout.readline().decode() for _ in range(6)]
        out, err = self.terminate(child)
        self.assertEqual(err, "ready\n")
        first += out.splitlines()
        self.assertLess(len(first), 40, "it was not in the middle")
        rest = self.run_program("subscribe", "events:hello", "-g", "g", "-n", str(40 - len(first)), "--exec", handler).out
        lines = [line.split() for line in first + rest.splitlines()]
        self.assertEqual(sorted(int(body) for body, *_ in lines), list(range(40)))
        # What was given back was never in a handler: neither count knows of it.
        self.assertEqual({(attempt, deliveries) for _, attempt, deliveries in lines}, {("1", "1")})

    def test_a_message_that_kills_the_subscriber_ends_as_one_dead_letter(self):
        self.run_program("group", "create", "events:hello", "--group", "g", "--max-deliveries", "4")
        bodies = [f'"{n}"' for n in range(10)]
        bodies[4] = '"killer"'
        self.run_program("publish", "events:hello", "-", stdin="\n".join(bodies))
        handler = 'if grep -q killer; then kill -9 $PPID; sleep 60; fi'
        kills = 0
        while True:
            child = self.start("subscribe", "events:hello", "-g", "g", "--concurrency", "4", "--lease", "1s", "--exec", handler)
            self.wait_until(lambda: child.poll() is not None or self.group("g")["lag"] == 0)
            if child.poll() is None:
                break
            self.assertEqual(child.returncode, -signal.SIGKILL)
            kills += 1
            self.assertLessEqual(kills, 4)
        self.terminate(child)
        self.assertEqual(kills, 4)
        dead = self.dead()
        self.assertEqual([(one["body"], one["reason"], one["attempts"]) for one in dead], [("killer", "max_deliveries", 0)])
        self.assertGreaterEqual(dead[0]["deliveries"], 4)
        group = self.group("g")
        self.assertEqual((group["done"], group["dead"]), (9, 1))

    def test_an_outcome_that_comes_too_late_is_told(self):
        self.run_program("group", "create", "events:hello", "--group", "g")
        identity = self.publish("1")
        frozen = self.start("subscribe", "events:hello", "-g", "g", "--lease", "1s", "--exec", "touch begun; sleep 2")
        self.wait_ready(frozen)
        self.wait_until(lambda: os.path.exists(os.path.join(self.directory, "begun")))
        frozen.send_signal(signal.SIGSTOP)
        # Another member has it meanwhile.
        done = self.run_program("subscribe", "events:hello", "-g", "g", "-n", "1", "--exec", "echo $DUCTAPE_DELIVERIES")
        self.assertEqual(done.out, "2\n")
        frozen.send_signal(signal.SIGCONT)
        self.assertEqual(frozen.stderr.readline().decode(), f"lost {identity}\n")
        self.assertEqual(self.terminate(frozen), ("", ""))
        self.assertEqual(self.group("g")["done"], 1)
        self.assertEqual(self.json_of("stats")[0]["lost"], 1)


class BadInput(ExecTest):
    def test_wrong_use(self):
        self.refused("subscribe", "events:hello", "--exec", "", name="INVALID_ARGUMENT", says="--exec")
        self.refused("subscribe", "events:hello", "--exec", "  ", name="INVALID_ARGUMENT", says="--exec")
        error = self.run_program("subscribe", "events:hello", "--exec", "cat", "--raw", status=2).err
        self.assertIn("--raw", error)
        self.refused("subscribe", "events:hello", "--exec", name="INVALID_ARGUMENT")

    def test_no_descriptors_left_is_not_the_messages_fault(self):
        import resource

        self.run_program("group", "create", "events:hello", "--group", "g")
        child = self.start("subscribe", "events:hello", "-g", "g", "--exec", "true")
        self.wait_ready(child)
        self.publish("1")
        self.wait_until(lambda: self.group("g")["done"] == 1)
        # A handler takes four; UBSan itself needs two to look at an object of a class that it has not seen yet.
        used = len(os.listdir(f"/proc/{child.pid}/fd"))
        resource.prlimit(child.pid, resource.RLIMIT_NOFILE, (used + 2, used + 2))
        self.publish("2")
        _, err = self.ended(child, status=1)
        self.assertIn("--concurrency", err)
        (line,) = self.lines_of("subscribe", "events:hello", "-g", "g", "-n", "1")
        self.assertEqual((line["body"], line["attempt"]), (2, 1))


if __name__ == "__main__":
    unittest.main()
