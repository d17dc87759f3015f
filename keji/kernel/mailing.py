"""Mail out of the house: one message to one address, by the server that the operator named. Nothing else speaks SMTP."""

import smtplib
import ssl
from dataclasses import dataclass

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection

SMTP = "django.core.mail.backends.smtp.EmailBackend"


class Unsent(Exception):
    """Why a message was not taken: a code as in `keji.kernel.outgoing`, and the status of the server if it gave one."""

    def __init__(self, code: str, status: int | None = None):
        super().__init__(code)
        self.code, self.status = code, status


@dataclass(frozen=True)
class Letter:
    """A message. Its key becomes its Message-ID, the same at every try."""

    to: str
    key: str
    subject: str
    text: str
    html: str


def send(letter: Letter) -> None:
    """Hand a message to the server. Raises Unsent."""
    headers = {
        "Message-ID": f"<{letter.key}@{settings.BASE.hostname}>",
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
    }
    subject = " ".join(letter.subject.split())[:200]
    made = EmailMultiAlternatives(subject, letter.text, settings.MAIL_FROM, [letter.to], headers=headers)
    made.attach_alternative(letter.html, "text/html")
    made.connection = get_connection(SMTP)
    try:
        made.send()
    except smtplib.SMTPAuthenticationError as error:
        raise Unsent("E_LOGIN", error.smtp_code) from error
    except smtplib.SMTPRecipientsRefused as error:
        raise Unsent("E_RECIPIENT", next(iter(error.recipients.values()))[0]) from error
    except (smtplib.SMTPConnectError, smtplib.SMTPServerDisconnected) as error:
        raise Unsent("E_CONNECTION") from error
    except smtplib.SMTPResponseException as error:
        raise Unsent("E_STATUS", error.smtp_code) from error
    except (ssl.SSLError, smtplib.SMTPNotSupportedError) as error:
        raise Unsent("E_TLS") from error
    except TimeoutError as error:
        raise Unsent("E_TIMEOUT") from error
    except (OSError, smtplib.SMTPException, UnicodeError) as error:
        raise Unsent("E_CONNECTION") from error
