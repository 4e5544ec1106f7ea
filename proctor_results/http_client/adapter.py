"""The requests adapter whose connections are opened by a dialler."""

import logging
import ssl
from functools import partial
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.response import HTTPResponse
from urllib3.util.ssl_ import create_urllib3_context

from proctor_results.http_client.deadline import TimedSocket, TimedTlsSocket
from proctor_results.http_client.public_connect import ConnectError, PublicAddressConnector

logging.getLogger("urllib3").setLevel(
    logging.ERROR
)  # below that it quotes whole addresses, which may hold a secret


class PublicAddressAdapter(HTTPAdapter):
    """Only the last step differs from requests': Host header, SNI and certificate check still go by the host's name."""

    def __init__(self, connector: PublicAddressConnector) -> None:
        self._connector = connector
        super().__init__(pool_maxsize=1)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs, ssl_context=_tls_context())
        self.poolmanager.pool_classes_by_scheme = {
            "http": partial(_Pool, connector=self._connector),
            "https": partial(_TlsPool, connector=self._connector),
        }


def _tls_context() -> ssl.SSLContext:
    context = create_urllib3_context()
    context.sslsocket_class = TimedTlsSocket
    return context


class _Connection(HTTPConnection):
    """Asks the dialler for its socket. Pools hand every keyword that they do not know to their connections."""

    sock: TimedSocket

    def __init__(self, *args: Any, connector: PublicAddressConnector, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._connector = connector

    def _new_conn(self) -> TimedSocket:
        return self._connector.connect(self._dns_host, self.port)

    def getresponse(self) -> HTTPResponse:  # type: ignore[override]  # as urllib3 itself does
        """Reads an answer. After an interim one (1xx) the real one would be taken for that of the next request."""
        response = super().getresponse()
        if response.status < 200:
            self.close()
        return response


class _TlsConnection(_Connection, HTTPSConnection):
    """The same, with a handshake that tells its failures in words that may be shown."""

    def connect(self) -> None:
        try:
            super().connect()
        except ssl.SSLError as error:
            raise ConnectError(f"TLS failed: {_reason(error)}") from None
        except OSError as error:
            raise ConnectError(f"TLS failed: {error.strerror or 'no handshake in time'}") from None
        self.sock.deadline = self._connector.deadline


def _reason(error: ssl.SSLError) -> str:
    return getattr(error, "verify_message", None) or error.reason or "no handshake"


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _TlsConnection
