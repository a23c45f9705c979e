"""Let random learners loose on checks and boards: python tests/random_learners.py [programs] [seed] [first] [states].

Prints what was right, named or shown by numbers, then each program of which something false was said, with its source;
there should be none.
"""

from __future__ import annotations

import collections
import sys
import warnings

from learners.judge import judge
from learners.programs import program

from polyfit_exercises import loops


def main(count: int = 10_000, seed: int = 0, first: int = 0, states: int = 2001) -> int:
    """Return the number of programs of which something false was said; fewer states than usual are quicker."""
    loops.MANY = states
    from polyfit_exercises import exercise
    from polyfit_exercises.store import Store

    kept = Store(None)
    exercise.store = lambda: kept  # no file of a learner is touched
    warnings.simplefilter("ignore")
    sorts: collections.Counter[str] = collections.Counter()
    slowest = 0.0
    for number in range(first, first + count):
        verdict = judge(program(seed, number))
        slowest = max(slowest, verdict.seconds)
        honest = not {*verdict.names} - {"other_state", "exception", "loss_wrong"}
        sorts["false" if verdict.false else "named" if not honest else "numbers" if verdict.names else "right"] += 1
        if number % 100 == 99:
            print(f"{number + 1 - first} of {count}", file=sys.stderr, flush=True)
        if verdict.false:
            made = [(one.mistake.says or "-", one.letter, one.when) for one in verdict.program.made]
            print(f"--- {number}: {verdict.program.style}, {made}", *verdict.false, sep="\n    ")
            print(
                f"    {verdict.truth}\n    {verdict.names}\n    {verdict.board}\n{verdict.program.source}", flush=True
            )
    print(f"{count} programs: {dict(sorts)}; at most {slowest:.1f} s of CPU for one")
    return sorts["false"]


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])) > 0)
