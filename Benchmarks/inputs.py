"""Makes what the benchmarks feed to stores, the same bytes for the same arguments.

    inputs.py graph SHAPE COUNT STORE FOLDER   trivial builds: FOLDER/stream, FOLDER/list, FOLDER/top, FOLDER/texts
    inputs.py items COUNT STORE FOLDER         many small paths: FOLDER/stream, FOLDER/list
    inputs.py tree MEGABYTES FILES FOLDER      a tree: one file of bytes without a pattern, and many small ones

A stream is what `nodeos-store import` and `nix-store --import` read. Derivations are written and named here, so
that every program gets the same ones, whether a Nix is there to instantiate them or not. It is a program, not a
module, because the memory of a measured program cannot be told below that of the process that starts it.
"""

import hashlib
import os
import random
import struct
import sys

LETTERS = "0123456789abcdfghijklmnpqrsvwxyz"
SHELL = "/bin/busybox"


def text(data):
    return struct.pack("<Q", len(data)) + data + b"\0" * (-len(data) % 8)


def node(kind, *parts):
    return text(b"(") + text(b"type") + text(kind) + b"".join(parts) + text(b")")


def regular(data):
    return node(b"regular", text(b"contents"), text(data))


def executable(data):
    return node(b"regular", text(b"executable"), text(b""), text(b"contents"), text(data))


def entry(name, child):
    return text(b"entry") + text(b"(") + text(b"name") + text(name) + text(b"node") + child + text(b")")


def archive_of(root):
    return text(b"nix-archive-1") + root


def exported(archive, path, references):
    """One item of an export stream."""
    head = struct.pack("<Q", 1) + archive + struct.pack("<Q", 0x4558494E)
    names = b"".join(text(reference.encode()) for reference in sorted(references))
    return head + text(path.encode()) + struct.pack("<Q", len(references)) + names + text(b"") + struct.pack("<Q", 0)


def store_path(store, kind, digest, name):
    """The path that a fingerprint gives: its SHA-256, folded to 20 bytes, in the alphabet of Nix."""
    whole = hashlib.sha256(f"{kind}:sha256:{digest}:{store}:{name}".encode()).digest()
    folded = bytearray(20)
    for index, byte in enumerate(whole):
        folded[index % 20] ^= byte
    number = int.from_bytes(folded, "little")
    part = "".join(LETTERS[number >> 5 * digit & 31] for digit in reversed(range(32)))
    return f"{store}/{part}-{name}"


class Graph:
    """Trivial builds, inputs first; `add` returns what other builds name as their input."""

    def __init__(self, store):
        self.store, self.items, self.texts = store, [], []
        with open(SHELL, "rb") as file:
            program = entry(b"bin", node(b"directory", entry(b"busybox", executable(file.read()))))
        archive = archive_of(node(b"directory", program))
        self.source = store_path(store, "source", hashlib.sha256(archive).hexdigest(), "busybox")
        self.items.append((exported(archive, self.source, []), self.source))

    def add(self, name, inputs, mention=True):
        """A build that writes its name and, with `mention`, its inputs: then its closure holds theirs."""
        # Derivation path, output path and the hash that stands for a derivation in those that use it.
        variables = {"builder": f"{self.source}/bin/busybox", "name": name, "out": "", "system": system()}
        if mention:
            variables["inputs"] = " ".join(output for _, output, _ in inputs)
        by_hash = sorted(digest for _, _, digest in inputs)
        masked = hashlib.sha256(self.term("", by_hash, variables).encode()).hexdigest()
        output = variables["out"] = store_path(self.store, "output:out", masked, name)
        digest = hashlib.sha256(self.term(output, by_hash, variables).encode()).hexdigest()
        data = self.term(output, sorted(path for path, _, _ in inputs), variables).encode()
        references = sorted([self.source] + [path for path, _, _ in inputs])
        path = store_path(
            self.store, "text:" + ":".join(references), hashlib.sha256(data).hexdigest(), name + ".drv")
        self.items.append((exported(archive_of(regular(data)), path, references), path))
        self.texts.append((name + ".drv", data, references))
        return path, output, digest

    def term(self, output, inputs, variables):
        script = "echo $name $inputs > $out"
        uses = ",".join(f'("{name}",["out"])' for name in inputs)
        values = ",".join(f'("{key}","{value}")' for key, value in sorted(variables.items()))
        return (f'Derive([("out","{output}","","")],[{uses}],["{self.source}"],"{system()}",'
                f'"{variables["builder"]}",["sh","-c","{script}"],[{values}])')


