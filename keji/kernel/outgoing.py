"""HTTP out of the house: one POST to one checked address. Nothing else in keji opens a connection to elsewhere.

A name is resolved once, every address it has is checked, and the connection goes to one of these very addresses. No
redirects, no proxy of the environment, and of the answer only its status unless a few bytes more are asked for: what a
receiver says is never kept.
"""

import ipaddress
import re
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from keji.kernel.errors import Invalid

SECONDS, MOST, LONGEST = 10.0, 64 << 10, 500
PORTS = {443, 8443}
PARTS = re.compile(r"(https?)://(\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9.-]{1,253})(?::([0-9]{1,5}))?((?:/[!$-;=?-Z\]_a-z~\[]*)?)")
LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")  # browsers and C libraries take a name that ends so for an IPv4 address
STATUS = re.compile(rb"HTTP/1\.[01] ([1-5][0-9]{2})[ \r]")
LENGTH = re.compile(rb"(?i)\r\ncontent-length: *([0-9]{1,9})(?:\r|\Z)")
CHUNKED = re.compile(rb"(?i)\r\ntransfer-encoding: *chunked")
CHUNK = re.compile(rb"([0-9A-Fa-f]{1,6})[^\r\n]{0,100}\r\n")
GLOBAL_6 = ipaddress.IPv6Network("2000::/3")
# In these, another address is wrapped up or none outside is meant: Teredo and its like, examples, 6to4.
WRAPPED = [ipaddress.ip_network(one) for one in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20", "192.88.99.0/24")]
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Place = tuple[Any, Any]  # the family of a socket, and the address as the socket takes it


class Unreached(Exception):
    """Why nothing was delivered: one of the codes below, for people in `WHY` of keji.notices."""

    def __init__(self, code: str):
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Target:
    """An address that was read; `trusted` if the operator named its host as one inside the house."""

    secure: bool
    host: str
    port: int
    path: str
    trusted: bool

    @property
    def called(self) -> str:
        name = f"[{self.host}]" if ":" in self.host else self.host
        return name if self.port == (443 if self.secure else 80) else f"{name}:{self.port}"


@dataclass(frozen=True)
class Answer:
    status: int
    milliseconds: int
    body: bytes = b""  # only as much as was asked for


def read(address: str, inner: frozenset[str] = frozenset()) -> Target:
    """Take an address apart. Raises Invalid for whatever is not a plain https address of a host outside."""
    found = PARTS.fullmatch(address) if len(address) <= LONGEST else None
    if not found:
        raise Invalid("E_URL", _("地址应像 https://hooks.example.com/keji，不带用户名、密码和“#”，最多 500 个字。"))
    scheme, host, told, path = found[1], found[2].lower().strip("[]"), found[3], found[4] or "/"
    port = int(told) if told else 443 if scheme == "https" else 80
    trusted = bool({host, f"{host}:{port}"} & inner)
    if not trusted and scheme != "https":
        raise Invalid("E_URL", _("只能用 https 地址。"))
    if port > 65535 or not trusted and port not in PORTS:
        raise Invalid("E_URL", _("端口只能是 443 或 8443。"))
    if literal(host) is None and not (is_name(host) and (trusted or "." in host)):
        raise Invalid("E_URL", _("主机名写法不对，中文域名请写成 xn-- 形式。"))
    return Target(scheme == "https", host, port, path, trusted)


def literal(host: str) -> Address | None:
    """The address that a host is, if it is one in its plain form."""
    with suppress(ValueError):
        return ipaddress.ip_address(host)
    return None


def is_name(host: str) -> bool:
    labels = host.split(".")
    return all(LABEL.fullmatch(one) for one in labels) and not NUMBER.fullmatch(labels[-1])


def check(address: str, inner: frozenset[str] = frozenset(), seconds: float = 5.0) -> None:
    """Raise Invalid unless something could be sent there now."""
    to = read(address, inner)
    try:
        places(to, time.monotonic() + seconds)
    except Unreached:
        # One sentence for a name that is not there and for one that leads inside: nobody maps the house by asking.
        raise Invalid("E_ADDRESS", _("这个地址从服务器上到不了，或不在外网。内网的接收方由运维用 KEJI_INNER_HOSTS 允许。")) from None


def places(to: Target, until: float) -> list[Place]:
    """Where the connection may go. Raises Unreached if any address of the host is one that must not be reached."""
    known = literal(to.host)
    if known is not None:
        found = [(socket.AF_INET if known.version == 4 else socket.AF_INET6, (str(known), to.port))]
    else:
        found = resolved(to.host, to.port, until)
    if not found or not all(allowed(ipaddress.ip_address(place[1][0].partition("%")[0]), to.trusted) for place in found):
        raise Unreached("E_ADDRESS")
    return found


def resolved(host: str, port: int, until: float) -> list[Place]:
    """Ask for the addresses of a name; the resolver knows no time limit, so it is asked in a thread."""
    found: list[Place] = []

    def ask() -> None:
        with suppress(OSError, UnicodeError):
            told = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
            found.extend((family, place) for family, _kind, _protocol, _name, place in told)

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(max(0.0, until - time.monotonic()))
    return [] if asking.is_alive() else found


def allowed(address: Address, trusted: bool) -> bool:
    """True for an address of the net outside; where the operator named the host, for one of the house too."""
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    if address.is_multicast or address.is_link_local or address.is_unspecified:
        return False
    if trusted:
        return True
    if address.version == 6 and address not in GLOBAL_6:
        return False
    return address.is_global and not address.is_reserved and not any(address in net for net in WRAPPED)


def post(
    address: str,
    body: bytes,
    headers: Mapping[str, str],
    inner: frozenset[str] = frozenset(),
    seconds: float = SECONDS,
    most: int = 0,
) -> Answer:
    """Send a body once and return the status, and at most so many bytes of the answer's body.

    Raises Unreached, at the latest after so many seconds.
    """
    began = time.monotonic()
    until = began + seconds
    try:
        to = read(address, inner)
        with closing(connected(places(to, until), until)) as raw, cut_off(raw, until):
            link = tls().wrap_socket(raw, server_hostname=to.host) if to.secure else raw
            with closing(link):
                link.sendall(request(to, body, headers))
                status, head, rest = status_of(link, until)
                told = body_of(link, until, head, rest, most) if most else b""
                hear_out(link, until)
    except Invalid as error:
        raise Unreached("E_ADDRESS") from error
    except ssl.SSLError as error:
        raise Unreached("E_TIMEOUT" if time.monotonic() >= until else "E_TLS") from error
    except (OSError, ValueError) as error:
        raise Unreached("E_TIMEOUT" if time.monotonic() >= until else "E_CONNECTION") from error
    return Answer(status, round((time.monotonic() - began) * 1000), told)


def tls() -> ssl.SSLContext:
    """Certificates are checked, always; SSL_CERT_FILE adds an authority of one's own."""
    return ssl.create_default_context()


def connected(found: list[Place], until: float) -> socket.socket:
    """A connection to the first of these places that takes one."""
    failure: OSError = TimeoutError()
    for family, place in found:
        left = until - time.monotonic()
        if left <= 0:
            break
        link = socket.socket(family, socket.SOCK_STREAM)
        try:
            link.settimeout(left)
            link.connect(place)
            return link
        except OSError as error:
            link.close()
            failure = error
    raise failure


@contextmanager
def cut_off(link: socket.socket, until: float) -> Iterator[None]:
    """End the connection at that moment, whatever it does then: a time limit of a socket begins anew with every byte."""
    double = link.dup()

    def end() -> None:
        with suppress(OSError):
            double.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(max(0.0, until - time.monotonic()), end)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()
        double.close()


def request(to: Target, body: bytes, headers: Mapping[str, str]) -> bytes:
    told = {
        "Host": to.called,
        "User-Agent": "keji",
        "Content-Type": "application/json; charset=utf-8",
        "Content-Length": str(len(body)),
        "Connection": "close",
        **headers,
    }
    lines = [f"POST {to.path} HTTP/1.1", *(f"{name}: {text}" for name, text in told.items()), "", ""]
    return "\r\n".join(lines).encode("ascii") + body


def status_of(link: socket.socket, until: float) -> tuple[int, bytes, bytes]:
    """The status of the answer, its head, and what came along of its body."""
    told = b""
    while True:
        head, end, rest = told.partition(b"\r\n\r\n")
        if end:
            found = STATUS.match(head + b"\r")
            if not found:
                raise Unreached("E_ANSWER")
            if int(found[1]) >= 200:
                return int(found[1]), head, rest
            told = rest  # "100 Continue" and its like come before the answer
            continue
        piece = link.recv(4096)
        told += piece
        if not piece or len(told) > MOST:
            raise Unreached("E_TIMEOUT" if time.monotonic() >= until else "E_ANSWER")


def body_of(link: socket.socket, until: float, head: bytes, told: bytes, most: int) -> bytes:
    """The body, cut off after so many bytes. One that breaks off is as good as its beginning."""
    chunked = CHUNKED.search(head) is not None
    length = LENGTH.search(head)
    wanted = min(MOST, int(length[1])) if length and not chunked else MOST
    with suppress(OSError, ValueError):
        while len(told) < wanted and not (chunked and told.endswith(b"0\r\n\r\n")) and time.monotonic() < until:
            piece = link.recv(4096)
            if not piece:
                break
            told += piece
    return (joined(told) if chunked else told[:wanted])[:most]


def joined(told: bytes) -> bytes:
    """The chunks of a body put together, as far as they make sense."""
    found = b""
    while size := CHUNK.match(told):
        begin, length = size.end(), int(size[1], 16)
        if not length:
            break
        found += told[begin : begin + length]
        told = told[begin + length + 2 :]
    return found


def hear_out(link: socket.socket, until: float) -> None:
    """Let a short answer end, so that the receiver sees no broken connection; a long one is not waited for."""
    end, left = min(until, time.monotonic() + 1), MOST
    with suppress(OSError, ValueError):
        link.settimeout(0.3)
        while left > 0 and time.monotonic() < end and (piece := link.recv(4096)):
            left -= len(piece)
