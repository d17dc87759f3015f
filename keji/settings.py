"""One settings file, read from the environment. A wrong value stops the start with one clear line."""

import os
import re
import secrets
import sys
from pathlib import Path
from urllib.parse import unquote, urlsplit
from zoneinfo import available_timezones

from keji.database.urls import database

ROOT = Path(__file__).resolve().parent


def stop(line: str) -> None:
    sys.exit(f"keji: {line}")


asked: dict[str, tuple[str, str]] = {}  # what is read from the environment: its meaning and default, for the reference


def told(name: str, text: str, default: str = "", shown: str = "") -> str:
    """What the environment says of a setting, or its default; `shown` says that where it follows from others."""
    asked[name] = text, shown or (f"`{default}`" if default else "–")
    return os.environ.get(name) or default


def flag(name: str, text: str, default: bool = False) -> bool:
    value = told(name, f"`1`：{text}", shown=f"`{int(default)}`").strip().lower()
    if value not in {"", "0", "1", "true", "false", "yes", "no"}:
        stop(f"{name} 只能是 1 或 0，现在是 {value!r}")
    return value in {"1", "true", "yes"} if value else default


def number(name: str, text: str, default: int, least: int, most: int) -> int:
    value = told(name, f"{text}，{least}–{most}", str(default)).strip() or str(default)
    if not value.isdigit() or not least <= int(value) <= most:
        stop(f"{name} 须是 {least} 到 {most} 的整数，现在是 {value!r}")
    return int(value)


def secret(name: str, size: int = 32) -> bytes:
    """The key of that name, kept in the data folder and made at the first start."""
    file = DATA / "keys" / name
    try:
        return bytes.fromhex(file.read_text().strip())
    except FileNotFoundError:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
            out.write(secrets.token_hex(size))
        return bytes.fromhex(file.read_text().strip())


place = "数据目录：内置数据库 `keji.db`、上传和导出的文件 `files/`、密钥 `keys/`、备份 `backups/`、临时文件"
DATA = Path(told("KEJI_DATA", place, "var", "当前目录下的 `var`")).resolve()
try:
    DATA.mkdir(mode=0o700, parents=True, exist_ok=True)
    SECRET_KEY = secret("session").hex()
    FIELD_KEY, INDEX_KEY = secret("fields"), secret("index")
except (OSError, ValueError) as error:
    stop(f"数据目录 {DATA} 不能使用：{error}（用 KEJI_DATA 指定另一个目录）")

VERSION = "0.0.0"
if found := re.search(r"(?m)^## (\d+\.\d+\.\d+)", (ROOT.parent / "CHANGELOG.md").read_text("utf-8")):
    VERSION = found[1]

HOST = told("KEJI_HOST", "监听地址", "127.0.0.1")
PORT = number("KEJI_PORT", "端口", 8000, 1, 65535)
address = "同事在浏览器里打开的地址，只有协议、主机和端口，如 `https://crm.example.com`"
BASE_URL = told("KEJI_BASE_URL", address, f"http://{HOST}:{PORT}", "`http://` 加监听地址和端口").rstrip("/")
BASE = urlsplit(BASE_URL)
if BASE.scheme not in {"http", "https"} or not BASE.hostname or BASE.path or BASE.query:
    stop(f"KEJI_BASE_URL 须像 https://crm.example.com，现在是 {BASE_URL!r}")
LOOPBACK = HOST in {"127.0.0.1", "localhost", "::1"}
HTTPS = BASE.scheme == "https"
INSECURE_HTTP = flag("KEJI_INSECURE_HTTP", "明知有风险，仍在本机以外用明文 http；每一页上方有红色警告")
if not HTTPS and not LOOPBACK and not INSECURE_HTTP:
    stop("不在本机的地址须用 https（设置 KEJI_BASE_URL=https://…）；确要明文，设置 KEJI_INSECURE_HTTP=1")

DEBUG = False
ALLOWED_HOSTS = sorted({BASE.hostname or "", "localhost", "127.0.0.1", "[::1]"} if LOOPBACK else {BASE.hostname or ""})
CSRF_TRUSTED_ORIGINS = [BASE_URL]
CSRF_FAILURE_VIEW = "keji.desk.pages.errors.forged"
header = "反向代理用来说明“原来是 https”的请求头，如 `HTTP_X_FORWARDED_PROTO`，见[用 https](../howto/https.md)"
PROXY_HEADER = told("KEJI_PROXY_HEADER", header).strip()
own = "`own`：没有反向代理时，`keji serve` 自己做一张证书，用 https 提供服务，见[用 https](../howto/https.md)"
certificate = told("KEJI_CERTIFICATE", own).strip()
OWN_CERTIFICATE = certificate == "own"
if certificate not in {"", "own"}:
    stop(f"KEJI_CERTIFICATE 只能是 own，现在是 {certificate!r}；别的证书请放在反向代理上")
