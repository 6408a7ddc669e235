"""An installation of roost with roots of its own, a stack, and what it must look like."""
import contextlib
import json
import os
import shutil
import socket
import subprocess
import tempfile
import time

from . import host, registry
from .host import eventually

PORT = 18081
# How long a command may take on a busy machine. What takes longer hangs.
BOUND = int(os.environ.get("ROOST_CHAOS_BOUND", "30"))
# What is pulled where there is a registry.
PULLED = f"{registry.ADDRESS}/pulled"
# What is loaded.
ARCHIVE = "loaded.tar"
PROGRAMS = ("roost", "roost-shim", "roost-archive", "roost-registry")

STACK = """\
services:
  web:
    image: tiny
    command: [httpd, -f, -p, "80", -h, /]
    restart: always
    stop_grace_period: 0s
    environment: {{ ROUND: "{round}" }}
    volumes: ["data:/data"]
    ports: ["18081:80", "18082:80/udp"]
    logging: {{ options: {{ max-size: 32k, max-file: "3" }} }}
  once:
    image: tiny
    command: [sh, -c, "echo first; echo last; exit 7"]
volumes: {{ data: {{}} }}
"""


class Result:
    """What a command did; `code` is None when it took too long, negative for a signal."""

    def __init__(self, words, code, output, errors):
        self.words, self.code, self.output, self.errors = words, code, output, errors

    def __str__(self):
        said = (self.errors + self.output).strip()
        ending = "hung" if self.code is None else f"ended with {self.code}"
        return f"`{' '.join(self.words)}` {ending}: {said[-600:]}"


