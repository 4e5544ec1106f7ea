"""The measured promises; `make bench` prints them."""