if OWN_CERTIFICATE and (not HTTPS or PROXY_HEADER):
    stop("KEJI_CERTIFICATE=own 要有 KEJI_BASE_URL=https://…，并且不能同时设 KEJI_PROXY_HEADER：有代理时证书在代理上")
trusted = "反向代理的地址，多个用逗号分开；只有它们说的 `X-Forwarded-*` 才算数，别人的一律丢掉"
PROXIES = frozenset(told("KEJI_PROXY", trusted, "127.0.0.1,::1").replace(" ", "").split(","))
if PROXY_HEADER:
    SECURE_PROXY_SSL_HEADER = (PROXY_HEADER, "https")
    ALLAUTH_TRUSTED_PROXY_COUNT = 1

postgresql = "PostgreSQL 的地址，见[在 PostgreSQL 上运行](../howto/postgresql.md)；不设就用内置数据库"
try:
    DATABASES = {"default": database(told("KEJI_DATABASE_URL", postgresql), DATA)}
except ValueError as error:
    stop(f"KEJI_DATABASE_URL 不能使用：{error}")

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "keji.database",
    "keji.queue",
    "keji.access",
    "keji.records",
    "keji.notices",
    "keji.clocks",
    "keji.customers",
    "keji.agenda",
    "keji.deals",
    "keji.followups",
    "keji.service",
    "keji.custody",
    "keji.intake",
    "keji.desk",
    "keji.api",
]
MIDDLEWARE = [
    "keji.desk.shell.ProxyMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "keji.desk.shell.HeadersMiddleware",
    "keji.api.shell.ApiMiddleware",
    "keji.desk.shell.BodyMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "keji.access.sessions.StoreMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "keji.desk.shell.LanguageMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "keji.access.sessions.SessionMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "keji.access.doors.DoorMiddleware",
]
ROOT_URLCONF = "keji.urls"
WSGI_APPLICATION = "keji.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "DIRS": [ROOT / "templates"] + [ROOT / p / "templates" for p in ("access", "notices", "clocks", "customers", "agenda", "deals", "followups", "service", "custody", "intake", "desk", "api")],
        "OPTIONS": {
            "environment": "keji.records.pages.environment",
            "autoescape": True,
            "context_processors": ["keji.desk.shell.context"],
        },
    },
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "templates" / "django"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    },
]

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "中文"), ("en", "English")]
LANGUAGE_COOKIE_NAME = "language"
LOCALE_PATHS = [ROOT.parent / "locale"]
TIME_ZONE = told("KEJI_TIMEZONE", "“今天”是哪里的今天", "Asia/Shanghai")
if TIME_ZONE not in available_timezones():
    stop(f"KEJI_TIMEZONE 须是 Asia/Shanghai 这样的时区名，现在是 {TIME_ZONE!r}")
USE_TZ = True
STATIC_URL = "/static/"
STATIC_ROOT = DATA / "static"
STATIC_ROOT.mkdir(mode=0o700, exist_ok=True)
STATICFILES_DIRS = [ROOT / "static"]
WHITENOISE_USE_FINDERS = True

AUTH_USER_MODEL = "access.Person"
AUTHENTICATION_BACKENDS = ["keji.access.sessions.Backend"]
LOGIN_URL = "/accounts/login/"
LOGIN_REDIRECT_URL = "/"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "keji.access.rules.people.LongEnough", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
SESSION_ENGINE = "keji.access.store"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_IDLE = 2 * 3600
STEP_UP = 15 * 60  # so long after signing in nobody asks for the password again
SESSION_COOKIE_NAME = "__Host-sid" if HTTPS else "sid"
CSRF_COOKIE_NAME = "__Host-csrf" if HTTPS else "csrf"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

SECURE_SSL_REDIRECT = HTTPS
# With a certificate of our own people must be able to go on past their browser's warning, which HSTS forbids.
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS and not OWN_CERTIFICATE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS and not OWN_CERTIFICATE
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_621_440
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1000
DATA_UPLOAD_MAX_NUMBER_FILES = 20
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_TEMP_DIR = DATA / "temp"
FILE_UPLOAD_TEMP_DIR.mkdir(mode=0o700, exist_ok=True)
FILES = DATA / "files"

