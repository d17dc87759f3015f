"""B-38 to B-42: what keji sends goes to the net outside or to named hosts, ends in time, and brings nothing back."""

import contextlib
import socket
import ssl
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from keji.kernel import outgoing
from keji.kernel.errors import Invalid
from keji.kernel.outgoing import Unreached

LOCAL = frozenset({"127.0.0.1"})


@contextlib.contextmanager
def receiver(*pieces, pause=0.0, wrap=None):
    """A server that answers one connection with these pieces; what it was sent is collected."""
    heard, stop = [], threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve():
            with contextlib.suppress(OSError):
                link, _from = server.accept()
                with contextlib.suppress(OSError), wrap(link) if wrap else link as link:
                    heard.append(link.recv(65536))
                    for piece in pieces:
                        link.sendall(piece)
                        if pause:
                            stop.wait(pause)
                    if not pieces:
                        stop.wait(30)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield server.getsockname()[1], heard
        stop.set()
        thread.join(5)


def why(address, seconds=2.0, inner=LOCAL):
    with pytest.raises(Unreached) as caught:
        outgoing.post(address, b"{}", {}, inner, seconds)
    return caught.value.code


INSIDE = [
    "https://127.0.0.1/", "https://127.1/", "https://2130706433/", "https://0x7f000001/", "https://0x7f.0.0.1/",
    "https://0177.0.0.1/", "https://127.0.0.1./", "https://010.0.0.1/", "https://10.0.0.1/", "https://172.16.0.1/",
    "https://192.168.1.1/", "https://169.254.169.254/", "https://100.64.0.1/", "https://0.0.0.0/",
    "https://255.255.255.255/", "https://224.0.0.1/", "https://240.0.0.1/", "https://192.0.2.1/",
    "https://198.18.0.1/", "https://192.88.99.1/", "https://[::1]/", "https://[::]/", "https://[::ffff:127.0.0.1]/",
    "https://[::ffff:7f00:1]/", "https://[::127.0.0.1]/", "https://[fe80::1]/", "https://[fc00::1]/",
    "https://[fec0::1]/", "https://[ff02::1]/", "https://[2002:7f00:1::]/", "https://[64:ff9b::7f00:1]/",
    "https://[2001::1]/", "https://[2001:db8::1]/", "https://[fe80::1%25lo]/", "https://localhost/",
    "https://localhost./", "https://db/", "https://a..b.com/", "https://user@example.com/",
    "https://user:pw@example.com/", "https://example.com:22/", "https://example.com:8080/", "https://example.com:0/",
    "https://example.com:99999/", "https://example.com:/", "https://example.com#@127.0.0.1/",
    "https://example.com\\@127.0.0.1/", "https://127.0.0.1\\.example.com/", "https://①②⑦.0.0.1/", "https://例子.公司/",
    "https://exa_mple.com/", "https://-a.com/", "https:///x", "https:example.com", "//example.com/",
    "https://example.com/a#b",
]  # fmt: skip


@pytest.mark.attack("B-38")
@pytest.mark.parametrize("address", INSIDE)
def test_what_leads_inside_or_plays_tricks_is_refused_at_save_and_at_send(address):
    with pytest.raises(Invalid) as caught:
        outgoing.check(address)
    assert caught.value.code in ("E_URL", "E_ADDRESS")
    assert why(address, inner=frozenset()) == "E_ADDRESS"


@pytest.mark.attack("B-41")
@pytest.mark.parametrize("scheme", ["http", "file", "ftp", "gopher", "data", "unix", "javascript", "HTTPS", "ws"])
def test_only_https_leads_out(scheme):
    with pytest.raises(Invalid):
        outgoing.read(f"{scheme}://example.com/")


@pytest.mark.parametrize("junk", ["https://example.com/a b", "https://example.com/\r\nX: y", "https://example.com/" + "a" * 500, ""])
def test_an_address_cannot_carry_a_header(junk):
    with pytest.raises(Invalid):
        outgoing.read(junk)


