"""Settings. What a shop may change comes from the environment; the rest is the product's own decision."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

BASE = Path(__file__).resolve().parent.parent.parent
HOME = Path(os.environ.get("GONGDAN_HOME") or BASE / "var")
HOME.mkdir(parents=True, exist_ok=True)


def _secret() -> str:
    """The secret key: from the environment, else kept in the data folder, made at the first start."""
    if given := os.environ.get("GONGDAN_SECRET_KEY"):
        return given
    path = HOME / "secret.key"
    try:
        with path.open("x", encoding="ascii") as file:
            path.chmod(0o600)
            file.write(secrets.token_urlsafe(48))
    except FileExistsError:
        pass
    return path.read_text(encoding="ascii")


def _database() -> dict[str, Any]:
    """PostgreSQL when DATABASE_URL says so, else the embedded SQLite file."""
    url = os.environ.get("DATABASE_URL", "")
    if url.startswith(("postgres://", "postgresql://")):
        parts = urlsplit(url)
        options = dict(parse_qsl(parts.query))
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": parts.path.lstrip("/"),
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": options.pop("host", parts.hostname or ""),
            "PORT": str(parts.port or ""),
            "CONN_MAX_AGE": None,
            "OPTIONS": options,
        }
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": HOME / "app.db",
        "CONN_MAX_AGE": None,
        # Measured: without IMMEDIATE four of ten parallel saves fail; see docs/adr.
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 10,
            "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;PRAGMA cache_size=-8000;"
            "PRAGMA mmap_size=134217728;PRAGMA foreign_keys=ON;",
        },
        "TEST": {"NAME": str(HOME / "test.db")},  # a file: in-memory SQLite ignores timeout and IMMEDIATE
    }


SECRET_KEY = _secret()
DEBUG = os.environ.get("GONGDAN_DEBUG") == "1"
ALLOWED_HOSTS = os.environ.get("GONGDAN_HOSTS", "*").split(",")
PUBLIC_URL = os.environ.get("GONGDAN_PUBLIC_URL", "")
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL] if PUBLIC_URL else []
DATABASES = {"default": _database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "people.User"
REACTIONS = "gongdan.reactions.table.TABLE"
ROLES = "gongdan.config.roles.ROLES"
PERIODIC = "gongdan.reactions.table.PERIODIC"
EVENT_WORDS = "gongdan.config.words.ALL"
JOB_QUEUE = "gongdan.config.queue.QUEUE"
ROOT_URLCONF = "gongdan.config.urls"
WSGI_APPLICATION = "gongdan.config.wsgi.application"

OUR_APPS = [
    "audit",
    "files",
    "numbering",
    "search",
    "people",
    "customers",
    "catalog",
    "devices",
    "pricing",
    "orders",
    "quotes",
    "dispatch",
    "repair",
    "settlement",
    "followup",
    "imports",
    "insight",
]
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "axes",
    "django_htmx",
    *(f"gongdan.{app}" for app in OUR_APPS),
    "gongdan.doors.kit",
    "gongdan.doors.desk",
    "gongdan.doors.api",
    "gongdan.doors.cli",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "gongdan.doors.desk.live.LiveMiddleware",  # answers most polls before session and user are loaded
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "gongdan.doors.kit.middleware.ActorMiddleware",
    "gongdan.doors.desk.naming.NamingMiddleware",  # the shop's words; the actor tells which shop
    "axes.middleware.AxesMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "DIRS": [
            BASE / "gongdan/doors/kit/templates",
            BASE / "gongdan/doors/desk/templates",
        ],
        "OPTIONS": {
            "environment": "gongdan.doors.kit.jinja.environment",
            "undefined": "jinja2.StrictUndefined",
            "extensions": ["jinja2.ext.i18n"],
            "context_processors": ["gongdan.doors.kit.context.page"],
        },
    },
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 8}},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
LOGIN_URL = "/accounts/login/"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_USER_MODEL_EMAIL_FIELD = "email"
MFA_TOTP_ISSUER = "Gongdan"
ACCOUNT_ADAPTER = "gongdan.doors.kit.login.ClosedAdapter"
AXES_FAILURE_LIMIT = 8
AXES_COOLOFF_TIME = 0.25
AXES_LOCKOUT_CALLABLE = "gongdan.doors.kit.login.locked_out"
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
SESSION_COOKIE_AGE = 14 * 24 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "gongdan.doors.kit.errors.csrf_failure"

# Around every page: who makes the menu, what the search box and the live line ask. The kit itself knows no door.
KIT = {
    "menu": "gongdan.doors.desk.menu.entries",
    "brand": "gongdan.doors.desk.menu.brand",
    "search": "desk:search",
    "search_hint": "gongdan.doors.desk.menu.search_hint",
    "live": "desk:live",
    "home": "/",
}

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
LOCALE_PATHS = [BASE / "gongdan/locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"

STATIC_URL = "/static/"
STATIC_ROOT = HOME / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
MEDIA_ROOT = HOME / "files"
ATTACHMENT_MAX_BYTES = int(os.environ.get("GONGDAN_ATTACHMENT_MB", "20")) * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 25 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "style-src-attr": ["'unsafe-inline'"],
        "img-src": ["'self'", "data:", "blob:"],
        "object-src": ["'none'"],
        "base-uri": ["'self'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
}
X_FRAME_OPTIONS = "DENY"
SILENCED_SYSTEM_CHECKS: list[str] = []
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
}
