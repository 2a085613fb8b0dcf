#!/usr/bin/env python3
"""Times this program beside Nix and Guix on the same inputs and prints tables: see README.md here.

    benchmark.py [NAME[=SIZE,…]…] [--runs N] [--scale X] [--json FILE] [--page FILE]

Environment: RUNS, SCALE; NODEOS_STORE, a ready program to measure (else one is built); NODEOS_BENCHMARK, a ready
nodeos-benchmark; PEER_NIX and PEER_GUIX, roots of other systems, several with ':' between.
"""

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from functools import partial

import report
from measuring import Line, adopt_orphans, measure
from peers import INPUTS, SHELL, Guix, Nix, Ours, clear

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PEER = "best peer"  # as a goal: no slower than that

# Sizes by default, and processor seconds that this program may take at a size.
SIZES = {
    "floors": [200], "chain": [50, 100, 200], "side": [50, 100, 200], "layers": [250, 500, 1000],
    "plan": [1000, 5000, 20000], "again": [50], "hash": [200], "add": [200], "derivations": [10000],
    "graph": [10000], "store": [100000],
}
GOALS = {
    ("chain", 200): 1.4, ("side", 200): 1.0, ("layers", 1000): 5, ("layers", 5000): 25,
    ("plan", 1000): 0.05, ("plan", 5000): 0.2, ("plan", 20000): 0.8,
    ("derivations", 10000): 8.5, ("graph", 10000): 0.05,
}
TITLES = {
    "chain": "chain of N builds, each seeing all before it", "side": "N builds side by side",
    "layers": "first build of a graph of N, closures of half of it", "plan": "plan of that graph of N, nothing built",
    "again": "chain of N that is built already",
}


