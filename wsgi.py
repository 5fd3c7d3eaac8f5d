"""The application for another WSGI server: `granian --interface wsgi wsgi:app`."""

from vocapp.app import add_doors, create_app
from vocapp.config import Settings

app = add_doors(create_app(Settings.from_env()))
