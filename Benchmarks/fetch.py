#!/usr/bin/env python3
"""Taking a closure over a slow link: this program beside Nix, from the same cache, wall time.

usage: Benchmarks/fetch.py [PATHS] [MILLISECONDS] [RUNS]     needs nginx and nix; NODEOS_STORE names the program

A chain-free closure of PATHS (1000) small paths, all named by one, in a binary cache that nginx serves, behind a proxy of asyncio that
holds every piece MILLISECONDS (25) back, in each direction. The stores lie in tmpfs. The least of RUNS (3) is printed.
"""

import asyncio
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import threading
import time

PATHS = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
DELAY = float(sys.argv[2]) / 1000 if len(sys.argv) > 2 else 0.025
RUNS = int(sys.argv[3]) if len(sys.argv) > 3 else 3
STORE = str(pathlib.Path(os.environ.get("NODEOS_STORE", ".build/release/nodeos-store")).resolve())
BACK, FRONT = 18082, 18083


def run(*command, **more):
    return subprocess.run([str(word) for word in command], check=True, capture_output=True, text=True, **more).stdout


async def pump(reader, writer):
    """Hands on what comes, each piece so much later, however many are under way."""
    loop, queue = asyncio.get_running_loop(), asyncio.Queue()

    async def deliver():
        while True:
            due, piece = await queue.get()
            await asyncio.sleep(max(0, due - loop.time()))
            if not piece:
                writer.close()
                return
            writer.write(piece)
            await writer.drain()

    task = asyncio.create_task(deliver())
    try:
        while piece := await reader.read(65536):
            queue.put_nowait((loop.time() + DELAY, piece))
    finally:
        queue.put_nowait((loop.time() + DELAY, b""))
        await task


async def connection(reader, writer):
    try:
        back = await asyncio.open_connection("127.0.0.1", BACK)
        await asyncio.gather(pump(reader, back[1]), pump(back[0], writer))
    except (ConnectionError, asyncio.CancelledError):
        writer.close()


def serve():
    async def main():
        server = await asyncio.start_server(connection, "127.0.0.1", FRONT, backlog=256)
        await server.serve_forever()

    asyncio.run(main())


def timed(prepare, *command, **more):
    best = None
    for _ in range(RUNS):
        prepare()
        begin = time.monotonic()
        run(*command, **more)
        best = min(best or 1e9, time.monotonic() - begin)
    return best


def main():
    folder = pathlib.Path(tempfile.mkdtemp(prefix="nodeos-benchmark-", dir="/dev/shm"))
    nginx = None
    try:
        root, cache, files = folder / "root", folder / "cache", folder / "files"
        files.mkdir()
        for index in range(PATHS - 1):
            (files / f"small-{index}").write_text(f"{index}\n" * 100)
        paths = run(STORE, "--root", root, "add", *sorted(files.iterdir())).split()
        # One that names all others: a derivation, which nobody builds.
        text = '{"name":"all","system":"x86_64-linux","builder":"/bin/sh","args":[],"env":{"out":""},"inputDrvs":{},' \
               '"outputs":{"out":{}},"inputSrcs":[' + ",".join(f'"{path}"' for path in paths) + "]}"
        top = run(STORE, "--root", root, "derivation", "add", input=text).strip()
        secret, public = folder / "secret", run(STORE, "key", "generate", "bench-1", folder / "secret").strip()
        run(STORE, "--root", root, "copy", "--to", f"file://{cache}", "--sign", secret, "--compression", "xz", top)
        folder.chmod(0o755)
        run("chmod", "-R", "a+rX", cache)
        (folder / "nginx.conf").write_text(
            f"worker_processes 1; pid {folder}/nginx.pid; error_log /dev/null; daemon off;\n"
            "events { worker_connections 2000; }\n"
            f"http {{ access_log off; keepalive_requests 1000000; server {{ listen 127.0.0.1:{BACK}; root {cache}; }} }}\n")
        nginx = subprocess.Popen(["nginx", "-p", folder, "-c", folder / "nginx.conf"])
        threading.Thread(target=serve, daemon=True).start()
        time.sleep(1)
        url = f"http://127.0.0.1:{FRONT}"

        def empty(name):
            def prepare():
                subprocess.run(["chmod", "-R", "u+w", folder / name], check=False, capture_output=True)
                shutil.rmtree(folder / name, ignore_errors=True)
            return prepare

        ours = timed(
            empty("ours"), STORE, "--root", folder / "ours", "copy", "--from", url, "--trusted-key", public, top)
        state = folder / "theirs"
        environment = os.environ | {
            "HOME": str(folder / "theirs-home"), "NIX_STORE_DIR": "/nodeos/store", "NIX_STATE_DIR": str(state / "var"),
            "NIX_LOG_DIR": str(state / "log"), "NIX_CONF_DIR": str(state / "etc"),
            "NIX_CONFIG": f"experimental-features = nix-command\ntrusted-public-keys = {public}\nbuild-users-group =\n"
                          "narinfo-cache-positive-ttl = 0\n"}

        def theirs_empty():
            empty("theirs")()
            empty("theirs-home")()

        theirs = timed(
            theirs_empty, "nix", "--store", f"local?root={state}", "copy", "--derivation",
            "--from", url, top, env=environment)
        print(f"{PATHS} paths, {DELAY * 1000:.0f} ms each way: this {ours:.2f} s, {run('nix', '--version').strip()} {theirs:.2f} s")
    finally:
        if nginx:
            nginx.terminate()
            nginx.wait()
        subprocess.run(["chmod", "-R", "u+w", folder], check=False)
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
