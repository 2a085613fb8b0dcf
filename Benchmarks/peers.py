"""The programs that are compared, each with a store of its own: how it is fed, put back and asked."""

import os
import shutil
import subprocess
import time

from measuring import measure

INPUTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "inputs.py")
SHELL = "/bin/busybox"  # what inputs.py has builders run


def copy(source, target):
    """`target` becomes what `source` is."""
    clear(target)
    if os.path.exists(source):
        subprocess.run(["cp", "-a", source + "/.", target], check=True)


def clear(folder):
    """Empties a folder, which may be where something is mounted."""
    os.makedirs(folder, exist_ok=True)
    subprocess.run(["chmod", "-R", "u+w", folder], check=True)
    for entry in os.scandir(folder):
        shutil.rmtree(entry) if entry.is_dir(follow_symlinks=False) else os.unlink(entry)


class Root:
    """A folder with another system in it, entered by namespaces: a process holds them open, and commands join it."""

    def __init__(self, root, work, mounts):
        # Not by chroot: who is in one may make no user namespace, and a Nix there would build without its sandbox.
        script = """set -e; root=$1; work=$2; shift 2
            mount --rbind "$root" "$work/root"; root=$work/root
            [ -e "$root/proc/self" ] || for folder in dev proc sys; do mount --rbind /$folder "$root/$folder"; done
            [ -d "$root$work" ] || { mkdir -p "$root$work"; mount --rbind "$work" "$root$work"; }
            while [ $# -gt 0 ]; do mkdir -p "$root$2"; mount --bind "$1" "$root$2"; shift 2; done
            cd "$root"; pivot_root . .; umount -l .
            echo; exec sleep infinity"""
        os.makedirs(f"{work}/root", exist_ok=True)
        user = [] if os.getuid() == 0 else ["--user", "--map-root-user"]
        names = [name for pair in mounts for name in pair]
        self.holder = subprocess.Popen(
            ["unshare", *user, "--mount", "sh", "-c", script, "sh", root, work, *names], stdout=subprocess.PIPE,
            env=os.environ | {"PATH": os.environ["PATH"] + ":/usr/sbin:/usr/bin:/sbin:/bin"})
        if not self.holder.stdout.readline():
            raise OSError(f"'{root}' cannot be entered")
        joined = ["--user", "--preserve-credentials"] if user else []
        self.prefix = ["nsenter", f"--target={self.holder.pid}", "--mount", *joined, "--"]

    def close(self):
        self.holder.kill()
        self.holder.wait()


class Program:
    """One of those compared. `verbs` are its commands by the name of the work; `stores` is where its bytes are."""

    kind, verbs, missing, prefix, root, loaded = "", {}, "", [], None, None

    def __init__(self, work, name, environment):
        self.name, self.version = name, ""
        self.folder = f"{work}/{len(os.listdir(work))}-{self.kind}"
        self.live, self.kept, self.store = f"{self.folder}/live", f"{self.folder}/kept", "/nix/store"
        self.environment = environment
        os.makedirs(self.live)

    def version_of(self, command):
        if self.missing:
            return
        try:
            answer = subprocess.run(
                self.prefix + command, capture_output=True, text=True, env=self.environment, timeout=60)
        except (OSError, subprocess.TimeoutExpired) as error:
            self.missing = f"cannot be started: {error}"
            return
        words = answer.stdout.split("\n")[0].split()
        self.version = words[-1] if answer.returncode == 0 and words else ""
        if self.version and self.kind != "ours":
            self.name = f"{self.kind} {self.version}"
        if not self.version:
            self.missing = f"cannot be started: {answer.stderr.strip()[:100]}"

    def enter(self, place, work, mounts):
        try:
            self.root = Root(os.path.abspath(place), work, mounts)
        except OSError as error:
            self.missing = str(error)
            return
        self.prefix = self.root.prefix

    def command(self, verb, operands):
        """The command line for a piece of work; None where the program has none."""
        return self.prefix + self.verbs[verb] + operands if verb in self.verbs else None

    def run(self, verb, operands=(), stdin=None, limit=600):
        return measure(self.command(verb, list(operands)), self.folder, self.environment, stdin, limit)

    def must(self, verb, operands=(), stdin=None):
        sample = self.run(verb, operands, stdin)
        if sample.note:
            raise OSError(f"{self.name}: {verb}: {sample.note}")

    def load(self, folder, warm=()):
        """A store with what inputs.py wrote to `folder`, or an empty one, kept for `reset`."""
        clear(self.live)
        if folder:
            self.must("import", stdin=f"{folder}/stream")
        if warm:
            self.must(*warm)
        copy(self.live, self.kept)

    def reset(self):
        copy(self.kept, self.live)

    def close(self):
        if self.root:
            self.root.close()


class Ours(Program):
    kind = "ours"

    def __init__(self, work, program, environment):
        super().__init__(work, "nodeos-store", environment)
        self.version_of([program, "--version"])
        ours = [program, "--store-dir", self.store, "--root", self.live]
        words = {
            "hash": "hash", "dump": "dump", "add": "add", "import": "import", "realise": "realise",
            "plan": "realise --dry-run", "requisites": "query requisites", "graph": "graph --format dot",
            "graph reduced": "graph --format dot --reduce", "graph as a tree": "graph --format tree",
            "dead": "gc --dry-run", "verify": "verify", "verify contents": "verify --check-contents",
            "optimise": "optimise", "collect": "gc", "check": "derivation check",
        }
        self.verbs = {verb: ours[:1] + text.split() + ours[1:] for verb, text in words.items()}
        for verb in ("hash", "dump", "check"):  # need no store
            self.verbs[verb] = ours[:1] + words[verb].split()


