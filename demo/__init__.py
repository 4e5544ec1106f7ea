"""`make demo`: runs service, sandbox LMS and sandbox vendor, and plays an exam day."""