def test_a_plain_address_is_taken_apart():
    to = outgoing.read("https://Hooks.Example.com:8443/a/b?key=1&x=%20")

    assert (to.secure, to.host, to.port, to.path, to.trusted) == (True, "hooks.example.com", 8443, "/a/b?key=1&x=%20", False)
    assert to.called == "hooks.example.com:8443"
    assert outgoing.read("https://1.1.1.1").called == "1.1.1.1"
    assert outgoing.read("https://[2606:4700::1111]/").called == "[2606:4700::1111]"


def test_a_host_is_trusted_by_its_name_or_by_name_and_port():
    assert outgoing.read("http://bot:9000/", frozenset({"bot"})).trusted
    assert outgoing.read("http://bot:9000/", frozenset({"bot:9000"})).trusted
    with pytest.raises(Invalid):
        outgoing.read("http://bot:9001/", frozenset({"bot:9000"}))
    assert why("http://169.254.169.254/", inner=frozenset({"169.254.169.254"})) == "E_ADDRESS"


def resolver(monkeypatch, *answers):
    asked = []

    def ask(host, port, **_more):
        found = answers[min(len(asked), len(answers) - 1)]
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in found]

    monkeypatch.setattr(socket, "getaddrinfo", ask)
    return asked


@pytest.mark.attack("B-40")
def test_the_connection_goes_to_the_address_that_was_checked(monkeypatch):
    asked = resolver(monkeypatch, ["93.184.216.34"], ["127.0.0.1"])
    gone = []

    def connect(_link, place):
        gone.append(place)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket.socket, "connect", connect)

    assert why("https://hooks.example.com/", inner=frozenset()) == "E_CONNECTION"
    assert (asked, gone) == (["hooks.example.com"], [("93.184.216.34", 443)])
    assert why("https://hooks.example.com/", inner=frozenset()) == "E_ADDRESS"
    assert len(gone) == 1


@pytest.mark.attack("B-38")
def test_one_inner_address_among_several_is_enough_to_refuse(monkeypatch):
    resolver(monkeypatch, ["93.184.216.34", "10.0.0.1"])

    with pytest.raises(Invalid) as caught:
        outgoing.check("https://hooks.example.com/")
    assert why("https://hooks.example.com/", inner=frozenset()) == "E_ADDRESS"

    resolver(monkeypatch, [])
    with pytest.raises(Invalid) as unknown:
        outgoing.check("https://nowhere.example.com/")
    assert unknown.value.message == caught.value.message  # nobody learns which names there are inside


def test_a_resolver_that_does_not_answer_is_not_waited_for(monkeypatch):
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_a, **_k: time.sleep(3) or [])
    began = time.monotonic()

    assert why("https://hooks.example.com/", 0.3, frozenset()) == "E_ADDRESS"
    assert time.monotonic() - began < 2


