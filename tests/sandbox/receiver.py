"""A service that keeps what it is sent."""

from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler


@dataclass
class Receiver:
    """What was sent. It answers with the next of `statuses`, then with 200."""

    url: str = ""
    statuses: list[int] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)


def keeping(kept: Receiver) -> type[BaseHTTPRequestHandler]:
    class Keeping(BaseHTTPRequestHandler):
        def do_POST(self) -> None:  # http.server's name
            kept.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            kept.headers.append({name.lower(): value for name, value in self.headers.items()})
            self.send_response(kept.statuses.pop(0) if kept.statuses else 200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # http.server's name
            pass

    return Keeping
