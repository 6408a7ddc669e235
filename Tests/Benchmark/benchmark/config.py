"""`config -q` as a whole process, beside the reference where it is installed."""
import os
import shutil

from .machine import milliseconds


def typical_stack():
    """A file of ten services as people write them: build, ports, volumes, healthchecks, anchors."""
    lines = ["x-common: &common", "  restart: unless-stopped", "  logging:",
             "    options: { max-size: 10m, max-file: '3' }", "services:"]
    for number in range(10):
        lines += [
            f"  service{number}:", "    <<: *common", f"    image: example/app{number}:${{TAG:-1.0}}",
            "    environment:", "      - LOG_LEVEL=${LOG_LEVEL:-info}",
            f"      - NAME=service{number}", "    ports:", f"      - '{8000 + number}:80'",
            "    volumes:", f"      - data{number}:/data", "      - ./config:/etc/app:ro",
            "    healthcheck:", "      test: [CMD, curl, -f, http://localhost]",
            "      interval: 30s", "      timeout: 5s", "    networks: [front, back]"]
        if number:
            lines += ["    depends_on:", f"      service{number - 1}:",
                      "        condition: service_healthy"]
    lines += ["networks:", "  front:", "  back:", "    internal: true", "volumes:"]
    lines += [f"  data{number}:" for number in range(10)]
    return "\n".join(lines) + "\n"


def large_stack(count):
    lines = ["services:"]
    for number in range(count):
        lines += [f"  s{number}:", f"    image: example/app:{number}", "    environment:",
                  f"      NUMBER: '{number}'", "      HOME: ${HOME}", f"    ports: ['{10000 + number}:80']"]
    return "\n".join(lines) + "\n"


def measure_config(report, fixture, programs, runs):
    """`config -q` as a whole process, beside the reference where it is installed."""
    reference = os.environ.get("ROOST_COMPOSE_REFERENCE") or shutil.which("docker-compose")
    tools = {one.name: one.program for one in programs}
    if reference:
        tools["docker compose"] = reference
    for title, text in (("ten services", typical_stack()), ("1,000 services", large_stack(1000))):
        path = fixture.path("config.yaml")
        with open(path, "w") as file:
            file.write(text)
        values = {tool: [] for tool in tools}
        for number in range(2 * runs + 1):
            for tool, program in tools.items():
                time_taken = milliseconds([program, "-f", path, "config", "-q"])
                if number:
                    values[tool].append(time_taken)
        report.add(f"config -q, {title}", "ms", values)
