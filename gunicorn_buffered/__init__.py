"""A gunicorn worker whose threads never wait for a client; only its event loop does."""
