"""An installation whose store, run directory and output are small file systems of their own."""
import os
import re

from . import host
from .host import eventually
from .installation import Installation
from .resources import LARGE

STACK = """\
services:
  web:
    image: tiny
    command: [httpd, -f, -p, "80", -h, /]
    restart: always
    stop_grace_period: 0s
    environment: {{ ROUND: "{round}" }}
    volumes: ["data:/data"]
    configs: [settings]
    secrets: [key]
    ports: ["18081:80", "18082:80/udp"]
    healthcheck: {{ test: [CMD, cat, /settings, /run/secrets/key], interval: 1s, timeout: 20s }}
  writer:
    image: tiny
    command:
      - sh
      - -c
      - "i=0; while :; do for n in 0 1 2 3 4 5 6 7 8 9; do echo line $$i$$n; done; i=$$((i+1));
        sleep 0.05; done"
    stop_grace_period: 0s
    logging: {{ driver: json-file, options: {{ max-size: 16k, max-file: "8" }} }}
  once:
    image: tiny
    command: [sh, -c, "exit 7"]
configs: {{ settings: {{ content: "round" }} }}
secrets: {{ key: {{ file: ./key }} }}
volumes: {{ data: {{}} }}
"""
LINE = re.compile(r"line (\d+)$")


class SmallInstallation(Installation):
    stack = STACK

    def prepare_places(self):
        self.out = self.path("out")
        os.mkdir(self.out)
        self.places = (self.root, self.run_root, self.out)
        for directory in self.places:
            host.run(["mount", "-t", "tmpfs", "-o", LARGE, "tmpfs", directory])
        with open(f"{self.project}/key", "w") as file:
            file.write("secret\n")
        # Contexts of builds that need room.
        for name, text in (
            ("copies", "FROM tiny\nCOPY large /large\n"),
            ("runs", "FROM tiny\nRUN dd if=/dev/zero of=/large bs=4096 count=256\n"),
        ):
            os.mkdir(f"{self.project}/{name}")
            with open(f"{self.project}/{name}/Dockerfile", "w") as file:
                file.write(text)
        with open(f"{self.project}/copies/large", "wb") as file:
            file.write(os.urandom(1 << 20))

    def command(self, words):
        return super().command([f"{self.out}/file.tar" if w == "@OUT@" else self.tar if w == "@TAR@"
                                else w for w in words])

    def large_problems(self):
        """What is wrong with the image that has a file of a MiB."""
        result = self.execute(["container", "run", "--rm", "--network", "none", "app",
                               "sh", "-c", "cat /large | wc -c"])
        return [] if result.output.strip() == str(1 << 20) else [f"the image app: {result}"]

    def empty_output(self):
        for name in os.listdir(self.out):
            os.unlink(f"{self.out}/{name}")
        return []

    def log_problems(self):
        """What is wrong with the numbered lines of the writer: they follow one another, beginning
        where rotation left off."""
        result = self.execute(["logs", "--no-log-prefix", "writer"])
        if result.code != 0:
            return [str(result)]
        numbers = [int(match[1]) for line in result.output.splitlines()
                   if (match := LINE.match(line))]
        gaps = (result.output + result.errors).count("bytes of this log were lost here")
        # A container that is made or started anew begins with 0.
        wrong = [f"after line {a} comes {b}" for a, b in zip(numbers, numbers[1:]) if b not in (0, a + 1)]
        if not numbers:
            wrong.append("no line in the log")
        return wrong if len(wrong) > gaps else []

    def problems_when_up(self, restarts=(0,)):
        wrong = super().problems_when_up(restarts)
        if not eventually(lambda: self.container("web").get("Health") == "healthy", within=30):
            wrong.append(f"web is {self.container('web').get('Health')}")
        if not eventually(lambda: self.container("writer").get("State") == "running"):
            wrong.append(f"writer is {self.container('writer').get('State')}")
        return wrong + self.log_problems()