def system():
    return os.uname().machine + "-linux"


def chain(graph, count):
    previous = []
    for index in range(count):
        previous = [graph.add(f"step-{index}", previous)]
    return previous[0]


def side(graph, count):
    return graph.add("all", [graph.add(f"side-{index}", []) for index in range(count)], mention=False)


def layers(graph, count):
    """Rows of four, each of which uses all four before it: closures of half the graph."""
    row = []
    for index in range(max(1, count // 4)):
        row = [graph.add(f"layer-{index}-{column}", row) for column in range(4)]
    return graph.add("all", row, mention=False)


def wide(graph, count):
    """A fifth uses the one before and the one 32 before; each of the rest one of these."""
    deep = []
    for index in range(max(1, count // 5)):
        deep.append(graph.add(f"deep-{index}", [deep[index - back] for back in (1, 32) if index >= back]))
    flat = [graph.add(f"flat-{index}", [deep[index % len(deep)]]) for index in range(count - len(deep) - 1)]
    return graph.add("all", flat, mention=False)


def write_graph(shape, count, store, folder):
    graph = Graph(store)
    top = {"chain": chain, "side": side, "layers": layers, "wide": wide}[shape](graph, count)
    write(folder, graph.items)
    with open(f"{folder}/top", "w") as file:
        file.write(top[0])
    os.mkdir(f"{folder}/texts")
    with open(f"{folder}/texts.list", "w") as file:
        for index, (name, data, references) in enumerate(graph.texts):
            with open(f"{folder}/texts/{index}", "wb") as text_file:
                text_file.write(data)
            file.write(f'("{name}" "{index}" {" ".join(chr(34) + r + chr(34) for r in references)})\n')


def write(folder, items):
    with open(f"{folder}/stream", "wb") as stream, open(f"{folder}/list", "w") as paths:
        for item, path in items:
            stream.write(item)
            paths.write(path + "\n")
        stream.write(struct.pack("<Q", 0))


def small_item(index, references):
    """Nine of ten are directories of three files, one of which 500 kinds of item share."""
    own = regular(f"item {index}\n".encode() + "\n".join(references).encode() + b"\n")
    if index % 10 == 0:
        return own
    return node(
        b"directory",
        entry(b"COPYING", regular(b"licence %d\n" % (index % 500) * 200)),
        entry(b"lib", node(b"directory", entry(b"x", own))),
        entry(b"readme", regular(b"read %d" % index)),
    )


def items(count, store):
    """Small items; each refers to up to eight of the 3000 before it."""
    random.seed(7)
    paths = []
    for index in range(count):
        part = "".join(LETTERS[byte % 32] for byte in hashlib.sha256(b"%d" % index).digest())
        low = max(0, index - 3000)
        wanted = random.randint(1, 8) if index else 0
        references = sorted({paths[random.randrange(low, index)] for _ in range(wanted)})
        paths.append(f"{store}/{part}-item-{index}")
        yield exported(archive_of(small_item(index, references)), paths[-1], references), paths[-1]


def write_tree(megabytes, files, folder):
    os.mkdir(f"{folder}/small")
    random.seed(7)
    with open(f"{folder}/big", "wb") as file:
        for _ in range(megabytes):
            file.write(random.randbytes(1_000_000))
    for index in range(files):
        with open(f"{folder}/small/{index}", "w") as file:
            file.write(f"file {index}\n")


def main(kind, *arguments):
    os.makedirs(arguments[-1], exist_ok=True)
    if kind == "graph":
        write_graph(arguments[0], int(arguments[1]), *arguments[2:])
    elif kind == "items":
        write(arguments[2], items(int(arguments[0]), arguments[1]))
    else:
        write_tree(int(arguments[0]), int(arguments[1]), arguments[2])


main(*sys.argv[1:])
