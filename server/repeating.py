"""What a process does again and again beside its requests."""

import threading
from collections.abc import Callable


class Repeating:
    """Calls a function in a thread of its own, with a pause of so many seconds after each call.

    The thread begins with the first `start`: a forked worker has its own, and a command that only
    loads the application has none.
    """

    def __init__(self, function: Callable[[], object], pause: float) -> None:
        self._function = function
        self._pause = pause
        self._starting = threading.Lock()
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        """Start the thread, unless it was started."""
        with self._starting:
            if self._thread.ident is None:
                self._thread.start()

    def close(self) -> None:
        """End the thread, after the call under way."""
        self._closed.set()
        if self._thread.ident is not None:
            self._thread.join()

    def _run(self) -> None:
        while not self._closed.is_set():
            self._function()
            self._closed.wait(self._pause)
