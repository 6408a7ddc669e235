"""What is done while something runs out, and what must be true afterwards."""
import contextlib
import os
import signal
import time

from . import resources
from .host import eventually
from .installation import Result

UP = ["up", "-d"]


class Verb:
    """A command that gets too little. Afterwards the next command works."""

    def __init__(self, name, words, setup=(UP,), changes=False, codes=(0,), after="stack",
                 needs_room=True, writes_out=False, then=None):
        self.name, self.words, self.setup, self.changes = name, words, setup, changes
        self.codes, self.after = codes, after
        self.needs_room, self.writes_out, self.then = needs_room, writes_out, then

    def suits(self, resource):
        # What is open for writing keeps a mount from becoming read-only.
        if isinstance(resource, resources.ReadOnly) and UP in self.setup:
            return False
        return self.writes_out or resource.name != "output space"

    def never_fails(self, resource):
        """Whether the command has to work although a file system is full."""
        return not self.needs_room and isinstance(resource, resources.Space)

    def prepare(self, box):
        box.prepare(self.setup, self.changes)

    def measure(self, box):
        box.must(self.words, self.codes)

    def act(self, box, before):
        return box.execute(self.words, before=before)

    def while_short(self, box, result, amount):
        """Looking works without room, and so does removing."""
        wrong = failed(box.execute(["ps", "-a"]))
        if self.after == "stack" and amount % 2:
            down = box.execute(["down", "-v"])
            wrong += failed(down)
        return wrong

    def check(self, box, result):
        if self.after == "image":
            return self.check_image(box, result)
        if self.after == "down":
            return []
        wrong = []
        if self.then and result.code == 0 and box.container("web"):
            wrong += failed(box.execute(self.then))
        if self.after == "again":
            again = box.execute(self.words)
            wrong += [] if again.code in self.codes else [f"again: {again}"]
        wrong += failed(box.execute(UP))
        comes_back(box)
        return wrong + box.problems_when_up(None)

    def check_image(self, box, result):
        wrong = []
        if result.code == 0:
            wrong += [f"after success: {p}" for p in self.image_problems(box)]
        wrong += failed(box.execute(self.words))
        return wrong + self.image_problems(box)

    def image_problems(self, box):
        if self.words[0] == "build" or self.words[1] in ("build",):
            large = self.words[-1] in ("copies", "runs")
            return box.large_problems() if large else box.image_problems("app", ["file", "made"])
        files = [f"etc/file{number}" for number in range(12)] + ["etc/link"]
        return box.image_problems("loaded", files)


class Running(Verb):
    """A stack that runs while there is no room; something happens to it."""

    def __init__(self, name, happens, restarts=(0,)):
        super().__init__(name, [])
        self.happens, self.restarts = happens, restarts

    def suits(self, resource):
        return isinstance(resource, resources.Space) and resource.name != "output space"

    def measure(self, box):
        pass

    def act(self, box, before):
        wrong = self.happens(box)
        return Result([self.name], 0 if not wrong else 1, "", "; ".join(wrong))

    def while_short(self, box, result, amount):
        wrong = failed(box.execute(["ps", "-a"]))
        if amount % 3 == 2:
            wrong += failed(box.execute(["down", "-v"]))
            self.went_down = True
        else:
            self.went_down = False
        return wrong

    def check(self, box, result):
        if self.went_down:
            return []
        comes_back(box)
        return box.problems_when_up(self.restarts)


class Following(Verb):
    """A command that goes on until somebody ends it."""

    def measure(self, box):
        pass

    def act(self, box, before):
        return box.execute(self.words, before=(*before, "timeout", "-s", "INT", "2"))


def comes_back(box):
    """Waits for a container whose next start may be up to a minute away."""
    eventually(lambda: box.container("web").get("State") == "running", within=70)


def failed(result):
    return [] if result.code == 0 else [str(result)]


def writes(box):
    """Time goes by in which probes run and logs are written."""
    time.sleep(3)
    return []


def loses_supervisor(box):
    for pid in box.supervisors():
        with contextlib.suppress(OSError):
            os.kill(pid, signal.SIGKILL)
    time.sleep(2)
    return []


def loses_shim(box):
    for service in ("writer", "web"):
        pid = box.shim(service)
        if pid:
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
    time.sleep(2)
    return []


def restarts(box):
    """The restart policy has something to do."""
    pid = box.inspect("web", "{{.State.Pid}}")
    if pid.isdigit() and int(pid) > 1:
        os.kill(int(pid), signal.SIGKILL)
    time.sleep(2)
    return []


STOPPED = (UP, ["stop"])
VERBS = [
    Verb("load", ["image", "load", "-i", "@ARCHIVE@"], setup=(), after="image"),
    Verb("import", ["image", "import", "@TAR@", "loaded"], setup=(), after="image"),
    Verb("build", ["image", "build", "-t", "app", "."], setup=(), after="image"),
    Verb("build COPY", ["image", "build", "-t", "app", "copies"], setup=(), after="image"),
    Verb("build RUN", ["image", "build", "-t", "app", "runs"], setup=(), after="image"),
    Verb("create", ["create"], setup=()),
    Verb("up", UP, setup=()),
    Verb("up again", UP),
    Verb("recreate", UP, changes=True),
    Verb("scale", ["scale", "once=3"]),
    Verb("exec", ["exec", "-T", "web", "sh", "-c", "exit 5"], codes=(5,), after="again"),
    Verb("run", ["run", "--rm", "-T", "once"], codes=(7,), after="again"),
    Verb("ps", ["ps", "-a"], needs_room=False),
    Verb("logs", ["logs", "-n", "5"], needs_room=False),
    Following("logs -f", ["logs", "-f", "writer"], needs_room=False, codes=(124,)),
    Verb("inspect", ["container", "inspect", "stack-web-1"], needs_room=False),
    Verb("restart", ["restart"]),
    Verb("stop", ["stop"], needs_room=False),
    Verb("start", ["start"], setup=STOPPED),
    Verb("kill", ["kill"], needs_room=False),
    Verb("rm", ["rm", "-f", "-s"], needs_room=False),
    Verb("pause", ["pause"], then=["unpause"]),
    Verb("down", ["down", "-v"], needs_room=False, after="down"),
    Verb("volume prune", ["volume", "prune", "-a", "-f"], needs_room=False),
    Verb("image rm", ["image", "rm", "-f", "loaded"], needs_room=False,
         setup=(["image", "load", "-i", "@ARCHIVE@"],)),
    Verb("image prune", ["image", "prune", "-f"], needs_room=False),
    Verb("builder prune", ["builder", "prune", "-a", "-f"], needs_room=False,
         setup=(["image", "build", "-t", "app", "."],)),
    Verb("commit", ["container", "commit", "stack-web-1", "app"]),
    Verb("export", ["container", "export", "-o", "@OUT@", "stack-web-1"], writes_out=True),
    Verb("save", ["image", "save", "-o", "@OUT@", "tiny"], writes_out=True),
    Running("goes on", writes),
    Running("supervisor killed", loses_supervisor),
    Running("shims killed", loses_shim),
    Running("restart policy", restarts, restarts=None),
]
