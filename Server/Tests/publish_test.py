"""`nodeos-store publish` as a client sees it: by HTTP, by Nix, by curl, and as somebody who means harm.

usage: publish_test.py [NAME…]     NODEOS_STORE names the program; its server must be beside it ('make server').
"""

import base64
import concurrent.futures
import fcntl
import hashlib
import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import threading
import time
import unittest

STORE = os.environ.get("NODEOS_STORE", ".build/release/nodeos-store")
STORE = str(pathlib.Path(STORE).resolve())
BUSYBOX = shutil.which("busybox", path="/bin:/usr/bin")


class Folder:
    """A store under a temporary directory."""

    def __init__(self):
        self.path = pathlib.Path(tempfile.mkdtemp(prefix="nodeos-publish-"))
        self.root = self.path / "root"
        self.environment = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": str(self.path)}

    def remove(self):
        subprocess.run(["chmod", "-R", "u+w", self.path], check=False)
        shutil.rmtree(self.path)

    def run(self, *arguments, root=None, check=True, **more):
        """A command for this store, for another (`root`), or for none (an empty one)."""
        result = subprocess.run(
            [STORE, *([] if root == "" else ["--root", root or self.root]), *map(str, arguments)],
            env=self.environment, capture_output=True, text=True, check=False, **more)
        if check and result.returncode != 0:
            raise AssertionError(f"{arguments}: {result.returncode}\n{result.stderr}")
        return result

    def add(self, name, contents):
        file = self.path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(contents)
        return self.run("add", file).stdout.strip()

    def key(self, name="test-1"):
        secret = self.path / f"{name}.secret"
        if not secret.exists():
            self.run("key", "generate", name, secret)
        public = self.run("key", "public", secret).stdout.strip()
        return secret, public

    def file(self, path):
        """Where the bytes of a store path are."""
        return pathlib.Path(str(self.root) + path)


