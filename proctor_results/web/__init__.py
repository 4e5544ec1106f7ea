"""The front door: who are you, is it well formed, here is your answer. No decisions."""
