"""What is hit: commands, and processes that stay, each with what must be true afterwards."""
import contextlib
import filecmp
import os
import signal
import threading

from . import host, registry, strace
from .host import eventually
from .installation import PULLED


class Command:
    """A command of the user. It is hit itself, with all its threads, but not what it starts."""

    def __init__(self, name, words, setup=(["up", "-d"],), changes=False, after=None, codes=(0,),
                 restarts=None):
        self.name, self.words, self.setup, self.restarts = name, words, setup, restarts
        self.changes, self.codes = changes, codes
        self.after = after or stack_is_up

    def prepare(self, box):
        box.prepare(self.setup, self.changes)

    def follow(self, box):
        return ("-f", "-b", "execve")

    def hit(self, box, words, was_hit=None):
        """Runs the command under strace; returns what it did."""
        return box.execute(self.words, before=words)

    def check(self, box, result, case):
        return self.after(box, result, case, self)


class Tree(Command):
    """A command all of whose processes end with it: each of them is hit."""

    def follow(self, box):
        return ("-f",)


class Helper(Command):
    """A program that a command runs: a wrapper starts it under strace."""

    def __init__(self, name, words, program, **options):
        super().__init__(name, words, **options)
        self.program = program

    def hit(self, box, words, was_hit=None):
        directory = box.path("wrapped")
        os.makedirs(directory, exist_ok=True)
        for name in os.listdir(directory):
            os.unlink(f"{directory}/{name}")
        for name in os.listdir(box.programs):
            if name in ("roost", "roost-shim", "roost-archive", "roost-registry"):
                link(f"{box.programs}/{name}", f"{directory}/{name}")
        wrapper = f"{directory}/{self.program}"
        os.unlink(wrapper)
        with open(wrapper, "w") as file:
            quoted = " ".join(f"'{word}'" for word in words)
            file.write(f"#!/bin/sh\nexec {quoted} '{box.programs}/{self.program}' \"$@\"\n")
        os.chmod(wrapper, 0o755)
        programs, box.programs = box.programs, directory
        try:
            return box.execute(self.words)
        finally:
            box.programs = programs


def link(source, target):
    """The same file under another name, so that what it finds beside it is what is there."""
    try:
        os.link(source, target)
    except OSError:
        host.run(["cp", source, target])


class Ended(Command):
    """A command that goes on until the container it is at has ended."""

    def hit(self, box, words, was_hit=None):
        timer = threading.Timer(1.5, kill_container, [box])
        timer.start()
        try:
            return box.execute(self.words, before=words)
        finally:
            timer.join()


class Resident(Command):
    """A process that stays. It is hit while something happens to it."""

    def __init__(self, name, attach, act, restarts=None, **options):
        super().__init__(name, ["up", "-d"], restarts=restarts, **options)
        self.attach, self.act = attach, act

    def follow(self, box):
        return ("-f",)

    def hit(self, box, words, was_hit=None):
        pid = self.attach(box)
        if not pid:
            return None
        attached = strace.Attached(words, pid)
        try:
            eventually(attached.is_attached)
            result = self.act(box)
            # A call that was not made by now may be one that is not made this time.
            eventually(lambda: attached.has_ended() or was_hit and was_hit(), within=3)
        finally:
            attached.end()
        return result


# What must be true afterwards


def stack_is_up(box, result, case, scenario):
    """The next `up` works, the stack is as it should be, and `down` leaves nothing."""
    wrong = []
    if result.code == 0 and scenario.words[0] in ("up", "start", "restart", "scale"):
        # It said that all is well.
        wrong += [f"after success: {problem}" for problem in box.problems_when_up(None)]
    wrong += failed(box.execute(["up", "-d"]))
    wrong += box.problems_when_up(scenario.restarts)
    return wrong


def stack_goes_up_or_not(box, result, case, scenario):
    """For what takes down: said to be done it is done; in any case the next commands work."""
    if result.code == 0:
        return []
    if case.number % 2:
        return failed(box.execute(["up", "-d"])) + box.problems_when_up(None)
    return []


def works_again(box, result, case, scenario):
    """The same command works, and does what it should."""
    again = box.execute(scenario.words)
    wrong = [] if again.code in scenario.codes else [f"again: {again}"]
    if scenario.setup:
        wrong += box.problems_when_up(None)
    return wrong


def image_is_whole(box, result, case, scenario):
    """The command works now, and the image has what it should have."""
    wrong = failed(box.execute(scenario.words))
    if "build" in scenario.words:
        return wrong + box.image_problems("app", ["file", "made"])
    name = PULLED if "pull" in scenario.words else "loaded"
    files = [f"etc/file{number}" for number in range(12)] + ["etc/link"]
    return wrong + box.image_problems(name, files)


