"""Makes gunicorn log JSON lines. Its processes start before any app is made."""

from typing import Any

from gunicorn.glogging import Logger

from proctor_results.logs import setup as log_setup


class JsonLogger(Logger):
    """The `logger_class` of gunicorn.conf.py. It keeps no access log unless one is configured."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        for handler in (*self.error_log.handlers, *self.access_log.handlers):
            handler.setFormatter(log_setup.json_formatter())
