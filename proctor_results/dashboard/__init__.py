"""Pages for people: the exam office finds a session, reads why it is as it is, and acts."""