def copied_in(box, result, case, scenario):
    """The same command works, and the file is in the container as it is here."""
    wrong = works_again(box, result, case, scenario)
    shown = box.execute(["exec", "-T", "web", "cat", "/tmp/in"])
    return wrong if shown.output == "copied\n" else [*wrong, f"in the container: {shown}"]


def copied_out(box, result, case, scenario):
    """The same command works, and the file is here as it is in the container."""
    wrong = works_again(box, result, case, scenario)
    if not filecmp.cmp("/bin/busybox", f"{box.project}/out", shallow=False):
        wrong.append("the copy differs")
    return wrong


def archive_is_whole(box, result, case, scenario):
    """The same command works, and what it wrote can be loaded."""
    wrong = failed(box.execute(scenario.words))
    return wrong + failed(box.execute(["image", "load", "-i", f"{box.project}/out"]))


def says(text):
    """The same command works, and both times that it worked, it said `text`."""
    def check(box, result, case, scenario):
        wrong = works_again(box, result, case, scenario)
        for one in (result, box.execute(scenario.words)):
            if one.code in scenario.codes and text not in one.output:
                wrong.append(f"without {text!r}: {one}")
        return wrong
    return check


def committed(box, result, case, scenario):
    """The same command works, the image can be run, and the container goes on."""
    wrong = goes_on(box, result, case, scenario)
    wrong += failed(box.execute(scenario.words))
    ran = box.execute(["container", "run", "--rm", "--network", "none", "app", "cat", "/made"])
    return wrong if ran.output == "inside\n" else [*wrong, f"the image: {ran}"]


def exported(box, result, case, scenario):
    """The same command works, and what it wrote is the file system of the container."""
    wrong = works_again(box, result, case, scenario)
    wrong += failed(box.execute(["image", "import", f"{box.project}/out", "app"]))
    ran = box.execute(["container", "run", "--rm", "--network", "none", "app", "cat", "/made"])
    return wrong if ran.output == "inside\n" else [*wrong, f"the file system: {ran}"]


def connected(box, result, case, scenario):
    """Once the command was done again, the container has the links that it should have."""
    again = box.execute(scenario.words)
    expected = ["lo", "eth0", "eth1"] if "connect" in scenario.words else ["lo"]
    shown = box.execute(["exec", "-T", "web", "ls", "/sys/class/net"])
    wrong = [] if sorted(shown.output.split()) == sorted(expected) else [f"{again}; {shown}"]
    box.execute(["network", "disconnect", "aside", "stack-web-1"])
    wrong += failed(box.execute(["up", "-d", "--force-recreate"]))
    return wrong + box.problems_when_up(None)


def goes_on(box, result, case, scenario):
    """What was held goes on when it is told to, or was never held."""
    box.execute(["unpause"])
    return stack_is_up(box, result, case, scenario)


def last_line_is_there(box, result, case, scenario):
    """The log has what was written last."""
    wrong = stack_is_up(box, result, case, scenario)
    last = ["logs", "--no-log-prefix", "--tail", "1", "web"]
    if result is not None and result.code == 0:
        if not eventually(lambda: box.execute(last).output == "end\n"):
            wrong.append(f"the end of the log: {box.execute(last)}")
    return wrong


def failed(result):
    return [] if result.code == 0 else [str(result)]


# What happens to processes that stay


def kill_supervisor(box):
    for pid in box.supervisors():
        with contextlib.suppress(OSError):
            os.kill(pid, signal.SIGKILL)


def kill_container(box):
    pid = box.inspect("web", "{{.State.Pid}}")
    if pid.isdigit() and int(pid) > 1:
        os.kill(int(pid), signal.SIGKILL)


def fill_log(box):
    """Has the log of a container be rotated several times."""
    write = "yes 0123456789 | head -n 10000 >/proc/1/fd/1; echo end >/proc/1/fd/1"
    return box.execute(["exec", "-T", "web", "sh", "-c", write])


def only_supervisor(box):
    return next(iter(box.supervisors()), None)


