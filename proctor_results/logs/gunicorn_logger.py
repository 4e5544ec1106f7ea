"""gunicorn's logger, with our lines: its processes begin before any app is made."""

from typing import Any

from gunicorn.glogging import Logger

from proctor_results.logs import setup as log_setup


class JsonLogger(Logger):
    """What gunicorn.conf.py names as `logger_class`. It keeps no access log unless one is asked for."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        for handler in (*self.error_log.handlers, *self.access_log.handlers):
            handler.setFormatter(log_setup.json_formatter())
