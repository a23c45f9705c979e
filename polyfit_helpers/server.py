"""How JupyterLab's server is told to send every message at once; `make lab` names this class to it.

Left to itself, TCP keeps a small message back until the one before it is acknowledged (Nagle's algorithm), and a
browser may take 40 milliseconds for that: 25 pictures a second at most, and a slider that lags.
"""

from typing import Any

from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection


class PromptConnection(ZMQChannelsWebsocketConnection):
    """A kernel's connection to the browser on which no message waits for another."""

    def connect(self) -> Any:
        """Open the connection; what it returns and raises is jupyter_server's own."""
        self.websocket_handler.set_nodelay(True)
        return super().connect()