class Benchmark:
    def __init__(self, options, work):
        self.options, self.work, self.lines, self.programs = options, work, [], []
        self.environment = {key: value for key, value in os.environ.items() if not key.startswith(("NODEOS", "NIX_"))}
        self.environment |= {"HOME": f"{work}/home", "LC_ALL": "C.UTF-8"}
        self.environment["PATH"] += ":/usr/sbin:/sbin"

    def start(self):
        os.makedirs(f"{self.work}/home")
        os.makedirs(f"{self.work}/programs")
        wanted = [(Ours, self.options.program), (Nix, "")]
        wanted += [(Nix, place) for place in places("PEER_NIX")]
        wanted += [(Guix, place) for place in places("PEER_GUIX") or [""]]
        for kind, place in wanted:
            self.programs.append(kind(f"{self.work}/programs", place, self.environment))
        self.ours = self.programs[0]
        if self.ours.missing:
            sys.exit(f"'{self.options.program}' {self.ours.missing}")

    def inputs(self, *words):
        """The folder with what inputs.py makes of `words`, made once."""
        folder = f"{self.work}/inputs-" + "-".join(str(word).strip("/").replace("/", "-") for word in words)
        if not os.path.exists(folder):
            subprocess.run([sys.executable, INPUTS, *map(str, words), folder], check=True)
        return folder

    def contest(self, what, size, contestants, goal=None):
        """Runs what is compared by turns. A contestant: a name, what to do before each run, what to run."""
        lines = [Line(what, size, name) for name, _, _ in contestants]
        for line in lines:
            line.goal = goal if line.ours else None
        for turn in range(self.options.runs):
            for step in range(len(contestants)):
                index = (turn + step) % len(contestants)
                _, before, run = contestants[index]
                if lines[index].note:
                    continue
                before()
                sample = run()
                if sample.note:
                    lines[index].note = sample.note
                else:
                    lines[index].samples.append(sample)
        for line in lines:
            tell(f"{line.title}: {line.program}: {report.number(line.least())} {line.note}")
        self.lines += lines

    def compare(self, what, verb, size, operands=None, folder=None, goal=None, fresh=False, warm=None, stdin=None,
                floors=()):
        """One row for each program that has the verb; `operands` and `folder` depend on its store directory."""
        contestants, absent = [], []
        for program in self.programs:
            if program.missing or program.command(verb, []) is None:
                continue
            place = folder(program.store) if folder else None
            words = operands(program.store) if operands else []
            try:
                self.load(program, place, warm and [warm, words])
            except OSError as error:
                absent.append(Line(what, size, program.name, goal if program is self.ours else None, note=str(error)))
                continue
            reads = f"{stdin(program.store)}/stream" if stdin else None
            contestants.append((program.name, program.reset if fresh else nothing, runner(program, verb, words, reads)))
        contestants += [(name, nothing, self.floor(command)) for name, command in floors]
        self.contest(what, size, contestants, goal)
        self.lines += absent

    def load(self, program, folder, warm):
        if program.loaded != (folder, warm):
            program.loaded = None
            program.load(folder, warm or ())
            program.loaded = (folder, warm)
        else:
            program.reset()

    def floor(self, command):
        return lambda: measure(command, self.work, self.environment)

    def row(self, name, size):
        """Whatever stops one row, a full disk say, leaves the others their turn."""
        try:
            getattr(self, name, partial(self.build, name))(size)
        except (OSError, subprocess.CalledProcessError) as error:
            tell(f"{name}, {size}: {error}")
            note = f"stopped: {error}".replace(self.work, "…")
            self.lines.append(Line(f"{name}, N", size, self.ours.name, note=note))
            for program in self.programs:
                program.loaded = None

    # What is measured, a function for each name.

    def floors(self, size):
        """What any store must at least do: read, write and hash bytes, start a shell in namespaces."""
        file, copied = self.inputs("tree", 200, 5000) + "/big", f"{self.work}/copy"
        bytes_read = [["cat", file], ["cp", file, copied], ["sha256sum", file]]
        self.contest("floor: a file of N MB", 200, [
            (command[0], nothing, self.floor(command)) for command in bytes_read])
        self.remove(copied)
        alone = f"cd {self.work}; for n in $(seq {size}); do busybox sh -c 'echo $0 > out' $n; done"
        inside = alone.replace("busybox", "unshare -r -m -p -f -n -i -u busybox")
        self.contest("floor: N shells, one after the other", size, [
            (name, nothing, self.floor(["sh", "-ec", script]))
            for name, script in [("a shell", alone), ("a shell in namespaces", inside)]])

    def build(self, name, size):
        shape = {"plan": "layers", "again": "chain"}.get(name, name)
        folder = partial(self.inputs, "graph", shape, size)
        verb = "plan" if name == "plan" else "realise"
        self.compare(
            TITLES[name], verb, size, partial(top, folder), folder, GOALS.get((name, size)),
            fresh=name not in ("plan", "again"), warm="realise" if name == "again" else None)

    def hash(self, size):
        tree = self.inputs("tree", size, 25 * size)
        floor = [("sha256sum, the large file alone", ["sha256sum", f"{tree}/big"])]
        self.compare("NAR hash of N MB and 25 files for each", "hash", size, lambda _: [tree], goal=PEER, floors=floor)
        self.compare("dump of N MB, the same", "dump", size, lambda _: [tree], goal=PEER)

    def add(self, size):
        tree = self.inputs("tree", size, 25 * size)
        floor = [("cp -r", ["sh", "-c", f'rm -rf "$0/copy"; cp -r "{tree}" "$0/copy"', self.work])]
        self.compare("add N MB, the same", "add", size, lambda _: [tree], goal=PEER, fresh=True, floors=floor)
        self.remove(f"{self.work}/copy")

    def derivations(self, size):
        what = "check of N derivations as a distribution has them"
        if not self.options.generator:
            self.lines.append(Line(what, size, self.ours.name, note="no nodeos-benchmark: set NODEOS_BENCHMARK"))
            return
        folder = f"{self.work}/derivations"
        os.makedirs(folder)
        subprocess.run([self.options.generator, "derivations", folder, str(size), "/nix/store"], check=True)
        check = runner(self.ours, "check", [folder])
        self.contest(what, size, [(self.ours.name, nothing, check)], GOALS.get(("derivations", size)))
        self.contest("the model alone, N derivations", size, [
            ("nodeos-benchmark", nothing, self.floor([self.options.generator, "model", folder]))])
        # It says itself what each step took: "parse: 310 ms for 10000, 31 µs each".
        steps = [line.split(":")[0] + line.split(",")[-1] for line in read(f"{self.work}/out").splitlines()[1:]]
        self.lines[-1].note = self.lines[-1].note or ", ".join(steps)
        self.remove(folder)

    def graph(self, size):
        folder = partial(self.inputs, "graph", "wide", size)
        for verb in ("requisites", "graph", "graph reduced", "graph as a tree"):
            goal = {"requisites": GOALS.get(("graph", size)), "graph": PEER}.get(verb)
            self.compare(f"{verb} of N derivations", verb, size, partial(top, folder), folder, goal)

    def store(self, size):
        folder = partial(self.inputs, "items", size)
        self.compare("import of N small paths", "import", size, folder=None, goal=PEER, fresh=True, stdin=folder)
        for part, goal in ((size // 8, 0.05 if size == 100000 else None), (size - 1, PEER)):
            self.compare(
                f"requisites of path {part} of N", "requisites", size,
                lambda store: [read(folder(store) + "/list").splitlines()[part]], folder, goal)
        for what, verb, fresh in [
            ("what no root reaches of N", "dead", False), ("verify N paths", "verify", False),
            ("verify N with contents", "verify contents", False), ("optimise N", "optimise", True),
            ("collect all N", "collect", True),
        ]:
            self.compare(what, verb, size, None, folder, PEER, fresh)

    def remove(self, path):
        if os.path.isdir(path):
            clear(path)
            os.rmdir(path)
        elif os.path.exists(path):
            os.unlink(path)

    def close(self):
        for program in self.programs:
            program.close()


def nothing():
    pass


def runner(program, verb, operands, stdin=None):
    return lambda: program.run(verb, operands, stdin)


def top(folder, store):
    return [read(folder(store) + "/top")]


def read(path):
    with open(path) as file:
        return file.read()


def tell(text):
    print("  " + text, file=sys.stderr, flush=True)


def places(variable):
    return [place for place in os.environ.get(variable, "").split(":") if place]


def built(variable, product):
    """The program that the environment names; else a release build of this tree's."""
    if os.environ.get(variable):
        return os.path.abspath(os.environ[variable])
    environment = os.environ | ({"NODEOS_BENCHMARKS": "1"} if product == "nodeos-benchmark" else {})
    command = ["swift", "build", "-c", "release", "--product", product]
    subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=sys.stderr)
    return f"{ROOT}/.build/release/{product}"


def chosen(words, scale, parser):
    """What to measure, by name, with its sizes: `chain` or `layers=1000,5000`."""
    for word in words or SIZES:
        name, _, sizes = word.partition("=")
        if name not in SIZES or not all(size.isdigit() and int(size) > 0 for size in sizes.split(",") if sizes):
            parser.error(f"'{word}': say one of {', '.join(SIZES)}, or NAME=SIZE,SIZE")
        numbers = map(int, sizes.split(",")) if sizes else (max(8, int(size * scale)) for size in SIZES[name])
        yield name, sorted(set(numbers))


def fits_in_memory(sizes):
    """Whether there is a tmpfs with room for each program's store, twice."""
    needed = (2 << 30) + 100_000 * max(sizes.get("store", [0]))
    return os.access("/dev/shm", os.W_OK) and shutil.disk_usage("/dev/shm").free > needed


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", help=", ".join(SIZES))
    parser.add_argument("--runs", type=int, default=int(os.environ.get("RUNS") or 3))
    parser.add_argument("--scale", type=float, default=float(os.environ.get("SCALE") or 1))
    parser.add_argument("--json", metavar="FILE", help="write the numbers there, each run of each program")
    parser.add_argument("--page", metavar="FILE", help="put the tables between the page's marks")
    options = parser.parse_args()
    if options.runs < 1 or options.scale <= 0:
        parser.error("there is at least one run, and a scale above 0")
    options.chosen = list(chosen(options.names, options.scale, parser))
    if options.page:
        report.parts(options.page)  # not found out after an hour
    if not os.path.exists(SHELL) and {"floors", "graph", *TITLES} & set(dict(options.chosen)):
        parser.error(f"builders run '{SHELL}', which is missing: apt-get install busybox-static")
    return options


def main():
    options = parse()
    # Ended by a signal, it still ends what it started and removes its stores.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended"))
    options.program = built("NODEOS_STORE", "nodeos-store")
    # A ready program may come without this tree's compiler.
    ready = os.environ.get("NODEOS_STORE") and not os.environ.get("NODEOS_BENCHMARK")
    wanted = not ready and "derivations" in dict(options.chosen)
    options.generator = built("NODEOS_BENCHMARK", "nodeos-benchmark") if wanted else None
    adopt_orphans()
    about = report.machine(ROOT) | {"runs": options.runs}
    if os.environ.get("NODEOS_STORE"):
        about["commit"] += " (but a ready program was measured)"
    in_memory = fits_in_memory(dict(options.chosen))
    work = tempfile.mkdtemp(prefix="nodeos-benchmark-", dir="/dev/shm" if in_memory else None)
    about["stores"] = "in memory (/dev/shm)" if in_memory else f"in {os.path.dirname(work)}"
    benchmark = Benchmark(options, work)
    try:
        benchmark.start()
        about["programs"] = {each.name: each.missing for each in benchmark.programs}
        for name, sizes in options.chosen:
            for size in sizes:
                benchmark.row(name, size)
    except KeyboardInterrupt:
        sys.exit(130)
    finally:
        benchmark.close()
        clear(work)
        shutil.rmtree(work)
    about["load at the end"] = os.getloadavg()[0]
    report.write(about, benchmark.lines, options)


if __name__ == "__main__":
    main()
