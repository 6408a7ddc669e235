#!/usr/bin/env python3
"""Kills roost's processes at their system calls, and has single calls fail, one a case; looks
after each whether the next command works, everything is as it should be, and nothing is left.

    run.py [--roost DIR] [--seconds N] [--scenario REGEX] [--only REGEX] [--kind kill|error]
           [--seed N] [--verbose]

A case is named SCENARIO CALL NUMBER [ERROR]: in SCENARIO a thread is hit at its NUMBER-th CALL.
Which there are is found by a run in which nothing fails. They are walked in an order that SEED
makes, the scenarios in turns, so that a part of them is a sample. Needs root and strace; runs in
namespaces of its own.
"""
import argparse
import collections
import errno
import functools
import itertools
import os
import random
import re
import sys
import time

from sweep import host, strace
from sweep.installation import Installation
from sweep.scenarios import SCENARIOS, Resident

HERE = os.path.dirname(os.path.abspath(__file__))
Case = collections.namedtuple("Case", "scenario call number error")


def parse():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--roost", default=os.path.join(HERE, "../../.build/debug"))
    parser.add_argument("--seconds", type=int, help="begin no case after so long")
    parser.add_argument("--only", default="", help="the cases whose name matches")
    parser.add_argument("--scenario", default="", help="the scenarios whose name matches")
    parser.add_argument("--kind", choices=("kill", "error"))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--verbose", action="store_true", help="name every case")
    return parser.parse_args()


def name(case):
    words = [case.scenario.name, case.call.split(",")[0], str(case.number), case.error or ""]
    return " ".join(words).strip()


class Sweep:
    def __init__(self, arguments):
        self.arguments = arguments
        self.box = Installation(arguments.roost)
        self.log = self.box.path("strace")
        self.latest = time.monotonic() + (arguments.seconds or 10 ** 9)
        self.order = random.Random(arguments.seed)
        self.numbers = collections.Counter()
        self.failures = []

    def cases(self, scenario):
        """Every call that there is to be hit in a scenario, kills and failures in turns."""
        scenario.prepare(self.box)
        words = strace.tracing(self.log, ",".join(strace.CALLS), scenario.follow(self.box))
        result = scenario.hit(self.box, words)
        # Of a process that has begun long ago all calls count.
        mark = "" if isinstance(scenario, Resident) else self.box.directory
        kills, failures = [], []
        for call, (first, last) in strace.counts(self.log, mark).items():
            numbers = range(first, last + 1)
            kills.append([Case(scenario, call, number, None) for number in numbers])
            if call not in strace.NEVER_FAIL:
                failures.append([
                    Case(scenario, call, number, e) for number in numbers for e in strace.ERRORS])
        self.clean()
        both = [self.in_turns(cases) for cases in (kills, failures)]
        self.numbers["known"] += sum(len(cases) for cases in both)
        for pair in itertools.zip_longest(*both):
            yield from (case for case in pair if case)

    def in_turns(self, kinds):
        """The cases that are meant, each kind of call in its turn: some are made a hundred times as
        often as others."""
        kinds = [[case for case in kind if self.is_meant(case)] for kind in kinds]
        for kind in kinds:
            self.order.shuffle(kind)
        self.order.shuffle(kinds)
        rounds = itertools.zip_longest(*kinds)
        return [case for cases in rounds for case in cases if case]

    def is_meant(self, case):
        kind = "error" if case.error else "kill"
        return self.arguments.kind in (None, kind) and re.search(self.arguments.only, name(case))

    def run(self):
        """Walks the scenarios in turns."""
        meant = [s for s in SCENARIOS if re.search(self.arguments.scenario, s.name)]
        turns = collections.deque(self.cases(scenario) for scenario in meant)
        while turns and time.monotonic() < self.latest:
            cases = turns.popleft()
            for case in itertools.islice(cases, 1):
                self.report(case)
                turns.append(cases)
        self.box.close()
        numbers = self.numbers
        print(f"{numbers['cases']} of {numbers['known']} cases: {numbers['kills']} kills, "
              f"{numbers['errors']} failed calls, {numbers['missed']} not reached; "
              f"{len(self.failures)} cases failed, in {numbers['vague']} the reason was not named")
        return 1 if self.failures else 0

    def report(self, case):
        begin = time.monotonic()
        wrong = self.try_case(case)
        self.numbers["cases"] += 1
        took = f"{time.monotonic() - begin:.1f} s"
        if self.arguments.verbose:
            print(f"{name(case)}: {'failed' if wrong else 'fine'} ({took})", flush=True)
        if wrong:
            self.failures.append(name(case))
            print(f"FAILED {name(case)} ({took})", flush=True)
            for problem in wrong:
                print("   ", problem.replace("\n", "\n      "), flush=True)

    def try_case(self, case):
        scenario = case.scenario
        try:
            scenario.prepare(self.box)
        except SystemExit as error:
            self.renew()
            return [f"before the case: {error}"]
        words = strace.injecting(self.log, case, scenario.follow(self.box))
        if os.path.exists(self.log):
            os.unlink(self.log)
        was_hit = functools.partial(strace.was_hit, self.log, case)
        result = scenario.hit(self.box, words, was_hit)
        hit = was_hit()
        self.numbers["missed" if not hit else "errors" if case.error else "kills"] += 1
        wrong = []
        if result is not None:
            wrong += self.problems_with_end(case, result)
        wrong += scenario.check(self.box, result or Nothing, case)
        return wrong + self.clean()

    def problems_with_end(self, case, result):
        """What is wrong with how a command ended whose call failed, or that was killed."""
        if result.code is None:
            return [f"hung: {result}"]
        # The library of the language does so before the program begins.
        if "Unable to obtain Swift runtime path" in result.errors:
            return []
        # strace ends as what it ran did.
        if result.code in (-4, -5, -6, -7, -11, 132, 133, 134, 135, 139):
            return [f"crashed: {result}"]
        if not case.error or result.code in case.scenario.codes:
            return []
        if not result.errors.strip():
            # Each process has a call of that number, perhaps the one with which it says so.
            return [] if strace.message_was_hit(self.log) else [f"says nothing: {result}"]
        reason = os.strerror(getattr(errno, case.error))
        if reason not in result.errors:
            self.numbers["vague"] += 1
            if self.arguments.verbose:
                print(f"vague: {name(case)}: {result}", flush=True)
        return []

    def clean(self):
        """Takes down what the case made, and says what is left."""
        wrong = self.box.take_down()
        if wrong:
            self.renew()
        return wrong

    def renew(self):
        """Another pair of roots: nothing of a case that failed may reach the next one."""
        programs = self.arguments.roost
        self.box.close()
        self.box = Installation(programs)
        self.log = self.box.path("strace")


class Nothing:
    """What stands for a command when none was hit."""
    code, errors, output = 1, "", ""


if __name__ == "__main__":
    arguments = parse()
    host.enter()
    sys.exit(Sweep(arguments).run())
