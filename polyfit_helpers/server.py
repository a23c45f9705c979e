"""What JupyterLab's server does otherwise for `make lab`, which names these classes to it.

It sends every message at once. Left to itself, TCP keeps a small message back until the one before it is acknowledged
(Nagle's algorithm), and a browser may take 40 milliseconds for that: 25 pictures a second at most, and a slider that
lags. And a notebook that is opened again shows pictures of its boards, where JupyterLab alone says that it has not
found a model.
"""

from typing import Any

from jupyter_server.services.contents.largefilemanager import AsyncLargeFileManager
from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection

WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"


class PromptConnection(ZMQChannelsWebsocketConnection):
    """A kernel's connection to the browser on which no message waits for another."""

    def connect(self) -> Any:
        """Open the connection; what it returns and raises is jupyter_server's own."""
        self.websocket_handler.set_nodelay(True)
        return super().connect()


class StillBoards(AsyncLargeFileManager):
    """The files, but for boards in a notebook that has no kernel: nothing is left there but their pictures.

    JupyterLab prefers the live board to its picture, and finds none. On the disk the notebook stays as it is.
    """

    async def get(self, path: str, content: bool = True, *how: Any, **also: Any) -> Any:
        """Return a file; parameters and errors are jupyter_server's own."""
        files: Any = super()
        model = await files.get(path, content, *how, **also)
        if content and model["type"] == "notebook" and not await self._has_kernel(path):
            drop_live_boards(model["content"])
        return model

    async def _has_kernel(self, path: str) -> bool:
        server: Any = self.parent
        sessions = await server.session_manager.list_sessions()
        return path.strip("/") in {session["path"].strip("/") for session in sessions}


def drop_live_boards(notebook: Any) -> None:
    """Leave of each live board in a notebook its picture and words, unless the notebook says what the board is like."""
    if "widgets" in notebook["metadata"]:
        return
    for cell in notebook["cells"]:
        for output in cell.get("outputs", ()):
            if "text/html" in output.get("data", ()):
                output["data"].pop(WIDGET_VIEW, None)
