"""The rows of the table; a new one is a file and a name here."""

from bench.row import Row
from bench.rows import answered, dashboard, deliveries, heartbeats, memory, million, poll, silence, tail, webhooks

_FILES = (webhooks, heartbeats, poll, tail, million, dashboard, deliveries, answered, memory, silence)

ROWS: tuple[Row, ...] = tuple(each.ROW for each in _FILES)
