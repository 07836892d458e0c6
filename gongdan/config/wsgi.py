"""The WSGI application that the server runs."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gongdan.config.settings")
application = get_wsgi_application()

# What is loaded now stays: the collector need not walk through it every few requests (a tenth of a page's time).
gc.collect()
gc.freeze()
gc.set_threshold(20_000, 50, 100)
