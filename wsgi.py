"""The app that gunicorn serves and that Flask's command line loads."""

from app import create_app

app = create_app()