def test_a_body_goes_out_and_its_status_comes_back():
    with receiver(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\nServer: x\r\n\r\n") as (port, heard):
        answer = outgoing.post(f"http://127.0.0.1:{port}/in?x=1", "{\"a\":\"钟\"}".encode(), {"webhook-id": "1"}, LOCAL)

    assert answer.status == 204
    head, _end, body = heard[0].partition(b"\r\n\r\n")
    assert head.splitlines()[0] == b"POST /in?x=1 HTTP/1.1"
    assert f"Host: 127.0.0.1:{port}".encode() in head.splitlines()
    assert {b"webhook-id: 1", b"Content-Length: 11", b"Connection: close"} <= set(head.splitlines())
    assert body.decode() == "{\"a\":\"钟\"}"


@pytest.mark.attack("B-39")
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(status):
    with receiver(b"HTTP/1.1 204 Inside\r\n\r\n") as (inside, heard_inside):
        told = f"HTTP/1.1 {status} Go\r\nLocation: http://127.0.0.1:{inside}/\r\nContent-Length: 0\r\n\r\n".encode()
        with receiver(told) as (port, _heard):
            assert outgoing.post(f"http://127.0.0.1:{port}/", b"{}", {}, LOCAL, 2).status == status
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", inside), 1).close()

    assert heard_inside == [b""]  # nobody but this test has been there


HOSTILE = {
    "never answers": ((), 0.0, "E_TIMEOUT"),
    "one byte a moment": ((b"H", b"T", b"T", b"P", b"/") * 50, 0.1, "E_TIMEOUT"),
    "a head without end": ((b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200_000,), 0.0, "E_ANSWER"),
    "one line without end": ((b"A" * 1_000_000,), 0.0, "E_ANSWER"),
    "no HTTP": ((b"220 mail ready\r\n\r\n",), 0.0, "E_ANSWER"),
    "HTTP of another time": ((b"HTTP/9.9 200 OK\r\n\r\n",), 0.0, "E_ANSWER"),
    "no status": ((b"HTTP/1.1 999 OK\r\n\r\n",), 0.0, "E_ANSWER"),
    "hangs up": ((b"HTTP/1.1",), 0.0, "E_ANSWER"),
    "continues for ever": ((b"HTTP/1.1 100 Continue\r\n\r\n",) * 500, 0.01, "E_TIMEOUT"),
}


@pytest.mark.attack("B-42")
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_receiver_is_cut_off(name):
    pieces, pause, code = HOSTILE[name]
    began = time.monotonic()
    with receiver(*pieces, pause=pause) as (port, _heard):
        assert why(f"http://127.0.0.1:{port}/", 1.0) == code
        assert time.monotonic() - began < 2.5


@pytest.mark.attack("B-42")
@pytest.mark.parametrize("body", [(b"x" * 65536,) * 200, (b"\x1f\x8b" + b"\0" * 60000,) * 50, (b"x",) * 100])
def test_a_body_without_end_is_not_heard_to_its_end(body):
    began = time.monotonic()
    pause = 0.1 if len(body) == 100 else 0.0
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 10737418240\r\n\r\n"
    with receiver(head, *body, pause=pause) as (port, _heard):
        assert outgoing.post(f"http://127.0.0.1:{port}/", b"{}", {}, LOCAL, 5).status == 200
        assert time.monotonic() - began < 2.5


def test_a_closed_port_is_said_so():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

    assert why(f"http://127.0.0.1:{port}/") == "E_CONNECTION"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A certificate for localhost, signed by itself."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    at = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(at - timedelta(days=1))
        .not_valid_after(at + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), False)
        .add_extension(x509.BasicConstraints(True, None), True)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("tls") / "both.pem"
    plain = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(plain + made.public_bytes(serialization.Encoding.PEM))
    return file


def test_a_certificate_must_be_known_and_of_that_host(certificate, monkeypatch):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    inner = frozenset({"localhost", "127.0.0.1"})

    def sent(host):
        with receiver(b"HTTP/1.1 200 OK\r\n\r\n", wrap=lambda link: context.wrap_socket(link, True)) as (port, _heard):
            try:
                return outgoing.post(f"https://{host}:{port}/", b"{}", {}, inner, 3).status
            except Unreached as error:
                return error.code

    resolver(monkeypatch, ["127.0.0.1"])
    assert sent("localhost") == "E_TLS"
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    assert sent("localhost") == 200
    assert sent("127.0.0.1") == "E_TLS"


@pytest.mark.attack("B-42")
def test_a_handshake_that_never_ends_is_cut_off(monkeypatch):
    resolver(monkeypatch, ["127.0.0.1"])
    began = time.monotonic()
    with receiver(*[b"\x16"] + [b"\x03"] * 100, pause=0.1) as (port, _heard):
        assert why(f"https://localhost:{port}/", 1.0, frozenset({"localhost"})) in ("E_TIMEOUT", "E_TLS")
    assert time.monotonic() - began < 4
