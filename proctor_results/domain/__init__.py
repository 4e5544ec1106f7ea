"""The judge: values and a time in, a value out. Standard library only; no clock, no table, no setting, no log."""
