"""Stopping a run from outside: the step at hand is finished and the checkpoint written."""

import signal
from types import TracebackType

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class StopRequest:
    """While entered, Ctrl-C and SIGTERM only set `signal`; a second one acts as usual."""

    def __init__(self) -> None:
        self.signal: int | None = None
        self.usual: dict[int, object] = {}

    def __enter__(self) -> "StopRequest":
        self.usual = {number: signal.signal(number, self.note) for number in SIGNALS}
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.restore()

    def restore(self) -> None:
        """What the signals did before."""
        for number, handler in self.usual.items():
            signal.signal(number, handler)

    def note(self, number: int, _frame: object) -> None:
        self.signal = number
        self.restore()
