"""Runs programs and says what they took: processor seconds, wall seconds, memory."""

import os
import re
import resource
import signal
import statistics
import subprocess
import threading
import time
from dataclasses import dataclass, field

ADOPT_ORPHANS = 36  # PR_SET_CHILD_SUBREAPER


@dataclass
class Sample:
    cpu: float
    wall: float
    memory: float  # MiB
    note: str = ""  # what went wrong


@dataclass
class Line:
    """One row of the table: what one program took for one piece of work."""

    what: str  # with N for the size
    size: int
    program: str
    goal: object = None  # CPU seconds, or the name of what must not be slower
    samples: list = field(default_factory=list)
    note: str = ""

    @property
    def title(self):
        return re.sub(r"\bN\b", str(self.size), self.what)

    @property
    def ours(self):
        return self.program == "nodeos-store"

    def least(self, name="cpu"):
        return min((getattr(sample, name) for sample in self.samples), default=None)

    def median(self, name="cpu"):
        return statistics.median(getattr(sample, name) for sample in self.samples) if self.samples else None

    def memory(self):
        return max((sample.memory for sample in self.samples), default=None)


def own_memory():
    """What a program's memory cannot be told below: it starts as a copy of this process."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def adopt_orphans():
    """What a measured program leaves behind counts too, once it ends: it becomes a child of this process."""
    import ctypes

    ctypes.CDLL(None).prctl(ADOPT_ORPHANS, 1, 0, 0, 0)


def measure(command, folder, environment, stdin=None, limit=600):
    """One run of `command`, all it waited for included; what it prints goes to files in `folder`."""
    with open(stdin or os.devnull, "rb") as source, open(f"{folder}/out", "wb") as out, open(
        f"{folder}/err", "wb"
    ) as err:
        start = time.monotonic()
        try:
            process = subprocess.Popen(
                command, stdin=source, stdout=out, stderr=err, env=environment, start_new_session=True)
        except OSError as error:
            return Sample(0, 0, 0, f"{command[0]}: {error.strerror}")
        late = threading.Event()
        timer = threading.Timer(limit, end, (process.pid, late))
        timer.start()
        try:
            _, status, usage = os.wait4(process.pid, 0)
        except BaseException:  # Ctrl-C does not reach a session of its own
            os.killpg(process.pid, signal.SIGTERM)
            raise
        finally:
            timer.cancel()
        wall = time.monotonic() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    sample = Sample(usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss / 1024)
    add_orphans(sample)
    if late.is_set():
        sample.note = f"not done after {limit} s"
    elif process.returncode != 0:
        sample.note = f"exit {process.returncode}: {last_line(folder)}"
    return sample


def end(pid, late):
    late.set()
    os.killpg(pid, signal.SIGTERM)
    time.sleep(5)
    try:
        os.killpg(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass  # it ended as it was asked to


def add_orphans(sample):
    while True:
        try:
            pid, _, usage = os.wait4(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return
        sample.cpu += usage.ru_utime + usage.ru_stime
        sample.memory = max(sample.memory, usage.ru_maxrss / 1024)


def last_line(folder):
    with open(f"{folder}/err", "rb") as file:
        lines = file.read()[-2000:].decode(errors="replace").strip().splitlines()
    return lines[-1][:100].replace("|", "/") if lines else "no message"
