"""The commands of `flask --app wsgi …`: one file per group; they ask, print and end."""
