"""What gunicorn serves and Flask's command line loads."""

from app import create_app

app = create_app()
