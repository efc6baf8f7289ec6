"""Things that are not ready at once: they are read as pending some times first, as eventually consistent services are."""

from __future__ import annotations


class Countdown:
    """Ready after so many reads: no clock, so that a test is neither slow nor lucky."""

    def __init__(self, reads: int) -> None:
        self.left = reads

    def ready_now(self) -> bool:
        """One read: True once the earlier ones are used up."""
        if self.left <= 0:
            return True
        self.left -= 1
        return False


class Pending:
    """The number of reads that new things take, as it is set now."""

    def __init__(self, reads: int) -> None:
        self.reads = reads

    def start(self) -> Countdown:
        return Countdown(self.reads)
