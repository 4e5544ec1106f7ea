"""gunicorn's logger, with our lines: its processes begin before any app is made."""

from typing import Any

from gunicorn.glogging import Logger

from proctor_results import log


class Lines(Logger):  # type: ignore[misc]  # gunicorn ships no types
    """What gunicorn.conf.py names as `logger_class`. It keeps no access log unless one is asked for."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        for handler in (*self.error_log.handlers, *self.access_log.handlers):
            handler.setFormatter(log.line_formatter())
