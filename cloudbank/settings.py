"""Settings from the environment (django-environ), refused loudly when they are nonsense."""

import re
import secrets
from datetime import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import environ
from botocore.session import Session
from django.core.exceptions import ImproperlyConfigured

from cloudbank.currencies import CURRENCIES
from cloudbank.table_names import why_no_suffix

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = BASE_DIR / "var"
env = environ.Env()
env.read_env(str(BASE_DIR / ".env"))


def _refuse(name: str, why: str) -> ImproperlyConfigured:
    return ImproperlyConfigured(f"{name}: {why}")


def _secret_key(debug: bool) -> str:
    key = env.str("SECRET_KEY", default="")
    if not key and debug:
        return secrets.token_urlsafe(50)
    if len(key) < 50 or len(set(key)) < 5:
        raise _refuse("SECRET_KEY", "must have at least 50 characters; make one with: openssl rand -base64 48")
    return key


def _region() -> str:
    region = env.str("AWS_REGION", default="us-east-1")
    if region not in Session().get_available_regions("dynamodb"):
        raise _refuse("AWS_REGION", f"'{region}' is no region of DynamoDB; write for example us-east-1")
    return region


def _endpoint() -> str | None:
    url = env.str("DYNAMODB_ENDPOINT_URL", default="")
    if not url:
        return None
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise _refuse(
            "DYNAMODB_ENDPOINT_URL",
            f"'{url}' is no URL; write for example http://127.0.0.1:8001, or leave it unset for AWS",
        )
    return url


def _table_suffix() -> str:
    suffix: str = env.str("TABLE_SUFFIX", default="")
    if why := why_no_suffix(suffix):
        raise _refuse("TABLE_SUFFIX", why)
    return suffix


def _zone() -> ZoneInfo:
    name = env.str("BANK_TIMEZONE", default="America/New_York")
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise _refuse("BANK_TIMEZONE", f"'{name}' is no time zone; write for example America/New_York") from error


def _cutoff() -> time:
    text = env.str("BANK_CUTOFF", default="18:00")
    try:
        return time.fromisoformat(text)
    except ValueError as error:
        raise _refuse("BANK_CUTOFF", f"'{text}' is no time of day; write for example 18:00") from error


def _month() -> int:
    month = env.int("FISCAL_YEAR_START_MONTH", default=1)
    if not 1 <= month <= 12:
        raise _refuse("FISCAL_YEAR_START_MONTH", "must be 1 to 12")
    return int(month)


def _hops() -> int:
    hops = env.int("PROXY_HOPS", default=1)
    if not 1 <= hops <= 5:
        raise _refuse("PROXY_HOPS", "must be 1 to 5: the bank's own proxies, the load balancer among them")
    return int(hops)


def _currencies(own: str) -> list[str]:
    offered = list(dict.fromkeys([own, *env.list("BANK_CURRENCIES", default=[])]))
    wrong = [one for one in offered if one not in CURRENCIES]
    if wrong:
        raise _refuse("BANK_CURRENCIES", f"'{wrong[0]}' is no currency of ISO 4217; write for example USD,EUR,JPY")
    return offered


def _topic() -> str:
    """The SNS topic that hears of every message; "" without one."""
    arn: str = env.str("NOTICE_TOPIC_ARN", default="")
    if arn and not arn.startswith("arn:aws"):
        raise _refuse("NOTICE_TOPIC_ARN", f"'{arn}' is no ARN; write for example arn:aws:sns:us-east-1:1234:alerts")
    return arn


