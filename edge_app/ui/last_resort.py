"""What no screen has caught: an error of the project or of the disk becomes a message, and the app goes on."""

from __future__ import annotations

from typing import Any

from kivy.base import ExceptionHandler, ExceptionManager

from edge_app.runtime.errors import DermedgeError


class LastResort(ExceptionHandler):
    """Kivy asks it before it would end the app; anything else is a fault of ours and ends it."""

    def __init__(self, app: Any) -> None:
        super().__init__()
        self._app = app

    def handle_exception(self, inst: BaseException) -> int:
        """Tell and go on, or let it through."""
        if not isinstance(inst, DermedgeError | OSError):
            return int(ExceptionManager.RAISE)
        self._app.is_busy = False
        self._app.tell(inst)
        return int(ExceptionManager.PASS)
