"""The rows of the table; a new one is a file and a name here."""

from bench.row import Row
from bench.rows import heartbeats, poll, tail, webhooks

ROWS: tuple[Row, ...] = (webhooks.ROW, heartbeats.ROW, poll.ROW, tail.ROW)
