"""A certificate of one's own for a server without another: made once, kept, made anew before it ends."""

import os
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from keji.kernel.clock import now

LIFE = timedelta(days=397)  # browsers refuse those that live longer
EARLY = timedelta(days=60)


@dataclass(frozen=True)
class Certificate:
    cert: Path
    key: Path

    @property
    def fingerprint(self) -> str:
        """What people compare with what their browser shows."""
        digest = read(self.cert).fingerprint(hashes.SHA256()).hex().upper()
        return ":".join(digest[n : n + 2] for n in range(0, len(digest), 2))


def own(folder: Path, host: str) -> Certificate:
    """The certificate for this host; made if there is none, if it is for another host, or if it soon ends."""
    kept = Certificate(folder / "own.crt", folder / "own.key")
    if not fits(kept, host):
        make(kept, host)
    return kept


def read(path: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(path.read_bytes())


def fits(kept: Certificate, host: str) -> bool:
    try:
        known = read(kept.cert)
        key = serialization.load_pem_private_key(kept.key.read_bytes(), None)
    except (OSError, ValueError, TypeError):
        return False
    named = known.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    whole = named == x509.SubjectAlternativeName([name_of(host)]) and key.public_key() == known.public_key()
    return whole and known.not_valid_after_utc - EARLY > now()


def name_of(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        return x509.DNSName(host.encode("idna").decode())


def make(kept: Certificate, host: str) -> None:
    """It speaks for this host alone: who trusts it trusts no other certificate by it."""
    key = ec.generate_private_key(ec.SECP256R1())
    called = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Keji"), x509.NameAttribute(NameOID.COMMON_NAME, host[:64])])
    usage = dict.fromkeys(
        ("content_commitment", "key_encipherment", "data_encipherment", "key_agreement", "key_cert_sign", "crl_sign", "encipher_only", "decipher_only"),
        False,
    )
    mark = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    made = (
        x509.CertificateBuilder()
        .subject_name(called)
        .issuer_name(called)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now() - timedelta(days=1))
        .not_valid_after(now() - timedelta(days=1) + LIFE)
        .add_extension(x509.SubjectAlternativeName([name_of(host)]), False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), True)
        .add_extension(x509.KeyUsage(digital_signature=True, **usage), True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False)
        .add_extension(mark, False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(mark), False)
        .sign(key, hashes.SHA256())
    )
    kept.key.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    plain = serialization.NoEncryption()
    write(kept.key, key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain))
    write(kept.cert, made.public_bytes(serialization.Encoding.PEM))


def write(path: Path, content: bytes) -> None:
    """Whole or not at all, for the owner's eyes."""
    part = path.with_suffix(".part")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
        out.write(content)
    part.replace(path)
