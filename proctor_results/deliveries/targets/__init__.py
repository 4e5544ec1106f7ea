"""The targets: one file each, with its settings, success rule and doctor checks."""
