"""The WSGI application that the server runs."""

import gc
import os

from django.core.wsgi import get_wsgi_application
from django.db import connections
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gongdan.config.settings")
application = get_wsgi_application()
get_resolver().url_patterns  # noqa: B018 - loads every page, which the first request would do else
connections.close_all()  # workers are forked from here, and none may inherit a connection

# What is loaded now stays: the collector need not walk through it every few requests (a tenth of a page's time), nor
# write into the memory that the workers share.
gc.collect()
gc.freeze()
gc.set_threshold(20_000, 50, 100)
