"""What is handed out as evidence: files that explain themselves, and verify without our software."""
