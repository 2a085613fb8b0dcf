"""Writes a store of many small items as an export stream: export-stream.py COUNT STORE PATHS > STREAM

Nine of ten are directories of three files, one of which 500 kinds of item share; each refers to up to eight
of the 3000 before it. PATHS receives the store paths, a line each. The same arguments give the same bytes.
"""

import hashlib
import random
import struct
import sys

LETTERS = b"0123456789abcdfghijklmnpqrsvwxyz"


def text(data):
    return struct.pack("<Q", len(data)) + data + b"\0" * (-len(data) % 8)


def node(kind, *parts):
    return text(b"(") + text(b"type") + text(kind) + b"".join(parts) + text(b")")


def regular(data):
    return node(b"regular", text(b"contents"), text(data))


def entry(name, child):
    return text(b"entry") + text(b"(") + text(b"name") + text(name) + text(b"node") + child + text(b")")


def item(index, references):
    own = regular(b"item %d\n" % index + b"\n".join(references) + b"\n")
    if index % 10 == 0:
        return own
    return node(
        b"directory",
        entry(b"COPYING", regular(b"licence %d\n" % (index % 500) * 200)),
        entry(b"lib", node(b"directory", entry(b"x", own))),
        entry(b"readme", regular(b"read %d" % index)),
    )


def main(count, store, list_file):
    random.seed(7)
    out = sys.stdout.buffer
    paths = []
    for index in range(count):
        part = bytes(LETTERS[x % 32] for x in hashlib.sha256(b"%d" % index).digest())
        path = b"%s/%s-item-%d" % (store, part, index)
        low = max(0, index - 3000)
        wanted = random.randint(1, 8) if index else 0
        references = sorted({paths[random.randrange(low, index)] for _ in range(wanted)})
        out.write(struct.pack("<Q", 1) + text(b"nix-archive-1") + item(index, references))
        out.write(struct.pack("<Q", 0x4558494E) + text(path) + struct.pack("<Q", len(references)))
        out.write(b"".join(text(reference) for reference in references))
        out.write(text(b"") + struct.pack("<Q", 0))
        paths.append(path)
    out.write(struct.pack("<Q", 0))
    with open(list_file, "wb") as file:
        file.write(b"\n".join(paths) + b"\n")


main(int(sys.argv[1]), sys.argv[2].encode(), sys.argv[3])
