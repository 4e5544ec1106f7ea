"""A service that records the requests."""

from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler


@dataclass
class RecordingServer:
    """The recorded requests. It answers with the next of `statuses`, then with 200."""

    url: str = ""
    statuses: list[int] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)


def recording_handler(recording_server: RecordingServer) -> type[BaseHTTPRequestHandler]:
    class RecordingHandler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:  # http.server's name
            recording_server.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            recording_server.headers.append(
                {name.lower(): value for name, value in self.headers.items()}
            )
            self.send_response(
                recording_server.statuses.pop(0) if recording_server.statuses else 200
            )
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # http.server's name
            pass

    return RecordingHandler