MADE = (["up", "-d"], ["exec", "-T", "web", "sh", "-c", "echo inside >/made"])
SCENARIOS = [
    Command("up", ["up", "-d"], setup=()),
    Command("down", ["down", "-v"], after=stack_goes_up_or_not),
    Command("restart", ["restart"]),
    Command("recreate", ["up", "-d"], changes=True),
    Command("scale", ["scale", "once=3"]),
    Command("stop", ["stop"], after=stack_is_up),
    Command("exec", ["exec", "-T", "web", "sh", "-c", "exit 5"], after=works_again, codes=(5,)),
    Command("run", ["run", "--rm", "-T", "once"], after=works_again, codes=(7,)),
    Command("build", ["image", "build", "-t", "app", "."], setup=(), after=image_is_whole),
    Command("load", ["image", "load", "-i", "@ARCHIVE@"], setup=(), after=image_is_whole),
    Helper("build/archive", ["image", "build", "-t", "app", "."], "roost-archive", setup=(),
           after=image_is_whole),
    Helper("load/archive", ["image", "load", "-i", "@ARCHIVE@"], "roost-archive", setup=(),
           after=image_is_whole),
    Command("start", ["start"], setup=(["up", "-d"], ["stop"])),
    Command("kill", ["kill"]),
    Command("pause", ["pause", "web"], after=goes_on),
    Command("rm", ["rm", "-s", "-f"]),
    Command("cp in", ["cp", "file", "web:/tmp/in"], after=copied_in),
    Command("cp out", ["cp", "web:/bin/busybox", "out"], after=copied_out),
    Tree("cp in with its processes", ["cp", "file", "web:/tmp/in"], after=copied_in),
    Tree("cp out with its processes", ["cp", "web:/bin/busybox", "out"], after=copied_out),
    Tree("exec with its processes", ["exec", "-T", "web", "sh", "-c", "exit 5"],
         after=works_again, codes=(5,)),
    Tree("build with its processes", ["image", "build", "-t", "app", "."], setup=(),
         after=image_is_whole),
    Command("save", ["image", "save", "-o", "out", "tiny"], setup=(), after=archive_is_whole),
    Command("wait", ["wait", "once"], after=works_again, codes=(7,)),
    Command("wait for two", ["container", "wait", "stack-once-1", "stack-once-1"],
            after=says("7\n7\n")),
    Command("logs", ["logs", "--no-log-prefix", "once"], after=says("first\nlast\n")),
    Command("logs -f", ["logs", "-f", "--no-log-prefix", "once"], after=says("first\nlast\n")),
    Ended("attach", ["attach", "--no-stdin", "web"], after=stack_is_up, codes=(0, 137),
          restarts=None),
    Command("stats", ["stats", "--no-stream"], after=says("stack-web-1")),
    Command("export", ["export", "-o", "out", "web"], setup=MADE, after=exported),
    Command("commit", ["commit", "web", "app"], setup=MADE, after=committed),
    Tree("export with its processes", ["export", "-o", "out", "web"], setup=MADE, after=exported),
    Tree("commit with its processes", ["commit", "web", "app"], setup=MADE, after=committed),
    Command("ps", ["ps", "-a"], after=says("stack-web-1")),
    Command("top", ["top"], after=says("httpd")),
    Command("images", ["images"], after=says("tiny")),
    Command("port", ["port", "web", "80"], after=says("18081")),
    Command("ls", ["ls"], after=says("stack")),
    Command("config", ["config"], after=says("httpd")),
    Command("inspect", ["container", "inspect", "stack-web-1"], after=says('"Name"')),
    Command("diff", ["container", "diff", "stack-web-1"], setup=MADE, after=says("/made")),
    Command("import", ["image", "import", "@TAR@", "loaded"], setup=(), after=image_is_whole),
    Command("tag", ["image", "tag", "tiny", "app"], setup=(), after=works_again),
    Command("create", ["create"], setup=()),
    Command("connect", ["network", "connect", "aside", "stack-web-1"], after=connected,
            setup=(["up", "-d"], ["network", "create", "aside"])),
    Command("disconnect", ["network", "disconnect", "stack_default", "stack-web-1"],
            after=connected),
    Resident("supervisor's start", lambda box: box.shim(), kill_supervisor),
    Resident("shim's start", only_supervisor, kill_container),
    Resident("supervisor at up", only_supervisor,
             lambda box: (box.write_stack(2), box.execute(["up", "-d"]))[1]),
    Resident("shim at restart", lambda box: box.shim(), lambda box: box.execute(["restart", "web"])),
    Resident("shim at exec", lambda box: box.shim(),
             lambda box: box.execute(["exec", "-T", "web", "true"])),
    Resident("shim at rotation", lambda box: box.shim(), fill_log, after=last_line_is_there),
    Resident("supervisor at down", only_supervisor, lambda box: box.execute(["down", "-v"]),
             after=stack_goes_up_or_not),
    Resident("shim at down", lambda box: box.shim(), lambda box: box.execute(["down", "-v"]),
             after=stack_goes_up_or_not),
]
if registry.is_installed():
    PULL = ["image", "pull", "@PULLED@"]
    SCENARIOS += [
        Command("pull", PULL, setup=(), after=image_is_whole),
        Helper("pull/registry", PULL, "roost-registry", setup=(), after=image_is_whole),
        Helper("pull/archive", PULL, "roost-archive", setup=(), after=image_is_whole),
    ]
