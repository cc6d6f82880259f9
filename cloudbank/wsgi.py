"""WSGI entry point for gunicorn."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cloudbank.settings")
application = get_wsgi_application()

from cloudbank.telling.speaker import start  # noqa: E402  what it imports reads the settings

start("web")
