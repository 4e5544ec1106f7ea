"""Checks the pinned packages for known vulnerabilities and for their licences (`make audit`)."""
