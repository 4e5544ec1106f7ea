"""The rows of the table; a new one is a file and a line here."""

from bench.row import Row
from bench.rows import webhooks

ROWS: tuple[Row, ...] = (webhooks.ROW,)
