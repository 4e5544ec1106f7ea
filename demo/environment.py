"""The demo's folder, ports and keys, made for one run."""

import base64
import os
import secrets
import socket
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

PROJECT_FOLDER = Path(__file__).parents[1]
"""The project's folder, which holds wsgi.py."""

HOST = "127.0.0.1"

HEARTBEAT_SECONDS = 1
GRACE_SECONDS = 2  # a busy machine may be late by this without a lock

UNUSED_URL = f"http://{HOST}:9"
"""The address of a vendor's server; the demo's pages load nothing from it."""


@dataclass(frozen=True, kw_only=True)
class DemoEnvironment:
    """The folder, ports and keys of one run."""

    folder: Path
    web_port: int
    lms_port: int
    vendor_key: str
    lms_key: str
    lms_secret: str
    secret_key: str
    supervisor_secret: str

    @property
    def web_url(self) -> str:
        return f"http://{HOST}:{self.web_port}"

    @property
    def lms_url(self) -> str:
        return f"http://{HOST}:{self.lms_port}"

    def environment_variables(self) -> dict[str, str]:
        """The settings of the demo's processes. The developer's own settings are not inherited."""
        inherited = {
            name: value
            for name, value in os.environ.items()
            if name.startswith(_INHERITED_PREFIXES)
        }
        return {
            **inherited,
            "PYTHONUNBUFFERED": "1",
            "FLASK_SKIP_DOTENV": "1",
            "PROCTOR_RESULTS_ENV": "development",
            "DATABASE_URL": f"sqlite:///{self.folder / 'demo.db'}",
            "SUPERVISOR_WEBHOOK_KEYS": self.vendor_key,
            "LMS_API_KEYS": self.lms_key,
            "LMS_WEBHOOK_URL": f"{self.lms_url}/hook",
            "LMS_WEBHOOK_SECRET": self.lms_secret,
            "LMS_ALLOW_PRIVATE_ADDRESSES": "true",
            "SECRET_KEY": self.secret_key,
            "PUBLIC_URL": self.web_url,
            "SUPERVISOR_URL": UNUSED_URL,
            "SUPERVISOR_JWT_SECRET": self.supervisor_secret,
            "HEARTBEAT_SECONDS": str(HEARTBEAT_SECONDS),
            "HEARTBEAT_GRACE_SECONDS": str(GRACE_SECONDS),
            "PORT": str(self.web_port),
        }


_INHERITED_PREFIXES = (
    "PATH",
    "HOME",
    "USER",
    "LANG",
    "LC_",
    "LD_",
    "TMPDIR",
    "TZ",
    "PYTHON",
    "VIRTUAL_ENV",
)


def create_environment(folder: Path) -> DemoEnvironment:
    """Create keys, and choose ports 8000 and 9000 or other free ones."""
    return DemoEnvironment(
        folder=folder,
        web_port=_free_port(8000),
        lms_port=_free_port(9000),
        vendor_key=secrets.token_urlsafe(24),
        lms_key=secrets.token_urlsafe(24),
        lms_secret="whsec_" + base64.b64encode(secrets.token_bytes(32)).decode(),
        secret_key=secrets.token_urlsafe(32),
        supervisor_secret=secrets.token_urlsafe(32),
    )


def _free_port(preferred: int) -> int:
    """Bind to every address, as the web server does."""
    with suppress(OSError), socket.create_server(("", preferred)):
        return preferred
    with socket.create_server(("", 0)) as listening_socket:
        port: int = listening_socket.getsockname()[1]
        return port


def process_commands(demo_environment: DemoEnvironment) -> Mapping[str, list[str]]:
    """Return the arguments for Python of the processes that keep running."""
    return {
        "web": ["-m", "gunicorn", "wsgi:app"],
        "worker": [*FLASK_COMMAND, "worker"],
        "lms": [
            *FLASK_COMMAND,
            "sandbox-lms",
            "--host",
            HOST,
            "--port",
            str(demo_environment.lms_port),
        ],
    }


FLASK_COMMAND = ["-m", "flask", "--app", "wsgi"]
