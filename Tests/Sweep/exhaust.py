#!/usr/bin/env python3
"""Lets room, inodes, descriptors, processes and memory run out, at once or in the middle, and looks
after each case whether roost says what is full, loses nothing, and goes on when there is room.

    exhaust.py [--roost DIR] [--seconds N] [--only REGEX] [--points N] [--seed N] [--verbose]

A case is named RESOURCE / VERB / AMOUNT: VERB gets only AMOUNT of RESOURCE (pages of 4 KiB, inodes,
descriptors, processes, MiB or bytes of memory). How much a verb needs is measured before; POINTS
amounts below that are tried. Needs root; runs in namespaces of its own.
"""
import argparse
import collections
import itertools
import os
import random
import re
import sys
import time

from sweep import host
from sweep.host import eventually
from sweep.resources import RESOURCES
from sweep.shortages import VERBS
from sweep.small import SmallInstallation

HERE = os.path.dirname(os.path.abspath(__file__))
# How a program ends that traps, aborts or reads what is not there.
CRASHES = (-4, -5, -6, -7, -11, 132, 133, 134, 135, 139)


def parse():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--roost", default=os.path.join(HERE, "../../.build/debug"))
    parser.add_argument("--seconds", type=int, default=10 ** 9, help="begin no case after so long")
    parser.add_argument("--only", default="", help="the cases whose name matches")
    parser.add_argument("--points", type=int, default=10, help="amounts for each resource and verb")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--verbose", action="store_true", help="name every case")
    return parser.parse_args()


class Exhaustion:
    def __init__(self, arguments):
        self.arguments = arguments
        self.box = SmallInstallation(arguments.roost)
        self.order = random.Random(arguments.seed)
        self.latest = time.monotonic() + arguments.seconds
        self.numbers = collections.Counter()
        self.failed = collections.Counter()

    def cases(self, resource, verb):
        """The amounts of a resource that a verb gets: none, and some up to what it needs."""
        try:
            verb.prepare(self.box)
            amounts = list(resource.need(self.box, lambda: verb.measure(self.box)))
        except SystemExit as error:
            self.numbers["cases"] += 1
            self.numbers["failed"] += 1
            print(f"FAILED {resource.name} / {verb.name}: {error}", flush=True)
            self.renew()
            return []
        self.clean()
        chosen = amounts[:1] + sorted(self.order.sample(
            amounts[1:], min(len(amounts) - 1, self.arguments.points - 1)))
        self.order.shuffle(chosen)
        return [(resource, verb, amount) for amount in chosen]

    def run(self):
        turns = collections.deque()
        pairs = [
            (resource, verb) for resource in RESOURCES for verb in VERBS
            if resource.is_there() and verb.suits(resource)
            and re.search(self.arguments.only, f"{resource.name} / {verb.name} /")
        ]
        self.order.shuffle(pairs)
        turns.extend(iter_later(self.cases, *pair) for pair in pairs)
        while turns and time.monotonic() < self.latest:
            cases = turns.popleft()
            for case in itertools.islice(cases, 1):
                self.report(*case)
                turns.append(cases)
        self.close()
        return self.summary()

    def summary(self):
        numbers = self.numbers
        print(f"{numbers['cases']} cases: {numbers['refused']} with a failed command, "
              f"{numbers['done']} with one that worked; {numbers['failed']} cases failed")
        for resource in RESOURCES:
            if numbers[resource.name]:
                print(f"  {resource.name}: {numbers[resource.name]} cases, "
                      f"{self.failed[resource.name]} failed")
        return 1 if numbers["failed"] or not numbers["cases"] else 0

    def report(self, resource, verb, amount):
        name = f"{resource.name} / {verb.name} / {amount}"
        begin = time.monotonic()
        wrong, said = self.try_case(resource, verb, amount)
        self.numbers["cases"] += 1
        self.numbers[resource.name] += 1
        took = f"{time.monotonic() - begin:.1f} s"
        if self.arguments.verbose:
            print(f"{name}: {'failed' if wrong else 'fine'} ({took}) {said}", flush=True)
        if wrong:
            self.numbers["failed"] += 1
            self.failed[resource.name] += 1
            print(f"FAILED {name} ({took})", flush=True)
            for problem in wrong:
                print("   ", problem.replace("\n", "\n      "), flush=True)

    def try_case(self, resource, verb, amount):
        box = self.box
        try:
            verb.prepare(box)
        except SystemExit as error:
            self.renew()
            return [f"before the case: {error}"], ""
        wrong = []
        resource.tighten(box, amount)
        try:
            result = verb.act(box, resource.before(box, amount))
            wrong += self.problems_with_end(resource, verb, result)
            if resource.lasts:
                wrong += verb.while_short(box, result, amount)
        finally:
            resource.loosen(box)
        wrong += verb.check(box, result)
        said = result.errors.strip() if self.arguments.verbose else ""
        return wrong + self.clean(), said

    def problems_with_end(self, resource, verb, result):
        """What is wrong with how a command ended that may have met a shortage."""
        if result.code is None:
            return [f"hung: {result}"]
        if result.code in verb.codes:
            self.numbers["done"] += 1
            return []
        self.numbers["refused"] += 1
        if result.code in CRASHES:
            return [] if resource.may_crash else [f"crashed: {result}"]
        if resource.kills and result.code in (-9, 137):
            return []
        if verb.never_fails(resource):
            return [f"should work: {result}"]
        if not re.search(resource.pattern(self.box), result.errors):
            return [f"does not say what is full: {result}"]
        return []

    def clean(self):
        """Takes down what the case made, and says what is left."""
        wrong = self.box.take_down()
        if wrong:
            self.renew()
        return wrong

    def renew(self):
        """Another pair of roots: nothing of a case that failed may reach the next one."""
        self.close()
        self.box = SmallInstallation(self.arguments.roost)

    def close(self):
        self.box.close()
        for resource in RESOURCES:
            eventually(lambda: resource.forget(self.box) or not resource.remains(self.box), within=5)


def iter_later(function, *arguments):
    yield from function(*arguments)


if __name__ == "__main__":
    arguments = parse()
    # What crashes for want of memory would look for the reason with even less of it.
    os.environ["SWIFT_BACKTRACE"] = "enable=no"
    host.enter()
    sys.exit(Exhaustion(arguments).run())
