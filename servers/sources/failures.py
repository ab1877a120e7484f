"""Why a run of a source does not happen, or ends without having changed anything."""


class SourceFailed(Exception):
    """The source cannot be mirrored now; says why."""


class SourceIsBusy(Exception):
    """Another process is running the source."""

    def __init__(self, name: str) -> None:
        super().__init__(f"Another process is running the source {name!r}.")


class LeaseLost(SourceIsBusy):
    """The run took so long that another process has taken the source over."""
