"""What each process of the tests begins with, and how the tests are dealt out to several of them."""

from __future__ import annotations

import sys
from typing import Any

import pytest

# nbval reads notebooks by `jsonschema`, which would build a grammar of international addresses: over 2 s of CPU in each
# process. No notebook's schema has any, and without this module jsonschema does not check them. So nbval is loaded
# here, not by pytest itself (`-p no:nbval`), which would come first.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
pytest_plugins = ["nbval.plugin"]

BROWSER = "tests/browser/"
# Their tests share pictures that are drawn, or runs that are made, once in a process.
SHARING = {f"tests/test_{name}.py" for name in ("plots", "views", "dashboard", "facts")}


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Deal out each function with its parameters, but together a notebook, tests in a browser, and files that share.

    A notebook has one kernel and its cells an order; the browser's tests share one JupyterLab. (The mark `xdist_group`
    would say so, too, but xdist 3.8 writes it into an attribute that pytest 9.2 does not read.)
    """
    from xdist.scheduler import LoadScopeScheduling

    class Scheduling(LoadScopeScheduling):  # type: ignore[misc]
        def _split_scope(self, nodeid: str) -> str:
            file = nodeid.partition("::")[0]
            if file.startswith(BROWSER):
                return BROWSER
            return file if file.endswith(".ipynb") or file in SHARING else nodeid.partition("[")[0]

        def _assign_work_unit(self, node: Any) -> None:
            """The browser first: it takes longest, and nobody can help with it."""
            if BROWSER in self.workqueue:
                self.workqueue.move_to_end(BROWSER, last=False)
            super()._assign_work_unit(node)

    return Scheduling(config, log) if config.getvalue("dist") == "loadscope" else None
