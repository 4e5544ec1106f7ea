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

from proctor_results.lms.deadline import TimedSocket, TimedTlsSocket
from proctor_results.lms.dialling import Dialler, DiallingError

logging.getLogger("urllib3").setLevel(logging.ERROR)  # below that it quotes whole addresses, which may hold a secret


class DiallingAdapter(HTTPAdapter):
    """Only the last step differs from requests': Host header, SNI and certificate check still go by the host's name."""

    def __init__(self, dialler: Dialler) -> None:
        self._dialler = dialler
        super().__init__(pool_maxsize=1)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs, ssl_context=_tls())
        self.poolmanager.pool_classes_by_scheme = {
            "http": partial(_Pool, dialler=self._dialler),
            "https": partial(_TlsPool, dialler=self._dialler),
        }


def _tls() -> ssl.SSLContext:
    context = create_urllib3_context()
    context.sslsocket_class = TimedTlsSocket
    return context


class _Connection(HTTPConnection):
    """Asks the dialler for its socket. Pools hand every keyword that they do not know to their connections."""

    sock: TimedSocket

    def __init__(self, *args: Any, dialler: Dialler, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._dialler = dialler

    def _new_conn(self) -> TimedSocket:
        return self._dialler.dial(self._dns_host, self.port)

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
        except ssl.SSLError as failure:
            raise DiallingError(f"TLS failed: {_reason(failure)}") from None
        except OSError as failure:
            raise DiallingError(f"TLS failed: {failure.strerror or 'no handshake in time'}") from None
        self.sock.deadline = self._dialler.deadline


def _reason(failure: ssl.SSLError) -> str:
    return getattr(failure, "verify_message", None) or failure.reason or "no handshake"


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _TlsConnection
