"""Django's settings, made from the environment (environment.py says what an operator can set)."""

from __future__ import annotations

import os
from typing import Any
from urllib.parse import parse_qs, unquote, urlparse

from django.utils.translation import gettext_lazy as _
from psycopg.conninfo import conninfo_to_dict

from entraide.config.assets import static_dirs
from entraide.config.environment import CHECKOUT, Environment
from entraide.config.logs import logging_config
from entraide.core.wall import leave

ENTRAIDE = Environment()
TESTING = "PYTEST_VERSION" in os.environ

SECRET_KEY = ENTRAIDE.key
SECRET_KEY_FALLBACKS = ENTRAIDE.former_keys
DEBUG = False
DEBUG_PROPAGATE_EXCEPTIONS = False
ALLOWED_HOSTS = ENTRAIDE.allowed_hosts or [
    urlparse(ENTRAIDE.base_url).hostname or "localhost", "localhost", "127.0.0.1", "[::1]", "testserver",
]  # fmt: skip
CSRF_TRUSTED_ORIGINS = [ENTRAIDE.base_url]
FILES_ROOT = ENTRAIDE.data_dir / "files"

_ROOMS = (
    "look",
    "audit",
    "people",
    "entrance",
    "sla",
    "forms",
    "contracts",
    "tickets",
    "channels.email",
    "channels.hooks",
    "channels.push",
    "channels.web",
    "notifications",
    "automation",
    "privacy",
    "routines",
    "agent",
    "portal",
    "api",
    "backups",
)
INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "procrastinate.contrib.django",
    "django_htmx",
    "template_partials.apps.SimpleAppConfig",
    # Before allauth: our templates replace its own.
    "entraide.core",
    *(f"entraide.{room}" for room in _ROOMS if (CHECKOUT / "entraide" / room.replace(".", "/") / "apps.py").exists()),
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
]
MIDDLEWARE = [
    "entraide.config.connections.NoConnectionWhileStreaming",
    "entraide.config.security_headers.SecurityHeaders",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "entraide.config.client_hosts.ClientHosts",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "entraide.entrance.middleware.Lasting",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "entraide.people.middleware.ActorAndScope",
    "django.contrib.messages.middleware.MessageMiddleware",
    "entraide.entrance.middleware.FactorDemanded",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]
ROOT_URLCONF = "entraide.config.urls"
ASGI_APPLICATION = "entraide.config.asgi.application"
_LOADERS: list[Any] = [
    "django.template.loaders.filesystem.Loader",
    "django.template.loaders.app_directories.Loader",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [],
        "OPTIONS": {
            "loaders": [("template_partials.loader.Loader", [("django.template.loaders.cached.Loader", _LOADERS)])],
            "builtins": ["template_partials.templatetags.partials", "entraide.look.templatetags.dates"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "entraide.portal.context.who",
                "entraide.agent.notifications.bell",
            ],
        },
    }
]


def _database(url: str) -> dict[str, Any]:
    """Return Django's form of an address as libpq reads it: several hosts and a socket's folder included."""
    options: dict[str, Any] = dict(conninfo_to_dict(url))
    return {
        "ENGINE": "entraide.core.postgresql",
        "NAME": options.pop("dbname", "entraide"),
        "USER": options.pop("user", ""),
        "PASSWORD": options.pop("password", ""),
        "HOST": options.pop("host", ""),
        "PORT": options.pop("port", ""),
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"application_name": "entraide", **options} | ({} if TESTING else {"pool": _POOL}),
    }


