#!/usr/bin/env python3
"""`nodeos-store publish` under load, beside nginx with the same files: requests and bytes a second, and memory.

usage: Benchmarks/publish.py [SECONDS] [CONNECTIONS]      needs wrk and nginx; NODEOS_STORE names the program

Narinfos are of 500 small paths, asked for in turn, signed; NARs are of one path of 8 MB, packed before. Run it on a quiet
machine: wrk, server and nginx share its cores. Each row is the better of three runs.
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

SECONDS = sys.argv[1] if len(sys.argv) > 1 else "5"
CONNECTIONS = sys.argv[2] if len(sys.argv) > 2 else "200"
STORE = str(pathlib.Path(os.environ.get("NODEOS_STORE", ".build/release/nodeos-store")).resolve())
PORTS = {"publish": 18080, "nginx": 18081}


def run(*command, **more):
    return subprocess.run([str(word) for word in command], check=True, capture_output=True, text=True, **more).stdout


def load(port, script):
    best = None
    for _ in range(3):
        text = run("wrk", "-t2", f"-c{CONNECTIONS}", f"-d{SECONDS}s", "--timeout", "30s", "-s", script, f"http://127.0.0.1:{port}")
        rate = float(re.search(r"Requests/sec:\s+([\d.]+)", text)[1])
        size, unit = re.search(r"Transfer/sec:\s+([\d.]+)(\w+)", text).groups()
        errors = re.search(r"Socket errors: (.*)|Non-2xx.*", text)
        if best is None or rate > best[0]:
            best = (rate, f"{size} {unit}/s", errors[0] if errors else "no errors")
    return best


def children(pid):
    return subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True).stdout.split()


def peak(pid):
    total = 0
    for one in [pid, *children(pid)]:
        text = pathlib.Path(f"/proc/{one}/status").read_text()
        total += int(re.search(r"VmHWM:\s+(\d+)", text)[1])
    return f"{total / 1024:.0f} MiB"


def script(folder, paths):
    file = folder / f"{len(paths)}.lua"
    lines = ",".join(f'"{path}"' for path in paths)
    file.write_text(
        f"local paths = {{{lines}}}\nlocal i = 0\n"
        "request = function() i = i % #paths + 1; return wrk.format('GET', paths[i]) end\n")
    return file


def main():
    folder = pathlib.Path(tempfile.mkdtemp(prefix="nodeos-benchmark-", dir="/dev/shm"))
    root, cache = folder / "root", folder / "cache"
    servers = []
    try:
        (folder / "files").mkdir()
        for index in range(500):
            (folder / "files" / f"small-{index}").write_text(f"{index}\n")
        (folder / "large").write_bytes(os.urandom(8_000_000))
        store = [STORE, "--root", root]
        paths = run(*store, "add", *sorted((folder / "files").iterdir())).split()
        large = run(*store, "add", folder / "large").strip()
        run(*store, "key", "generate", "bench-1", folder / "secret")
        run(*store, "copy", "--to", f"file://{cache}", "--sign", folder / "secret", *paths, large)
        servers.append(("publish", subprocess.Popen(
            [*map(str, store), "publish", "--listen", f"127.0.0.1:{PORTS['publish']}", "--sign", folder / "secret",
             "--cache", folder / "packed", "--max-connections", "2000"], stderr=subprocess.DEVNULL)))
        (folder / "nginx.conf").write_text(
            f"worker_processes 2; pid {folder}/nginx.pid; error_log /dev/null; daemon off;\n"
            "events { worker_connections 2000; }\n"
            f"http {{ access_log off; sendfile on; keepalive_requests 1000000; server {{ "
            f"listen 127.0.0.1:{PORTS['nginx']}; root {cache}; }} }}\n")
        servers.append(("nginx", subprocess.Popen(["nginx", "-p", folder, "-c", folder / "nginx.conf"])))
        subprocess.run(["chmod", "-R", "a+rX", cache], check=False)
        folder.chmod(0o755)
        time.sleep(2)
        print(f"{CONNECTIONS} connections, {SECONDS} s, {os.cpu_count()} cores")
        hashes = [path.rsplit("/", 1)[1][:32] for path in [*paths, large]]
        for name, server in servers:
            url = f"http://127.0.0.1:{PORTS[name]}"
            told = run("curl", "-sSf", f"{url}/{hashes[-1]}.narinfo")
            nar = "/" + re.search(r"URL: (\S+)", told)[1]
            run("curl", "-sSf", "-o", "/dev/null", url + nar)
            before = peak(server.pid)
            rate, _, errors = load(PORTS[name], script(folder, [f"/{part}.narinfo" for part in hashes[:-1]]))
            print(f"{name:8} narinfo: {rate:8.0f} requests/s   {errors}")
            rate, speed, errors = load(PORTS[name], script(folder, [nar]))
            print(f"{name:8} NARs:    {rate:8.0f} requests/s   {speed}   {errors}")
            print(f"{name:8} memory:  {before} at first, at most {peak(server.pid)}")
    finally:
        for _, server in servers:
            server.terminate()
            server.wait()
        subprocess.run(["chmod", "-R", "u+w", folder], check=False)
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
