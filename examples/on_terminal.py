# SPDX-License-Identifier: Apache-2.0
"""Programs on a terminal of their own, as a person has it."""
import errno
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time


class Terminal:
    """Runs a command with a terminal as its three standard streams and collects what it shows."""

    def __init__(self, command, env, rows=40, columns=100):
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.process = subprocess.Popen(command, env=env, stdin=slave, stdout=slave, stderr=slave, start_new_session=True)
        os.close(slave)
        self.shown = ""

    def read_until(self, pattern, patience):
        """Waits for `pattern` in what was shown so far; None: until the program has ended."""
        end = time.monotonic() + patience
        while pattern is None or not re.search(pattern, self.shown):
            if time.monotonic() > end:
                self.process.kill()
                raise AssertionError(f"no {pattern!r} within {patience} s in:\n{self.shown[-4000:]}")
            if not select.select([self.master], [], [], 0.2)[0]:
                continue
            try:
                data = os.read(self.master, 65536)
            except OSError as error:
                if error.errno != errno.EIO:  # that is how the end of a terminal reads
                    raise
                data = b""
            if not data:
                if pattern is None:
                    return
                raise AssertionError(f"it ended without {pattern!r}:\n{self.shown[-4000:]}")
            self.shown += data.decode(errors="replace").replace("\r\n", "\n")

    def wait_for_handler(self, number, patience=30):
        """Until the program has a handler for this signal, so that the signal cannot come too early."""
        end = time.monotonic() + patience
        while time.monotonic() < end:
            with open(f"/proc/{self.process.pid}/status", encoding="ascii") as status:
                caught = next(line for line in status if line.startswith("SigCgt:"))
            if int(caught.split()[1], 16) >> (number - 1) & 1:
                return
            time.sleep(0.05)
        raise AssertionError(f"no handler for {signal.Signals(number).name} within {patience} s")

    def finish(self, patience=60):
        """Exit status once it has ended."""
        self.read_until(None, patience)
        os.close(self.master)
        return self.process.wait(patience)