# A thread takes a connection for one request or job and gives it back: the pool, not the number of threads, bounds them.
_POOL = {
    "min_size": 1,
    "max_size": max(12, ENTRAIDE.job_concurrency + 2),
    "timeout": 8,
    "max_idle": 120,
    "reset": leave,
}
# Without DATABASE_URL the command `entraide` starts the embedded PostgreSQL and sets it.
DATABASES = {"default": _database(ENTRAIDE.database_url or "postgresql:///entraide")}
# Shared by all web processes: how often something was tried, and which codes were used.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "entraide_cache",
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "people.Account"
ORGANISATION_MODEL = "people.Organisation"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
if TESTING:
    PASSWORD_HASHERS.insert(0, "django.contrib.auth.hashers.MD5PasswordHasher")
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "entraide.entrance.password_rule.NotStolen",
        "OPTIONS": {"path": str(ENTRAIDE.stolen_passwords_file)},
    },
]
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_USER_MODEL_EMAIL_FIELD = "email"
ACCOUNT_ADAPTER = "entraide.portal.sign_in.NoSignUp"
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 15 * 60
ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND = True
# By address, and by what was typed; tries of a password are counted in entrance/limits.py.
# A whole company may come from one address at eight in the morning.
ACCOUNT_RATE_LIMITS = {
    "login": "300/m/ip",
    "login_failed": "60/10m/ip,5/5m/key",
    "reset_password": "60/10m/ip,5/10m/key",
    "request_login_code": "60/10m/ip,5/10m/key",
}
MFA_RATE_LIMITS = {"webauthn_login": "300/m/ip"}
SOCIALACCOUNT_ADAPTER = "entraide.portal.organisation_adapter.OrganisationSignIn"
SOCIALACCOUNT_REQUESTS_TIMEOUT = 8
MFA_ADAPTER = "entraide.portal.second_factors.Factors"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_TOTP_TOLERANCE = 1
MFA_FORMS = {
    "authenticate": "entraide.portal.second_factors.SecondStepForm",
    "reauthenticate": "entraide.portal.second_factors.ConfirmForm",
    "add_webauthn": "entraide.portal.second_factors.PasskeyForm",
}
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
# How long a sign-in really lasts is decided in entrance/sessions.py.
SESSION_COOKIE_AGE = 30 * 24 * 3600
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = ENTRAIDE.base_url.startswith("https://")
CSRF_FAILURE_VIEW = "entraide.look.errors.csrf_failure"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 31_536_000 if ENTRAIDE.is_production and ENTRAIDE.base_url.startswith("https://") else 0
# X-Forwarded-Proto is read by uvicorn, from the trusted proxies only.
X_FRAME_OPTIONS = "DENY"

LANGUAGE_CODE = ENTRAIDE.language
LANGUAGES = [("fr", _("French")), ("en", _("English"))]
FORMAT_MODULE_PATH = "entraide.look.formats"
LOCALE_PATHS = [CHECKOUT / "entraide" / "locale"]
TIME_ZONE = ENTRAIDE.time_zone
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = ENTRAIDE.data_dir / "static"
STATICFILES_DIRS = static_dirs()
WHITENOISE_USE_FINDERS = TESTING
WHITENOISE_AUTOREFRESH = TESTING
_MANIFEST = "whitenoise.storage.CompressedManifestStaticFilesStorage"
_PLAIN = "django.contrib.staticfiles.storage.StaticFilesStorage"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": _PLAIN if TESTING else _MANIFEST},
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000

DEFAULT_FROM_EMAIL = SERVER_EMAIL = ENTRAIDE.support_address
if ENTRAIDE.email_backend:
    EMAIL_BACKEND = ENTRAIDE.email_backend
elif ENTRAIDE.email_url:
    _mail = urlparse(ENTRAIDE.email_url)
    _tls = parse_qs(_mail.query).get("tls", ["starttls" if _mail.port == 587 else "none"])[-1]
    EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    EMAIL_HOST, EMAIL_PORT = _mail.hostname or "localhost", _mail.port or 25
    EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = unquote(_mail.username or ""), unquote(_mail.password or "")
    EMAIL_USE_TLS, EMAIL_USE_SSL = _tls == "starttls", _tls == "tls"
else:
    EMAIL_BACKEND = "entraide.config.mail_files.EmailBackend"
    EMAIL_FILE_PATH = ENTRAIDE.data_dir / "outgoing-mail"
EMAIL_TIMEOUT = 30

PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "jobs"
LOGGING_CONFIG = None if TESTING else "logging.config.dictConfig"
LOGGING = logging_config(level=ENTRAIDE.log_level, format=ENTRAIDE.log_format)