def _bucket() -> str:
    """The bucket that documents live in; "" for a folder of this host."""
    name: str = env.str("DOCUMENTS_BUCKET", default="")
    if name and not re.fullmatch(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", name):
        raise _refuse("DOCUMENTS_BUCKET", f"'{name}' is no name of a bucket; write for example bank-documents")
    return name


def _backup_to() -> str:
    place: str = env.str("BACKUP_TO", default=str(VAR_DIR / "backups"))
    if not place.startswith(("/", "~/")) and not re.fullmatch(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]/.+", place):
        raise _refuse("BACKUP_TO", f"'{place}' is no place; write for example /srv/backups or s3://bank-backups/tables")
    return place


DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = _secret_key(DEBUG)
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
PUBLIC_URL = env.str("PUBLIC_URL", default="")
"""The bank's address for links in e-mails; empty: the host of the request, checked against ALLOWED_HOSTS."""
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
ENVIRONMENT = env.str("ENVIRONMENT", default="development")
PRODUCTION = ENVIRONMENT == "production"
BUILD_ID = env.str("BUILD_ID", default="dev")
SECURE_COOKIES = env.bool("SECURE_COOKIES", default=PRODUCTION)

AWS_REGION = _region()
DYNAMODB_ENDPOINT_URL = _endpoint()
TABLE_SUFFIX = _table_suffix()
"""Behind the names of the three tables: "" for the bank's own, "-restored-20261123" for a set restored beside them."""
CLOCK_TOLERANCE_SECONDS = env.int("CLOCK_TOLERANCE_SECONDS", default=0 if DYNAMODB_ENDPOINT_URL else 60)
"""By so much this host's clock may differ from Amazon's before it writes nothing; an engine on this host shares it."""

TELL_SECONDS = env.int("TELL_SECONDS", default=60)
"""So often a process tells the others and CloudWatch what it counted; 0: never."""
METRICS_NAMESPACE = env.str("METRICS_NAMESPACE", default="")
"""Of the metrics that log lines carry (embedded metric format); "": there are no such lines."""

BANK_NAME = env.str("BANK_NAME", default="Cloud Bank")
BANK_ZONE = _zone()
BANK_TIMEZONE = BANK_ZONE.key
BANK_CUTOFF = _cutoff()
BANK_CURRENCY = env.str("BANK_CURRENCY", default="USD")
BANK_CURRENCIES = _currencies(BANK_CURRENCY)
"""In which accounts are opened; the bank's own comes first."""
FISCAL_YEAR_START_MONTH = _month()
LEDGER_SHARDS = env.int("LEDGER_SHARDS", default=8)
POSTING_PARTICIPANTS = ["monitoring.screening.Screening"]
NEWCOMER_CHECKS = ["monitoring.services.onboarding.screening_writes"]

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "crispy_forms",
    "crispy_bootstrap5",
    "django_htmx",
    "csp",
    "cloudbank",
    "accounts",
    "monitoring",
    "compliance",
    "reporting",
]

MIDDLEWARE = [
    "cloudbank.middleware.RequestIdMiddleware",
    "cloudbank.middleware.HealthMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "accounts.sessions.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "cloudbank.middleware.FirstPasswordMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "cloudbank.middleware.HeadersMiddleware",
    "cloudbank.middleware.ThrottleMiddleware",
]

ROOT_URLCONF = "cloudbank.urls"
WSGI_APPLICATION = "cloudbank.wsgi.application"
APPEND_SLASH = False

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "cloudbank" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "cloudbank.context.house",
            ],
        },
    }
]

DATABASES: dict[str, dict[str, str]] = {}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "accounts.SignIn"
AUTHENTICATION_BACKENDS = ["accounts.backends.BankBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.BCryptSHA256PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
PASSWORD_RESET_TIMEOUT = 30 * 60
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "dashboard"
LOGOUT_REDIRECT_URL = "login"

SESSION_ENGINE = "accounts.sessions"
SESSION_IDLE_SECONDS = env.int("SESSION_IDLE_SECONDS", default=15 * 60)
SESSION_COOKIE_AGE = env.int("SESSION_ABSOLUTE_SECONDS", default=12 * 3600)
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_COOKIES
SESSION_COOKIE_NAME = "__Host-session" if SECURE_COOKIES else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if SECURE_COOKIES else "csrf"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
MESSAGE_STORAGE = "django.contrib.messages.storage.cookie.CookieStorage"

SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=False)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.bool("BEHIND_PROXY", default=False) else None
PROXY_HOPS = _hops()
"""How many proxies of the bank's own write X-Forwarded-For: the load balancer, and CloudFront before it."""
SECURE_HSTS_SECONDS = 31_536_000 if SECURE_COOKIES else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_621_440
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1500
FILE_UPLOAD_HANDLERS = [
    "cloudbank.uploads.BoundedUploadHandler",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]

