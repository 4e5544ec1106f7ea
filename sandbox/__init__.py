"""The other side in small: a proctoring server that posts, and an LMS that receives."""
