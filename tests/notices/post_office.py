"""A real SMTP server on this machine that keeps what it takes, and refuses as it is told."""

from contextlib import contextmanager
from email import message_from_bytes
from email.policy import default

from aiosmtpd.controller import Controller


class Office:
    def __init__(self):
        self.taken, self.refuses, self.flaky = [], "", None

    async def handle_DATA(self, _server, _session, envelope):
        if self.refuses or self.flaky and self.flaky.random() < 0.1:
            return self.refuses or "451 4.3.0 later"
        self.taken.append((envelope.rcpt_tos, message_from_bytes(envelope.content, policy=default)))
        return "250 OK"

    async def handle_RCPT(self, _server, _session, envelope, address, _options):
        if address.startswith("nobody@"):
            return "550 5.1.1 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    @property
    def ids(self):
        return [message["Message-ID"] for _to, message in self.taken]

    @property
    def subjects(self):
        return [message["Subject"].strip() for _to, message in self.taken]  # a folded header begins with a blank

    @property
    def texts(self):
        return [message.get_body(("plain",)).get_content() for _to, message in self.taken]


@contextmanager
def office():
    kept = Office()
    server = Controller(kept, hostname="127.0.0.1", port=free_port(), ready_timeout=20)
    server.start()
    kept.port = server.port
    try:
        yield kept
    finally:
        server.stop()


def free_port():
    import socket

    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]