recipient = "用这个 `age1…` 公钥加密备份，并把密钥也放进去，见[备份](../howto/backup.md)"
BACKUP_RECIPIENT = told("KEJI_BACKUP_RECIPIENT", recipient, shown="–（不加密）").strip()
if BACKUP_RECIPIENT and not re.fullmatch(r"age1[02-9ac-hj-np-z]{58}", BACKUP_RECIPIENT):
    stop("KEJI_BACKUP_RECIPIENT 须是 age1 开头的公钥，用 keji backup --make-identity 文件 生成")

inner = "回调可以发到的内网主机，如 `bot.internal:8080,10.0.0.7`；带端口的只允许那个端口，见[回调](../howto/webhooks.md)"
INNER_HOSTS = frozenset(told("KEJI_INNER_HOSTS", inner, shown="–（都不允许）").lower().replace(",", " ").split())
if wrong := [one for one in INNER_HOSTS if not re.fullmatch(r"[a-z0-9.-]+(:\d{1,5})?|[0-9a-f:]*:[0-9a-f:.]*", one)]:
    stop(f"KEJI_INNER_HOSTS 须像 bot.internal:8080,10.0.0.7,现在有 {wrong[0]!r}")

post = "发邮件的服务器，如 `smtp://用户:密码@mail.example.com:587`（本机以外用 STARTTLS）或 `smtps://…:465`；不设就不发邮件"
try:
    SMTP = urlsplit(told("KEJI_SMTP_URL", post).strip())
    MAIL = bool(SMTP.hostname)
    EMAIL_PORT = SMTP.port or (465 if SMTP.scheme == "smtps" else 587)
except ValueError:
    stop("KEJI_SMTP_URL 的端口不对")
MAIL_FROM = told("KEJI_MAIL_FROM", "邮件的发件地址，如 `客迹 <crm@example.com>`；设了 `KEJI_SMTP_URL` 就要设").strip()
if SMTP.geturl() and (SMTP.scheme not in {"smtp", "smtps"} or not MAIL or SMTP.path not in {"", "/"} or SMTP.query):
    stop("KEJI_SMTP_URL 须像 smtp://用户:密码@mail.example.com:587 或 smtps://…:465，特殊字符写成 %XX")
if MAIL and not re.fullmatch(r"(?:[^<>\r\n]{1,60}<)?[^<>@\s]{1,64}@[^<>@\s]{1,190}>?", MAIL_FROM):
    stop("设了 KEJI_SMTP_URL 就要设 KEJI_MAIL_FROM，即发件地址，如 客迹 <crm@example.com>")
EMAIL_HOST = SMTP.hostname or ""
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = unquote(SMTP.username or ""), unquote(SMTP.password or "")
EMAIL_USE_SSL = SMTP.scheme == "smtps"
EMAIL_USE_TLS = MAIL and not EMAIL_USE_SSL and EMAIL_HOST not in {"127.0.0.1", "localhost", "::1"}
EMAIL_TIMEOUT = 10
NOTICE_DAYS = number("KEJI_NOTICE_DAYS", "消息保留多少天", 180, 7, 3650)

API_RATE = number("KEJI_API_RATE", "每个接口令牌每分钟最多多少个请求，见[开放接口](../howto/api.md)", 600, 1, 100_000)

CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "cache"}}
TASKS = {"default": {"BACKEND": "keji.queue.backend.Backend", "QUEUES": []}}
SILENCED_SYSTEM_CHECKS: list[str] = []

ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_ADAPTER = "keji.access.sessions.AccountAdapter"
MFA_ADAPTER = "keji.access.sessions.MFAAdapter"
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGIN_ON_PASSWORD_RESET = False
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_RATE_LIMITS = {"login": "30/m/ip", "login_failed": "10/15m/ip,10/15m/key"}
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "客迹"
USERSESSIONS_TRACK_ACTIVITY = False

log = told("KEJI_LOG", "写到终端的最低级别：`DEBUG`、`INFO`、`WARNING`、`ERROR`、`CRITICAL`", "WARNING").strip().upper()
if log not in {"DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"}:
    stop(f"KEJI_LOG 只能是 DEBUG、INFO、WARNING、ERROR 或 CRITICAL，现在是 {log!r}")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": log},
}
