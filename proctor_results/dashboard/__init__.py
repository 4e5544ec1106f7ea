"""Web pages on which the exam office finds a session, reads why it is locked, and acts."""
