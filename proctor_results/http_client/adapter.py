"""The requests adapter that opens its connections with a `PublicAddressConnector`."""

import logging
import ssl
from functools import partial
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.response import HTTPResponse
from urllib3.util.ssl_ import create_urllib3_context

from proctor_results.http_client.public_connect import (
    CallError,
    CallErrorKind,
    PublicAddressConnector,
    TimedSocket,
    TimedTlsSocket,
)

# Below ERROR urllib3 logs whole addresses, which may hold a secret.
logging.getLogger("urllib3").setLevel(logging.ERROR)


class PublicAddressAdapter(HTTPAdapter):
    """Replaces only the connecting; Host header, SNI and certificate check use the host's name."""

    def __init__(self, connector: PublicAddressConnector) -> None:
        self._connector = connector
        super().__init__(pool_maxsize=1)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        context = create_urllib3_context()
        context.sslsocket_class = TimedTlsSocket
        super().init_poolmanager(*args, **kwargs, ssl_context=context)
        self.poolmanager.pool_classes_by_scheme = {
            "http": partial(_Pool, connector=self._connector),
            "https": partial(_TlsPool, connector=self._connector),
        }


class _Connection(HTTPConnection):
    """A connection that uses the connector; pools pass unknown keywords on to connections."""

    sock: TimedSocket

    def __init__(self, *args: Any, connector: PublicAddressConnector, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._connector = connector

    def _new_conn(self) -> TimedSocket:
        return self._connector.connect(self._dns_host, self.port)

    def getresponse(self) -> HTTPResponse:  # type: ignore[override]  # as urllib3 itself does
        """Close after an interim response (1xx): the next request would read the real one."""
        response = super().getresponse()
        if response.status < 200:
            self.close()
        return response


class _TlsConnection(_Connection, HTTPSConnection):
    """The same over TLS, with handshake errors whose texts hold no secret."""

    def connect(self) -> None:
        try:
            super().connect()
        except ssl.SSLError as error:
            reason = getattr(error, "verify_message", None) or error.reason or "no handshake"
            raise CallError(CallErrorKind.TLS_FAILED, f"TLS failed: {reason}") from None
        except OSError as error:
            reason = error.strerror or "no handshake in time"
            raise CallError(CallErrorKind.TLS_FAILED, f"TLS failed: {reason}") from None
        self.sock.deadline = self._connector.deadline


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _TlsConnection
