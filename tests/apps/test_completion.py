# SPDX-License-Identifier: Apache-2.0
"""completion: the bash script is sourced and asked; the others are parsed where their shell is installed."""

import re
import shutil
import subprocess
import unittest

from program import PROGRAM, ProgramTest


class Bash(ProgramTest):
    def complete(self, *words):
        """What bash offers for the last of `words`."""
        script = f"""
source <("{PROGRAM}" completion bash)
COMP_WORDS=({' '.join(f"'{word}'" for word in ('ductape',) + words)})
COMP_CWORD={len(words)}
_ductape
printf '%s\\n' "${{COMPREPLY[@]}}"
"""
        done = subprocess.run(["bash", "-euc", script], capture_output=True, text=True, cwd=self.directory,
                              env=self.environment, timeout=60, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout.split()

    def test_commands_and_verbs(self):
        self.assertEqual(self.complete("sub"), ["subscribe"])
        self.assertEqual(self.complete("topic", "c"), ["create"])
        self.assertEqual(self.complete("--json", "-p", "shop", "topic", "sh"), ["show"])
        self.assertEqual(self.complete("--product", "topic", "pub"), ["publish"])
        self.assertEqual(self.complete("completion", ""), sorted(self.complete("completion", ""), key=lambda w: w.startswith("-")))
        self.assertEqual([w for w in self.complete("completion", "") if not w.startswith("-")], ["bash", "zsh", "fish"])

    def test_options_of_the_command_and_the_global_ones(self):
        self.assertEqual(self.complete("subscribe", "events:hello", "--id"), ["--idle"])
        self.assertIn("--store", self.complete("topic", "create", "--"))
        self.assertNotIn("--idle", self.complete("topic", "create", "--"))

    def test_values(self):
        self.assertEqual(self.complete("subscribe", "e:x", "--mode", ""), ["shared", "exclusive", "broadcast"])
        self.assertEqual(self.complete("group", "create", "--mode", ""), ["shared", "exclusive"])
        self.assertEqual(self.complete("subscribe", "--group", ""), [])
        self.write("shop.yaml", "")
        self.assertEqual(self.complete("apply", "-f", "sh"), ["shop.yaml"])

    def test_every_option_of_every_command_is_there(self):
        def help_of(*path):
            return self.run_program(*path, "--help").out

        def walk(*path):
            text = help_of(*path)
            for option in set(re.findall(r"(?m)^  (?:-\w,)?(--[a-z-]+)", text)):
                with self.subTest(" ".join(path + (option,))):
                    self.assertIn(option, self.complete(*path, option))
            seen.append(path)
            commands = text.split("Commands:\n")[1].split("\n\n")[0] if "Commands:\n" in text else ""
            for command in re.findall(r"(?m)^  ([a-z-]+)", commands):
                walk(*path, command)

        seen = []
        walk()
        self.assertIn(("dead-letters", "redrive"), seen)


class Others(ProgramTest):
    def test_zsh_and_fish_parse(self):
        for shell in ("zsh", "fish"):
            script = self.run_program("completion", shell).out
            self.assertIn("subscribe", script)
            if shutil.which(shell):
                done = subprocess.run([shell, "-n"], input=script, capture_output=True, text=True, timeout=60, check=False)
                self.assertEqual((done.returncode, done.stderr), (0, ""))


if __name__ == "__main__":
    unittest.main()
