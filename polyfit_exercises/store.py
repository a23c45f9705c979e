"""The small file that remembers what is done. It belongs to the learner: it may be deleted at any time."""

from __future__ import annotations

import errno
import json
import os
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

NAME = ".polyfit_progress.json"
RANK = {"not yet": 1, "done": 2}  # what is done stays done
PATIENCE, STALE = 2.0, 10.0  # seconds to wait for another notebook's lock; and until a lock counts as left behind


class Store:
    """What was tried and done, in memory and in a file.

    Parameters
    ----------
    path : Path or None
        The file. None keeps everything in memory.
    """

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self.memory: dict[str, str] = {}

    def states(self) -> dict[str, str]:
        """Return the state of each exercise that was tried, by its key; an unreadable file counts as empty."""
        stored: Mapping[str, str] = {}
        with suppress(OSError):
            stored = self._stored()
        return _merged(stored, self.memory)

    def note(self, key: str, state: str) -> OSError | None:
        """Remember a state, 'not yet' or 'done'; return the error if it could not be written to the file."""
        self.memory = _merged(self.memory, {key: state})
        if self.path is None:
            return None
        if self.path.exists() and not (self.path.is_file() or self.path.is_dir()):  # /dev/null would be replaced
            return OSError(errno.EINVAL, "Not a regular file")
        try:
            if _merged(self._stored(), self.memory) != self._stored():
                with _locked(self.path.with_name(self.path.name + ".lock")):
                    _write(self.path, _merged(self._stored(), self.memory))
        except OSError as error:
            return error
        return None

    def _stored(self) -> dict[str, str]:
        """Read the file; whatever in it is not ours, or half-written, is passed over."""
        if self.path is None:
            return {}
        try:
            content = json.loads(self.path.read_bytes())
        except (FileNotFoundError, ValueError, RecursionError):
            return {}
        items = content.items() if isinstance(content, dict) else ()
        return {key: state for key, state in items if isinstance(state, str) and state in RANK}


def beside_the_notebooks() -> Path | None:
    """Return the file's place: the working folder, which is the notebook's own; None where no notebooks are.

    The variable POLYFIT_PROGRESS names another file.
    """
    named = os.environ.get("POLYFIT_PROGRESS")
    if named:
        return Path(named)
    folder = Path.cwd()
    return folder / NAME if any(folder.glob("*.ipynb")) else None


def _merged(one: Mapping[str, str], other: Mapping[str, str]) -> dict[str, str]:
    both = {**one, **other}
    return {key: max(one.get(key, ""), other.get(key, ""), key=lambda state: RANK.get(state, 0)) for key in both}


def _write(path: Path, states: Mapping[str, str]) -> None:
    """Replace the file at once, so that nobody ever reads half of it."""
    handle, name = tempfile.mkstemp(prefix=path.name, dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(states, file, indent=1, sort_keys=True)
        os.replace(name, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(name)
        raise


@contextmanager
def _locked(lock: Path) -> Iterator[None]:
    """Keep other notebooks away between reading and writing; a lock left behind by a crash is ignored."""
    end = time.monotonic() + PATIENCE
    mine = False
    while not mine and time.monotonic() < end:
        try:
            os.close(os.open(lock, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
            mine = True
        except (FileExistsError, PermissionError) as error:
            if isinstance(error, PermissionError) and os.name != "nt":  # Windows says so while another one deletes it
                raise
            with suppress(OSError):
                if time.time() - lock.stat().st_mtime > STALE:
                    lock.unlink()
            time.sleep(0.005)
    try:
        yield
    finally:
        if mine:
            with suppress(OSError):
                lock.unlink()