class Installation:
    # The Compose file, with a place for what makes containers anew.
    stack = STACK
    # Directories that are mounts of the installation itself.
    places = ()

    def __init__(self, programs):
        self.directory = tempfile.mkdtemp(prefix="roost-chaos-")
        self.root, self.run_root = self.path("root"), self.path("run")
        self.project = self.path("stack")
        for directory in (self.root, self.run_root, self.project):
            os.mkdir(directory)
        self.prepare_places()
        self.programs = os.path.abspath(programs)
        self.seen = set()
        self.registry = registry.Registry(self) if registry.is_installed() else None
        self.make_image()
        self.write_stack(1)
        # What a first cycle makes and keeps, such as locks, is no leftover.
        for words in (["up", "-d"], ["down", "-v"], ["image", "build", "-t", "app", "."]):
            self.must(words)
        self.remove_built()
        self.baseline = self.files()

    def prepare_places(self):
        """Makes of the empty directories what is needed."""

    def path(self, name):
        return os.path.join(self.directory, name)

    def make_image(self):
        rootfs = self.path("rootfs")
        for name in ("bin", "etc", "tmp", "data"):
            os.makedirs(f"{rootfs}/{name}")
        shutil.copy("/bin/busybox", f"{rootfs}/bin/busybox")
        for name in ("sh", "httpd", "true", "head", "echo", "sleep", "nslookup", "cat", "ls", "yes",
                     "touch", "dd", "wc"):
            os.symlink("busybox", f"{rootfs}/bin/{name}")
        self.tar = self.path("rootfs.tar")
        host.run(["tar", "-C", rootfs, "-cf", self.tar, "."])
        self.must(["image", "import", self.tar, "tiny"])
        # Another image in an archive, to be loaded: its layer is not there yet.
        for number in range(12):
            with open(f"{rootfs}/etc/file{number}", "w") as file:
                file.write(f"{number}\n" * 50)
        os.link(f"{rootfs}/etc/file0", f"{rootfs}/etc/link")
        host.run(["tar", "-C", rootfs, "-cf", self.tar, "."])
        self.must(["image", "import", self.tar, "loaded"])
        self.must(["image", "save", "-o", "@ARCHIVE@", "loaded"])
        if self.registry:
            self.must(["image", "tag", "loaded", PULLED])
            self.must(["image", "push", PULLED])
            self.must(["image", "rm", "-f", PULLED])
        self.must(["image", "rm", "-f", "loaded"])
        for name, text in (
            ("Dockerfile", "FROM tiny\nCOPY file /file\nRUN echo made >/made\n"),
            ("file", "copied\n"),
        ):
            with open(f"{self.project}/{name}", "w") as file:
                file.write(text)

    def write_stack(self, number):
        self.write("stack/compose.yaml", self.stack.format(round=number))

    def write(self, name, text):
        with open(self.path(name), "w") as file:
            file.write(text)

    # Commands

    def command(self, words):
        program = os.path.join(self.programs, "roost")
        places = {"@ARCHIVE@": self.path(ARCHIVE), "@PULLED@": PULLED, "@TAR@": self.tar}
        words = [places.get(word, word) for word in words]
        return [program, "--root", self.root, "--run-root", self.run_root, *words]

    def execute(self, words, before=(), bound=BOUND):
        """Runs `roost` with arguments, after the words of what traces it."""
        with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as errors:
            program = subprocess.Popen(
                [*before, *self.command(words)], cwd=self.project, stdin=subprocess.DEVNULL,
                stdout=output, stderr=errors, start_new_session=True)
            try:
                code = program.wait(bound)
            except subprocess.TimeoutExpired:
                code = None
                with contextlib.suppress(OSError):
                    os.killpg(program.pid, 9)
                program.wait()
            self.note()
            texts = []
            for file in (output, errors):
                file.seek(0)
                texts.append(file.read())
        return Result(words, code, *texts)

    def must(self, words, codes=(0,)):
        result = self.execute(words, bound=4 * BOUND)
        if result.code not in codes:
            raise SystemExit(f"without any fault: {result}")
        return result

    def note(self):
        """Remembers the containers that are there, so that their cgroups are looked for."""
        for parent in (self.root, self.run_root):
            with contextlib.suppress(OSError):
                self.seen.update(n for n in os.listdir(f"{parent}/containers") if len(n) == 64)

    def remove_built(self):
        """Removes images that a case may have made, with what was made for them."""
        for name in ("app", "loaded", PULLED):
            self.execute(["image", "rm", "-f", name])
        return [
            result
            # An import that is done twice leaves the first without a name.
            for words in (["builder", "prune", "-a", "-f"], ["network", "prune", "-f"],
                          ["image", "prune", "-f"])
            if (result := self.execute(words)).code != 0
        ]

    def prepare(self, setup, changes):
        """Brings the stack to where a case begins; with `changes` another file is there then."""
        self.write_stack(1)
        for words in setup:
            self.must(words)
        if changes:
            self.write_stack(2)

    def empty_output(self):
        """Removes the files that a case may have written; returns those that it should not have."""
        names = set(os.listdir(self.project)) - {"Dockerfile", "compose.yaml", "file"}
        for name in names:
            host.run(["rm", "-rf", f"{self.project}/{name}"])
        return [f"left in the project: {name}" for name in sorted(names - {"out"})]

    def take_down(self):
        """Takes down what a case made, as a user would; returns what is wrong, and what is left."""
        wrong = []
        down = self.execute(["down", "-v"])
        if down.code != 0:
            wrong.append(str(down))
        wrong += [str(result) for result in self.remove_built()]
        wrong += self.empty_output()
        if not eventually(lambda: not self.leftovers(), within=10):
            wrong.append("left: " + "; ".join(self.leftovers()[:12]))
        return wrong

    # Processes

    @property
    def own(self):
        """Processes of the installation itself."""
        return self.registry.pids if self.registry else set()

    def pids(self, word):
        """The processes that have `word` among their first two words, as the supervisor has."""
        return [
            pid for pid, words, state in host.processes()
            if state not in "ZX" and any(word in w for w in words[:2])
            and any(w.startswith(self.directory) for w in words)
        ]

    def supervisors(self):
        return self.pids("__supervise")

    def container(self, service):
        """What `ps` says of a service's first container, or nothing."""
        result = self.execute(["ps", "-a", "--format", "json", service])
        lines = result.output.split("\n")
        return json.loads(lines[0]) if result.code == 0 and lines[0] else {}

    def inspect(self, service, template):
        return self.execute(
            ["container", "inspect", "-f", template, f"stack-{service}-1"]).output.strip()

    def shim(self, service="web"):
        """The pid of the shim of a service's container."""
        identity = self.inspect(service, "{{.Id}}")
        found = [
            pid for pid, words, state in host.processes()
            if state not in "ZX" and "roost-shim" in words[0] and identity and identity in " ".join(words)
        ]
        return found[0] if found else None

    # What must be true

    def answers(self):
        try:
            with socket.create_connection(("127.0.0.1", PORT), timeout=2) as connection:
                connection.sendall(b"GET /none HTTP/1.0\r\n\r\n")
                return connection.recv(5) == b"HTTP/"
        except OSError:
            return False

    def problems_when_up(self, restarts=(0,)):
        """What is wrong with the stack, which should run."""
        wrong = []
        if not eventually(self.answers):
            wrong.append("the port does not answer")
        if not eventually(lambda: len(self.supervisors()) == 1):
            wrong.append(f"supervisors: {self.supervisors()}")
        if not eventually(lambda: self.container("once").get("State") == "exited"):
            wrong.append(f"once is {self.container('once').get('State')}")
        elif self.container("once").get("ExitCode") != 7:
            wrong.append(f"once ended with {self.container('once').get('ExitCode')}")
        if self.container("web").get("State") != "running":
            wrong.append(f"web is {self.container('web').get('State')}")
        count = self.inspect("web", "{{.RestartCount}}")
        if restarts is not None and count not in [str(number) for number in restarts]:
            wrong.append(f"web has restarted {count} times")
        names = ["exec", "-T", "web", "nslookup", "web"]
        result = None

        def resolves():
            nonlocal result
            result = self.execute(names)
            return result.code == 0

        if not eventually(resolves):
            wrong.append(f"the name: {result}")
        return wrong

    def image_problems(self, name, files):
        """What is wrong with an image that should have these files."""
        result = self.execute(["container", "run", "--rm", "--network", "none", name, "cat",
                               *(f"/{file}" for file in files)])
        lengths = {"app": len("copied\nmade\n")}
        whole = sum(len(f"{n}\n") * 50 for n in [*range(12), 0])
        if result.code == 0 and len(result.output) == lengths.get(name, whole):
            return []
        return [f"the image {name}: {result}"]

    def files(self):
        """Every path in both roots that lasts."""
        found = set()
        for parent in (self.root, self.run_root):
            for directory, names, files in os.walk(parent):
                found.update(os.path.join(directory, name) for name in names + files)
        return {path for path in found if not is_kept(path, self.root, self.run_root)}

    def leftovers(self):
        """What is there that was not before the case."""
        left = [f"process {pid} {' '.join(words)[:200]}" for pid, words, state in host.processes()
                if pid not in self.own and (state != "Z" or any("roost" in w for w in words))]
        left += [f"mount {m}" for m in host.mounts()
                 if m.startswith(self.directory + "/") and m not in self.places]
        left += [f"link {n}" for n in host.links() if not n.startswith(("lo:", "uplink"))]
        left += [f"nft {t}" for t in host.tables()]
        left += [f"cgroup {c}" for c in host.cgroups(self.seen)]
        left += [f"file {f}" for f in sorted(self.files() - self.baseline)]
        for path in host_reservations(self.directory):
            left.append(f"reservation {path}")
        return left

    def close(self):
        if self.registry:
            self.registry.close()
        for pid, _, _ in host.processes():
            with contextlib.suppress(OSError):
                os.kill(pid, 9)
        for name in host.links():
            if not name.startswith(("lo:", "uplink")):
                subprocess.run(["ip", "link", "del", name.split("@")[0].rstrip(":")], check=False,
                               capture_output=True)
        for table in host.tables():
            subprocess.run(["nft", "delete", *table.split()], check=False)
        for path in reversed([m for m in host.mounts() if m.startswith(self.directory + "/")]):
            subprocess.run(["umount", "-l", path], check=False)
        shutil.rmtree(self.directory, ignore_errors=True)


def is_kept(path, root, run_root):
    """Whether a command may leave a path: locks, caches and logs that are bounded."""
    inner = path[len(root):] if path.startswith(root + "/") else path[len(run_root):]
    kept = ("/locks", "/cache", "/trace", "/supervisor.log")
    return inner.startswith(kept) or inner.endswith(".lock")


def host_reservations(directory):
    parent = "/run/roost-ids"
    with contextlib.suppress(OSError):
        for name in os.listdir(parent):
            with contextlib.suppress(OSError):
                if os.readlink(f"{parent}/{name}").startswith(directory + "/"):
                    yield f"{parent}/{name}"