class Nix(Program):
    """A Nix on PATH, in a folder of programs, or in a root of its own. It builds in its sandbox: a store that is
    not where its paths say leaves it no other way."""

    kind = "nix"

    def __init__(self, work, place, environment):
        super().__init__(work, "nix", dict(environment))
        self.environment |= {
            "NIX_REMOTE": f"local?root={self.live}", "NIX_CONF_DIR": f"{self.folder}/none",
            "NIX_CONFIG": "build-users-group =\nsubstitute = false\nsandbox = true\n"
            "require-drop-supplementary-groups = false\n"  # which a mapped user may not
            f"max-jobs = {len(os.sched_getaffinity(0))}",
        }
        if os.path.exists(f"{place}/nix-store"):
            self.environment["PATH"] = place + ":" + self.environment["PATH"]
        elif place:
            self.enter(place, work, [])
        elif not shutil.which("nix-store"):
            self.missing = "not here: apt-get install nix-bin"
            return
        self.version_of(["nix-store", "--version"])
        words = {
            "hash": "nix-hash --type sha256", "dump": "nix-store --dump", "add": "nix-store --add",
            "import": "nix-store --import", "realise": "nix-store --realise",
            "plan": "nix-store --realise --dry-run", "requisites": "nix-store --query --requisites",
            "graph": "nix-store --query --graph", "dead": "nix-store --gc --print-dead",
            "verify": "nix-store --verify", "verify contents": "nix-store --verify --check-contents",
            "optimise": "nix-store --optimise", "collect": "nix-store --gc",
        }
        self.verbs = {verb: text.split() for verb, text in words.items()}


# Guix reads no stream without a signature; it is given the texts of derivations one by one.
FEED = """(use-modules (guix store) (ice-9 textual-ports))
(define folder (cadr (command-line)))
(with-store store
  (add-to-store store "busybox" #t "sha256" (string-append folder "/busybox"))
  (call-with-input-file (string-append folder "/texts.list")
    (lambda (port)
      (let loop ((entry (read port)))
        (unless (eof-object? entry)
          (add-text-to-store store (car entry)
            (call-with-input-file (string-append folder "/texts/" (cadr entry)) get-string-all)
            (cddr entry))
          (loop (read port)))))))
"""


class Guix(Program):
    """A Guix in a root of its own (`/` for this one's), with a daemon for each measurement, which counts."""

    kind = "guix"

    def __init__(self, work, place, environment):
        super().__init__(work, "guix", dict(environment))
        if not place:
            self.missing = "not asked for: PEER_GUIX=/root/of/a/debian, with guix in it"
            return
        self.store = "/gnu/store"
        self.environment["GUIX_LOG_DIRECTORY"] = f"{self.live}/var/log"
        for part in ("store", "var"):
            os.makedirs(f"{self.live}/{part}")
        mounts = [(f"{self.live}/store", "/gnu/store"), (f"{self.live}/var", "/var/guix")]
        self.enter(place, work, mounts)
        self.version_of(["guix", "--version"])
        with open(f"{self.folder}/feed.scm", "w") as file:
            file.write(FEED)
        build = "guix build --no-grafts --no-substitutes --no-offload"
        words = {
            "hash": "guix hash --serializer=nar", "feed": f"guix repl -- {self.folder}/feed.scm",
            "realise": build, "plan": build + " --dry-run", "requisites": "guix gc --requisites",
        }
        self.verbs = {verb: text.split() for verb, text in words.items()}
        self.daemon = self.prefix + ["guix-daemon", f"--max-jobs={len(os.sched_getaffinity(0))}"]
        # Its chroot needs users to build as, and root to become them.
        if self.missing:
            return
        with open(f"{place}/etc/group") as file:
            users = [line.split(":")[0] for line in file if line.startswith(("_guixbuild", "guixbuild"))]
        if os.getuid() == 0 and users:
            self.daemon.append(f"--build-users-group={users[0]}")
            self.name += ", with its chroot"
        else:
            self.daemon.append("--disable-chroot")
            self.name += ", without chroot"

    def load(self, folder, warm=()):
        for part in ("store", "var"):
            clear(f"{self.live}/{part}")
        if folder and not os.path.exists(f"{folder}/texts.list"):
            raise OSError("reads no stream without a signature")
        if folder:
            os.makedirs(f"{folder}/busybox/bin", exist_ok=True)
            shutil.copy(SHELL, f"{folder}/busybox/bin/busybox")
            self.must("feed", [folder])
        if warm:
            self.must(*warm)
        copy(self.live, self.kept)

    def reset(self):
        for part in ("store", "var"):
            copy(f"{self.kept}/{part}", f"{self.live}/{part}")

    def run(self, verb, operands=(), stdin=None, limit=600):
        if verb == "hash":
            return super().run(verb, operands, stdin, limit)
        with open(f"{self.folder}/daemon", "wb") as log:
            daemon = subprocess.Popen(self.daemon, stdout=log, stderr=log, env=self.environment)
        socket = f"{self.live}/var/daemon-socket/socket"
        for _ in range(500):
            if os.path.exists(socket):
                break
            time.sleep(0.01)
        sample = super().run(verb, operands, stdin, limit)
        time.sleep(0.2)  # the daemon waits for its child, whose seconds are its own then
        daemon.terminate()
        try:
            _, _, usage = os.wait4(daemon.pid, 0)
        except ChildProcessError:  # it had ended by itself and was counted as what the client left behind
            sample.note = sample.note or f"guix-daemon ended: see {self.folder}/daemon"
            return sample
        finally:
            daemon.returncode = 0
        sample.cpu += usage.ru_utime + usage.ru_stime
        sample.memory = max(sample.memory, usage.ru_maxrss / 1024)
        return sample