EMAIL_URL = env.email_url("EMAIL_URL", default="consolemail://")
vars().update(EMAIL_URL)
EMAIL_FILE_PATH = env.str("EMAIL_FILE_PATH", default=str(VAR_DIR / "mail"))
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="Cloud Bank <no-reply@cloudbank.example>")

WEBHOOK_HOSTS_INSIDE = env.list("WEBHOOK_HOSTS_INSIDE", default=[])
"""Hosts of the bank's own network that webhooks may call, also over http; any other private address is refused."""
NOTICE_TOPIC_ARN = _topic()

STATIC_URL = "static/"
STATICFILES_FINDERS = ["cloudbank.staticfiles.VendorFinder", "cloudbank.staticfiles.HouseFinder"]
STATIC_ROOT = VAR_DIR / "static"
NODE_MODULES = BASE_DIR / "node_modules"
STATICFILES_DIRS = [
    (prefix, NODE_MODULES / folder)
    for prefix, folder in {
        "vendor/bootstrap": "bootstrap/dist",
        "vendor/htmx": "htmx.org/dist",
        "vendor/chart": "chart.js/dist",
    }.items()
    if (NODE_MODULES / folder).is_dir()
]
DOCUMENTS_BUCKET = _bucket()
"""Reports and other files of the bank live in this S3 bucket; "": in a folder of this host."""


S3_ENDPOINT_URL = env.str("S3_ENDPOINT_URL", default="")
BACKUP_TO = _backup_to()
"""`manage.py backup` puts each day's back-up below this folder, or s3://bucket/prefix."""


def _documents() -> dict[str, Any]:
    """The document store: S3 by django-storages, or a folder."""
    if not DOCUMENTS_BUCKET:
        folder = env.str("DOCUMENTS_DIR", default=str(VAR_DIR / "documents"))
        return {"BACKEND": "cloudbank.documents.AtomicFileSystemStorage", "OPTIONS": {"location": folder}}
    key = env.str("DOCUMENTS_KMS_KEY", default="")
    encrypted = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key, "BucketKeyEnabled": True} if key else {}
    options = {
        "bucket_name": DOCUMENTS_BUCKET,
        "location": env.str("DOCUMENTS_PREFIX", default=""),
        "region_name": AWS_REGION,
        "endpoint_url": S3_ENDPOINT_URL or None,
        "object_parameters": encrypted or {"ServerSideEncryption": "AES256"},
        "default_acl": None,
    }
    return {"BACKEND": "cloudbank.bucket.BucketStorage", "OPTIONS": options}


STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "documents": _documents(),
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "cloudbank.staticfiles.HashedStaticFilesStorage"
    },
}

CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"

LANGUAGE_CODE = "en-us"
USE_TZ = True
TIME_ZONE = BANK_TIMEZONE

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "cloudbank.logs.MaskingFormatter",
            "fmt": "%(asctime)s %(levelname)s %(name)s %(trace)s %(message)s",
        },
        "bare": {"()": "cloudbank.logs.MaskingFormatter", "fmt": "%(message)s"},
    },
    "filters": {"addresses": {"()": "cloudbank.access.WithoutAddresses"}},
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["addresses"]},
        "bare": {"class": "logging.StreamHandler", "formatter": "bare"},
    },
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {
        "botocore": {"level": "WARNING"},
        "pynamodb": {"level": "WARNING"},
        "cloudbank.telling.metrics": {"handlers": ["bare"], "propagate": False},
    },
}
SILENCED_SYSTEM_CHECKS: list[str] = []