class Server:
    """A server for a store, until the block ends."""

    def __init__(self, folder, *options, listen="127.0.0.1:0"):
        self.process = subprocess.Popen(
            [STORE, "--root", folder.root, "publish", "--listen", listen, *map(str, options)],
            env=folder.environment, stderr=subprocess.PIPE, text=True)
        self.lines = []
        self.greeting = self.process.stderr.readline()
        match = re.search(r" at (\S+),", self.greeting)
        if not match:
            self.process.wait()
            raise AssertionError(self.greeting + self.process.stderr.read())
        self.url = match[1]
        self.port = int(self.url.rpartition(":")[2]) if "unix:" not in self.url else 0
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self):
        for line in self.process.stderr:
            self.lines.append(line)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.reader.join()
        self.process.stderr.close()

    def connect(self):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)

    def ask(self, path, method="GET", **headers):
        connection = self.connect()
        connection.request(method, path, headers={k.replace("_", "-"): v for k, v in headers.items()})
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        return answer, body

    def get(self, path):
        answer, body = self.ask(path)
        assert answer.status == 200, (path, answer.status, body)
        return body

    def raw(self, data):
        """What comes back for these bytes until the server closes."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=60) as connection:
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
            answer = b""
            while piece := connection.recv(65536):
                answer += piece
        return answer


def fields(text):
    return dict(line.split(": ", 1) if ": " in line else (line.rstrip(":"), "")
                for line in text.decode().splitlines())


def is_locked(path):
    """Whether somebody holds the lock of a file; a root of a process that ended has none."""
    with open(path, "rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        return False


def hash_part(path):
    return path.rsplit("/", 1)[1][:32]


class PublishTests(unittest.TestCase):
    def setUp(self):
        self.folder = Folder()
        self.addCleanup(self.folder.remove)

    def tree(self):
        tree = self.folder.path / "tree"
        (tree / "bin").mkdir(parents=True)
        (tree / "bin" / "run").write_bytes(b"#!/bin/sh\n")
        (tree / "bin" / "run").chmod(0o755)
        (tree / "link").symlink_to("bin/run")
        (tree / "large").write_bytes(os.urandom(300_000))
        return self.folder.run("add", tree).stdout.strip()

    def built(self, script="echo a line of the log; echo $PATH > $out", name="made"):
        """A derivation with a log, and its output, which refers to the shell."""
        tools = self.folder.path / "tools" / "bin"
        tools.mkdir(parents=True, exist_ok=True)
        shutil.copy(BUSYBOX, tools / "sh")
        shell = self.folder.run("add", tools.parent).stdout.strip()
        text = {
            "name": name, "system": f"{os.uname().machine}-linux", "builder": f"{shell}/bin/sh",
            "args": ["-c", script], "env": {"out": "", "PATH": f"{shell}/bin"},
            "inputSrcs": [shell], "inputDrvs": {}, "outputs": {"out": {}},
        }
        drv = self.folder.run("derivation", "add", input=json.dumps(text)).stdout.strip()
        out = self.folder.run("realise", drv).stdout.strip()
        return drv, out, shell

    # What a client takes

    def test_a_signed_cache(self):
        path = self.tree()
        secret, public = self.folder.key()
        with Server(self.folder, "--sign", secret) as server:
            info = server.get("/nix-cache-info").decode()
            self.assertIn("StoreDir: /nodeos/store\n", info)
            first = fields(server.get(f"/{hash_part(path)}.narinfo"))
            self.assertEqual(first["StorePath"], path)
            self.assertEqual(first["Compression"], "zstd")
            self.assertTrue(first["Sig"].startswith("test-1:"))
            self.assertNotIn("FileHash", first)
            packed = server.get("/" + first["URL"])
            nar = subprocess.run(["zstd", "-dc"], input=packed, capture_output=True, check=True).stdout
            self.assertEqual(len(nar), int(first["NarSize"]))
            # Once it is packed, its hash and size are known.
            second = fields(server.get(f"/{hash_part(path)}.narinfo"))
            self.assertEqual(int(second["FileSize"]), len(packed))
            self.assertEqual(second["Sig"], first["Sig"])
            self.assertEqual(server.get("/" + second["URL"]), packed)
            other = self.folder.path / "other"
            taken = self.folder.run(
                "copy", "--from", server.url, path, "--trusted-key", public, root=other)
            self.assertEqual(taken.returncode, 0)
            self.assertEqual(
                (other / path[1:] / "large").read_bytes(), (self.folder.file(path) / "large").read_bytes())
            # Somebody else's key is not enough for what its name does not prove.
        _, out, _ = self.built()
        with Server(self.folder, "--sign", secret) as server:
            _, stranger = self.folder.key("other-1")
            third = self.folder.path / "third"
            refused = self.folder.run(
                "copy", "--from", server.url, out, "--trusted-key", stranger, root=third, check=False)
            self.assertNotEqual(refused.returncode, 0)
            self.folder.run("copy", "--from", server.url, out, "--trusted-key", public, root=third)

    def test_every_compression(self):
        path = self.tree()
        for name, tool in [("none", ["cat"]), ("gzip", ["gzip", "-dc"]), ("xz", ["xz", "-dc"]), ("zstd", ["zstd", "-dc"])]:
            with self.subTest(name), Server(self.folder, "--compression", name) as server:
                told = fields(server.get(f"/{hash_part(path)}.narinfo"))
                self.assertEqual(told["Compression"], name)
                nar = subprocess.run(
                    tool, input=server.get("/" + told["URL"]), capture_output=True, check=True).stdout
                self.assertEqual(nar, subprocess.run(
                    [STORE, "dump", self.folder.file(path)], capture_output=True, check=True).stdout)
                other = self.folder.path / name
                self.folder.run("copy", "--from", server.url, path, root=other)

    @unittest.skipUnless(shutil.which("nix"), "no nix; Debian's package nix-bin has it")
    def test_nix_takes_and_agrees(self):
        _, out, _ = self.built()
        secret, public = self.folder.key()
        state = self.folder.path / "nix"
        environment = self.folder.environment | {
            "NIX_STORE_DIR": "/nodeos/store", "NIX_STATE_DIR": str(state / "var"),
            "NIX_LOG_DIR": str(state / "log"), "NIX_CONF_DIR": str(state / "etc"),
            "NIX_CONFIG": "experimental-features = nix-command\nsandbox = false\n"
                          f"trusted-public-keys = {public}\nbuild-users-group =\n"}
        store = f"local?root={state}"
        for name in ["zstd", "xz", "gzip", "none"]:
            with self.subTest(name), Server(self.folder, "--sign", secret, "--compression", name) as server:
                nix = ["nix", "--store", f"{store}/{name}"]
                subprocess.run(
                    [*nix, "copy", "--from", server.url, out], env=environment, check=True, capture_output=True)
                told = subprocess.run(
                    [*nix, "path-info", "--json", out], env=environment, check=True,
                    capture_output=True, text=True).stdout
                mine = json.loads(self.folder.run("query", "info", "--json", out).stdout)[out]["narHash"]
                theirs = json.loads(told)[0]["narHash"]
                convert = ["nix", "hash", "to-sri", "--type", "sha256", mine.removeprefix("sha256:")]
                sri = subprocess.run(convert, env=environment, check=True, capture_output=True, text=True).stdout
                self.assertIn(theirs, (mine, sri.strip()))
                listing = subprocess.run(
                    ["nix", "store", "ls", "--store", server.url, "--json", out], env=environment,
                    check=True, capture_output=True, text=True).stdout
                self.assertEqual(json.loads(listing)["type"], "regular")

    def test_parts(self):
        path = self.tree()
        with Server(self.folder) as server:
            url = "/" + fields(server.get(f"/{hash_part(path)}.narinfo"))["URL"]
            # A part of what is not packed yet waits for it.
            answer, begin = server.ask(url, Range="bytes=0-9")
            self.assertEqual((answer.status, len(begin)), (206, 10))
            whole = server.get(url)
            size = len(whole)
            answer, _ = server.ask(url)
            self.assertEqual(answer.headers["Accept-Ranges"], "bytes")
            self.assertEqual(int(answer.headers["Content-Length"]), size)
            self.assertIn("immutable", answer.headers["Cache-Control"])
            tag = answer.headers["ETag"]
            for text, part in [
                ("bytes=0-9", whole[:10]), ("bytes=10-", whole[10:]), ("bytes=-5", whole[-5:]),
                (f"bytes={size - 1}-{size + 50}", whole[-1:]), (f"bytes=-{size + 9}", whole),
            ]:
                with self.subTest(text):
                    answer, body = server.ask(url, Range=text)
                    self.assertEqual((answer.status, body), (206, part))
                    first = size - len(part) if not text.startswith("bytes=0") else 0
                    first = 10 if text == "bytes=10-" else first
                    self.assertEqual(
                        answer.headers["Content-Range"], f"bytes {first}-{first + len(part) - 1}/{size}")
            for text in ["bytes=5-2", "bytes=a-b", "lines=1-2", "bytes=1-2,4-5", "bytes", "bytes=--1"]:
                with self.subTest(text):
                    answer, body = server.ask(url, Range=text)
                    self.assertEqual((answer.status, body), (200, whole))
            for text in [f"bytes={size}-", "bytes=-0", f"bytes={2**64 - 1}-"]:
                with self.subTest(text):
                    answer, _ = server.ask(url, Range=text)
                    self.assertEqual(answer.status, 416)
                    self.assertEqual(answer.headers["Content-Range"], f"bytes */{size}")
            self.assertEqual(server.ask(url, If_None_Match=tag)[0].status, 304)
            self.assertEqual(server.ask(url, If_None_Match=f'"x", {tag}')[0].status, 304)
            self.assertEqual(server.ask(url, If_None_Match='"x"')[0].status, 200)
            self.assertEqual(server.ask(url, Range="bytes=0-1", If_Range=tag)[0].status, 206)
            self.assertEqual(server.ask(url, Range="bytes=0-1", If_Range='"x"')[0].status, 200)
            answer, body = server.ask(url, method="HEAD")
            self.assertEqual((answer.status, body), (200, b""))

    def test_logs_listings_files_manifests(self):
        drv, out, shell = self.built()
        file = self.folder.path / "source.tar"
        file.write_bytes(b"a source\n")
        self.folder.run("add", "--fixed", "sha256", "--name", "source.tar", file)
        secret, public = self.folder.key()
        with Server(self.folder, "--sign", secret) as server:
            for name in [drv, out]:
                self.assertEqual(server.get("/log/" + name.rsplit("/", 1)[1]), b"a line of the log\n")
            self.assertEqual(server.ask("/log/" + shell.rsplit("/", 1)[1])[0].status, 404)
            # What was collected has a log still, which is nobody's business any more.
            other, made, _ = self.built("echo another line; echo $out > $out", name="other")
            self.assertEqual(server.get("/log/" + other.rsplit("/", 1)[1]), b"another line\n")
            self.folder.run("gc", "--delete", made, other)
            self.assertEqual(self.folder.run("log", other).stdout, "another line\n")
            self.assertEqual(server.ask("/log/" + other.rsplit("/", 1)[1])[0].status, 404)
            listing = json.loads(server.get(f"/{hash_part(shell)}.ls"))
            entry = listing["root"]["entries"]["bin"]["entries"]["sh"]
            self.assertEqual(listing["version"], 1)
            self.assertTrue(entry["executable"])
            told = fields(server.get(f"/{hash_part(shell)}.narinfo"))
            packed = server.get("/" + told["URL"])
            nar = subprocess.run(["zstd", "-dc"], input=packed, capture_output=True, check=True).stdout
            start = entry["narOffset"]
            self.assertEqual(nar[start:start + entry["size"]], (self.folder.file(shell) / "bin/sh").read_bytes())
            manifest = self.folder.path / "theirs.json"
            manifest.write_bytes(server.get(f"/manifest/{hash_part(out)}.json"))
            self.assertTrue(json.loads(manifest.read_text())["signatures"][0].startswith("test-1:"))
            digest = hashlib.sha256(b"a source\n").hexdigest()
            self.assertEqual(server.get(f"/file/source.tar/sha256/{digest}"), b"a source\n")
            for wrong in [f"/file/other.tar/sha256/{digest}", f"/file/source.tar/sha1/{digest}",
                          f"/file/source.tar/sha256/{digest[::-1]}", "/file/source.tar/sha256/x"]:
                self.assertEqual(server.ask(wrong)[0].status, 404, wrong)

    def test_two_machines_by_url_alone(self):
        drv, out, shell = self.built()
        other = Folder()
        self.addCleanup(other.remove)
        self.folder.run("copy", "--to", other.root, drv)
        other.run("realise", drv)
        secret, public = self.folder.key()
        stranger, _ = other.key("other-1")
        with Server(self.folder, "--sign", secret) as one, Server(other, "--sign", secret) as two:
            agreed = self.folder.run("audit", "compare", one.url, two.url, "--trusted-key", public, root="")
            self.assertIn("match", agreed.stdout)
        with Server(other, "--sign", stranger) as two, Server(self.folder, "--sign", secret) as one:
            refused = self.folder.run(
                "audit", "compare", one.url, two.url, "--trusted-key", public, root="", check=False)
            self.assertEqual(refused.returncode, 1, refused.stdout + refused.stderr)
        # What is not deterministic is a difference, and found by the addresses alone.
        drv, out, _ = self.built("read -r x </proc/sys/kernel/random/uuid; echo $x > $out", name="random")
        self.folder.run("copy", "--to", other.root, drv)
        other.run("realise", drv)
        with Server(self.folder) as one, Server(other) as two:
            answer = self.folder.run("audit", "compare", one.url, two.url, root="", check=False)
            self.assertEqual(answer.returncode, 2, answer.stderr)
            self.assertIn("-random", answer.stdout)

    def test_a_source_mirror(self):
        file = self.folder.path / "source.tar"
        file.write_bytes(b"a source\n")
        digest = "sha256:" + hashlib.sha256(b"a source\n").hexdigest()

        def drv(root, url):
            text = {
                "name": "source.tar", "system": "builtin", "builder": "builtin:fetchurl", "args": [],
                "env": {"url": url, "urls": url, "out": ""}, "inputSrcs": [], "inputDrvs": {},
                "outputs": {"out": {"hashAlgo": "sha256", "hash": digest[7:]}}}
            return self.folder.run("derivation", "add", input=json.dumps(text), root=root).stdout.strip()

        self.folder.run("realise", drv(self.folder.root, file.as_uri()), "--mirror", f"here={self.folder.path}")
        other = self.folder.path / "other"
        with Server(self.folder) as server:
            lost = drv(other, "http://127.0.0.1:9/source.tar")
            out = self.folder.run("realise", lost, "--source-mirror", server.url, root=other).stdout.strip()
            self.assertEqual((other / out[1:]).read_bytes(), b"a source\n")

    def test_the_page_and_the_counts(self):
        self.folder.add("a.txt", b"a")
        with Server(self.folder) as server:
            answer, page = server.ask("/")
            self.assertEqual(answer.status, 200)
            self.assertIn("default-src 'none'", answer.headers["Content-Security-Policy"])
            self.assertEqual(answer.headers["X-Content-Type-Options"], "nosniff")
            self.assertIn(b"1 paths of <code>/nodeos/store</code>", page)
            server.ask("/" + "0" * 32 + ".narinfo")
            counts = server.get("/metrics").decode()
            self.assertIn('nodeos_publish_requests_total{kind="narinfo",status="404"} 1\n', counts)
            self.assertIn("nodeos_publish_transfers 0\n", counts)

    # What must not work

    def test_nothing_else_can_be_reached(self):
        path = self.tree()
        secret = self.folder.root / "nodeos" / "store" / ("0" * 32 + "-unregistered")
        secret.write_bytes(b"SECRET")
        (self.folder.root / "SECRET").write_bytes(b"SECRET")
        narinfo = f"/{hash_part(path)}.narinfo"
        with Server(self.folder) as server:
            url = fields(server.get(narinfo))["URL"]
            name = url.removeprefix("nar/")
            for wrong in [
                "/SECRET", "/../SECRET", "/nar/../SECRET", "/nar/..%2f..%2fSECRET", "/nar/%2e%2e/SECRET",
                "/log/../../SECRET", "/log/..%2F..%2FSECRET", "/log/", "/nar/", "/file/..%2f/sha256/00",
                f"/{'0' * 32}.narinfo", f"/{'0' * 32}.ls", f"/log/{'0' * 32}-unregistered",
                f"/manifest/{'0' * 32}.json", f"/manifest/{hash_part(path)}", "/.narinfo", "/x.narinfo",
                f"/{hash_part(path)}%00.narinfo", f"/{hash_part(path)[:-1]}%.narinfo", f"/{hash_part(path).upper()}.narinfo",
                f"/nar/{name}.zst", f"/nar/x{name}", f"/nar/{name[:32]}-{'0' * 52}.nar.zst",
                f"/nar/{name.replace('.zst', '.xz')}", f"/nar/{name.replace('.zst', '')}", f"/nar/{name}%0a",
                f"/nar/.lock", f"//{url}/x", f"/{url}/x", "/nar", "/%ff%fe", "/log/%ff", "/nix-cache-info/x",
            ]:
                with self.subTest(wrong):
                    answer, body = server.ask(wrong)
                    self.assertIn(answer.status, (400, 404), body)
                    self.assertNotIn(b"SECRET", body)
                    self.assertNotIn(str(self.folder.path).encode(), body)
            for method in ["PUT", "POST", "DELETE", "PATCH", "OPTIONS", "TRACE"]:
                answer, _ = server.ask(narinfo, method=method)
                self.assertEqual(answer.status, 405, method)
                self.assertEqual(answer.headers["Allow"], "GET, HEAD")
            self.assertEqual(server.get(narinfo)[:10], b"StorePath:")

    def test_bad_requests(self):
        path = self.folder.add("a.txt", b"a")
        with Server(self.folder) as server:
            host = b"Host: x\r\n"
            long = b"GET / HTTP/1.1\r\n" + host + b"X: " + b"a" * 100_000 + b"\r\n\r\n"
            many = b"GET / HTTP/1.1\r\n" + host + b"X: a\r\n" * 5000 + b"\r\n"
            for data in [b"\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00", b"GET / HTTP/9.9\r\n\r\n", long, many,
                         b"GET " + b"/a" * 100_000 + b" HTTP/1.1\r\n" + host + b"\r\n"]:
                answer = server.raw(data)
                self.assertNotIn(b" 200 ", answer[:20], data[:40])
            # What comes with a question is not read into memory.
            body = b"GET /nix-cache-info HTTP/1.1\r\n" + host + b"Content-Length: 5\r\n\r\nhello"
            self.assertIn(b" 200 ", server.raw(body)[:20])
            self.assertTrue(server.get(f"/{hash_part(path)}.narinfo"))

    def test_tokens(self):
        path = self.tree()
        tokens = self.folder.path / "tokens"
        tokens.write_text("# readers\na-token-of-the-first\nanother-token-of-ours\n")
        tokens.chmod(0o644)
        refused = self.folder.run("publish", "--listen", "127.0.0.1:0", "--token-file", tokens, check=False)
        self.assertIn("chmod 600", refused.stderr)
        tokens.chmod(0o600)
        narinfo = f"/{hash_part(path)}.narinfo"
        basic = lambda text: "Basic " + base64.b64encode(text.encode()).decode()
        with Server(self.folder, "--token-file", tokens) as server:
            for path_ in ["/", "/nix-cache-info", narinfo, "/metrics"]:
                answer, _ = server.ask(path_)
                self.assertEqual(answer.status, 401, path_)
                self.assertIn("Basic", answer.headers["WWW-Authenticate"])
            for header in ["Bearer x", "Bearer ", "Bearer", basic("a-token-of-the-first:x"), basic("x"), "Basic !!!",
                           "Bearer a-token-of-the-firs", "Digest a-token-of-the-first", "Bearer # readers"]:
                self.assertEqual(server.ask(narinfo, Authorization=header)[0].status, 401, header)
            for header in ["Bearer a-token-of-the-first", "bearer another-token-of-ours",
                           basic("anybody:a-token-of-the-first")]:
                self.assertEqual(server.ask(narinfo, Authorization=header)[0].status, 200, header)
            netrc = self.folder.path / "netrc"
            netrc.write_text("machine 127.0.0.1 login x password another-token-of-ours\n")
            netrc.chmod(0o600)
            other = self.folder.path / "other"
            self.folder.run("copy", "--from", server.url, path, "--netrc", netrc, root=other)
        tokens.write_text("short\n")
        with self.assertRaises(AssertionError) as failure:
            Server(self.folder, "--token-file", tokens)
        self.assertIn("at least 16", str(failure.exception))

    def test_altered_bytes_never_arrive_whole(self):
        path = self.tree()
        large = self.folder.file(path) / "large"
        large.chmod(0o644)
        bytes_ = bytearray(large.read_bytes())
        bytes_[1000] ^= 1
        large.write_bytes(bytes_)
        with Server(self.folder) as server:
            url = "/" + fields(server.get(f"/{hash_part(path)}.narinfo"))["URL"]
            with self.assertRaises((http.client.IncompleteRead, ConnectionError)):
                server.ask(url)
            self.assertNotIn("FileHash", fields(server.get(f"/{hash_part(path)}.narinfo")))
            for _ in range(100):
                if told := [line for line in server.lines if hash_part(path) in line]:
                    break
                time.sleep(0.1)
            self.assertIn("is not what it claims", "".join(told))

    # Many, slow, and the end

    def test_many_at_once_pack_once(self):
        # So slow that all are there before it is done.
        path = self.folder.add("large", os.urandom(6_000_000))
        with Server(self.folder, "--jobs", 1, "--compression", "xz") as server:
            url = "/" + fields(server.get(f"/{hash_part(path)}.narinfo"))["URL"]
            with concurrent.futures.ThreadPoolExecutor(24) as pool:
                bodies = list(pool.map(lambda _: server.get(url), range(24)))
            self.assertEqual(len(set(bodies)), 1)
            self.assertIn("nodeos_publish_packed_files 1\n", server.get("/metrics").decode())

    def test_the_folder_of_packed_nars_is_bounded(self):
        paths = [self.folder.add(f"f{index}", os.urandom(100_000)) for index in range(5)]
        cache = self.folder.path / "packed"
        options = ["--cache", cache, "--cache-size", "250K"]

        def files():
            return [file for file in cache.iterdir() if file.is_file() and file.name != ".lock"]

        with Server(self.folder, *options) as server:
            with self.assertRaises(AssertionError) as failure:
                Server(self.folder, *options)
            self.assertIn("--cache", str(failure.exception))
            for path in paths:
                server.get("/" + fields(server.get(f"/{hash_part(path)}.narinfo"))["URL"])
            self.assertEqual(len(files()), 2)
            server.process.send_signal(signal.SIGTERM)
            self.assertEqual(server.process.wait(60), 0)
        (cache / "of somebody else").write_bytes(b"")
        with Server(self.folder, *options) as server:
            self.assertEqual(len(files()), 2)
            self.assertIn("FileHash", fields(server.get(f"/{hash_part(paths[-1])}.narinfo")))
            # Emptied by hand: packed again.
            for file in files():
                file.unlink()
            server.get("/" + fields(server.get(f"/{hash_part(paths[-1])}.narinfo"))["URL"])

    def test_what_is_sent_is_not_collected(self):
        path = self.folder.add("large", os.urandom(40_000_000))
        with Server(self.folder, "--compression", "xz") as server:
            url = "/" + fields(server.get(f"/{hash_part(path)}.narinfo"))["URL"]
            connection = server.connect()
            connection.request("GET", url)
            answer = connection.getresponse()
            body = answer.read(1000)
            # A root of its own, and not only that some file of it is open just now.
            roots = self.folder.root / "nodeos/var/nodeos/temproots"
            self.assertIn(path, "".join(file.read_text() for file in roots.iterdir() if is_locked(file)))
            collected = self.folder.run("gc", "--delete", path, check=False)
            body += answer.read()
            connection.close()
            self.assertNotEqual(collected.returncode, 0, "it was collected while it was packed")
            nar = subprocess.run(["xz", "-dc"], input=body, capture_output=True, check=True).stdout
            self.assertGreater(len(nar), 40_000_000)
            # Afterwards nobody keeps it, and what was packed of it is not given.
            self.folder.run("gc")
            self.assertFalse(self.folder.file(path).exists())
            self.assertEqual(server.ask(url)[0].status, 404)
            self.assertEqual(server.ask(f"/{hash_part(path)}.narinfo")[0].status, 404)

    def test_connections_are_bounded(self):
        path = self.folder.add("a.txt", b"a")
        with Server(self.folder, "--max-connections", 4) as server:
            idle = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(4)]
            # Those that come in one moment are taken together.
            for connection in idle:
                connection.sendall(b"GET /nix-cache-info HTTP/1.1\r\nHost: x\r\n\r\n")
                self.assertIn(b" 200 ", connection.recv(65536))
            late = socket.create_connection(("127.0.0.1", server.port))
            late.sendall(f"GET /{hash_part(path)}.narinfo HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            late.settimeout(1)
            with self.assertRaises(TimeoutError):
                late.recv(1)
            for connection in idle:
                connection.close()
            late.settimeout(60)
            self.assertIn(b" 200 ", late.recv(100))
            late.close()

    def test_a_slow_reader_gets_all_and_a_stop_waits_for_it(self):
        path = self.folder.add("large", os.urandom(30_000_000))
        with Server(self.folder, "--compression", "none", "--grace", "60s") as server:
            url = "/" + fields(server.get(f"/{hash_part(path)}.narinfo"))["URL"]
            connection = server.connect()
            connection.request("GET", url)
            answer = connection.getresponse()
            body = answer.read(100_000)
            server.process.send_signal(signal.SIGTERM)
            time.sleep(0.5)
            self.assertIsNone(server.process.poll())
            with self.assertRaises(OSError):
                socket.create_connection(("127.0.0.1", server.port)).close()
            while piece := answer.read(4_000_000):
                body += piece
                time.sleep(0.05)
            connection.close()
            self.assertEqual(server.process.wait(60), 0)
            self.assertGreater(len(body), 30_000_000)

    def test_a_stop_does_not_wait_for_ever(self):
        path = self.folder.add("large", os.urandom(30_000_000))
        with Server(self.folder, "--compression", "none", "--grace", "1s") as server:
            url = "/" + fields(server.get(f"/{hash_part(path)}.narinfo"))["URL"]
            connection = server.connect()
            connection.request("GET", url)
            connection.getresponse().read(1000)
            server.process.send_signal(signal.SIGINT)
            self.assertEqual(server.process.wait(60), 0)
            connection.close()

    # How it is started

    def test_tls(self):
        path = self.folder.add("a.txt", b"a")
        certificate, key = self.folder.path / "cert.pem", self.folder.path / "key.pem"
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days",
             "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out",
             certificate], check=True, capture_output=True)
        with Server(self.folder, "--tls-certificate", certificate, "--tls-key", key) as server:
            self.assertTrue(server.url.startswith("https://"))
            other = self.folder.path / "other"
            environment = self.folder.environment | {"SSL_CERT_FILE": str(certificate)}
            self.folder.environment = environment
            self.folder.run("copy", "--from", server.url, path, root=other)
            old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
            old.maximum_version = ssl.TLSVersion.TLSv1_1
            with self.assertRaises(OSError), socket.create_connection(("127.0.0.1", server.port)) as plain:
                old.wrap_socket(plain)

    def test_a_unix_socket(self):
        path = self.folder.add("a.txt", b"a")
        place = self.folder.path / "socket"
        with Server(self.folder, listen=f"unix:{place}"):
            with socket.socket(socket.AF_UNIX) as connection:
                connection.connect(str(place))
                connection.sendall(f"GET /{hash_part(path)}.narinfo HTTP/1.1\r\nHost: x\r\n\r\n".encode())
                answer = b""
                while b"NarHash" not in answer:
                    answer += connection.recv(65536)
            self.assertIn(b" 200 ", answer[:20])

    def test_bad_command_lines(self):
        self.folder.add("a.txt", b"a")
        for options, word in [
            (["--listen", "8080"], "HOST:PORT"), (["--listen", "localhost:99999"], "HOST:PORT"),
            (["--tls-key", "x"], "--tls-certificate"), (["--compression-level", "20"], "1 to 19"),
            (["--max-connections", "0"], "--max-connections"), (["--cache-size", "x"], "cache-size"),
        ]:
            refused = self.folder.run("publish", *options, check=False)
            self.assertEqual(refused.returncode, 2, refused.stderr)
            self.assertIn(word, refused.stderr)
        for options, word in [
            (["--sign", self.folder.path / "none"], "none"),
            (["--listen", "192.0.2.1:1"], "192.0.2.1"),
        ]:
            refused = self.folder.run("publish", *options, check=False)
            self.assertEqual(refused.returncode, 1, refused.stderr)
            self.assertIn(word, refused.stderr)
        refused = self.folder.run("publish", root=self.folder.path / "nothing", check=False)
        self.assertEqual(refused.returncode, 1)
        self.assertIn("nothing", refused.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
