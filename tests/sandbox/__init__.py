"""The sandbox must be right before tests of the service can rely on it."""
