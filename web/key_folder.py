"""Key folders: the key of a person on its own disk, and what comes to it over time.

    key.pem       the key, PKCS#8; only its owner reads it
    request.pem   what an authority certifies (hall key new)
    cert.pem      the certificate (hall key enrol)
    log.policy    the log of the hall, as it was when the folder first met it: c2sp.org/tlog-policy
    bids/         what a bidder keeps until the award (web.bidder)

A folder of a duty client has more: `web.duty_folder`.
"""

from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from bidding.clients.duty import enveloped
from notary import authority, canonical, cms, durable, home, note, policy
from notary.authority import Authorities
from notary.canonical import Json
from notary.entropy import Entropy
from notary.policy import Policy as LogPolicy
from web.client import CERTIFICATE_FILE, KEY_FILE, Client, SigningPair
from web.terminal import Refusing

REQUEST_FILE = "request.pem"
LOG_FILE = "log.policy"

_LIFE = timedelta(days=365)
_BEFORE = timedelta(minutes=5)
"""How much earlier a certificate begins: two machines never have quite the same time."""


def new(
    folder: Path, *, common_name: str, organisation: str, organization: str, entropy: Entropy
) -> None:
    """Make a key and the request for its certificate; `organization`: id of the body, 2.5.4.97.

    Raises Refusing where the folder has a key: one that signed is never overwritten.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if (folder / KEY_FILE).exists():
        raise Refusing(f"{folder} has a key already")
    key = authority.new_key(entropy)
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation),
            x509.NameAttribute(NameOID.ORGANIZATION_IDENTIFIER, organization),
        ]
    )
    request = x509.CertificateSigningRequestBuilder().subject_name(subject).sign(key, SHA256())
    durable.replace(folder / REQUEST_FILE, request.public_bytes(Encoding.PEM), mode=0o644)
    authority.save_key(folder / KEY_FILE, key)


def certify_in_demo(folder: Path, hall_home: Path, entropy: Entropy, at: datetime) -> None:
    """Certify the request of a folder by the authority that a demo hall is to itself."""
    if not home.is_demo(hall_home):
        raise Refusing(f"{hall_home} is not the home of a demo hall: an authority certifies")
    request = x509.load_pem_x509_csr((folder / REQUEST_FILE).read_bytes())
    key, own = home.demo_authority(hall_home)
    (name,) = request.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    (organisation,) = request.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
    (body,) = request.subject.get_attributes_for_oid(NameOID.ORGANIZATION_IDENTIFIER)
    public_key = authority.load_key(folder / KEY_FILE).public_key()
    certificate = authority.issue(
        key,
        own,
        common_name=str(name.value),
        organisation=str(organisation.value),
        organization_identifier=str(body.value),
        public_key=public_key,
        entropy=entropy,
        at=at - _BEFORE,
        until=at + _LIFE,
    )
    save_certificate(folder, certificate)


def read_certificate(path: Path) -> x509.Certificate:
    """Read a certificate, PEM or DER, or refuse the file."""
    content = path.read_bytes()
    try:
        if b"-----BEGIN" in content:
            return x509.load_pem_x509_certificate(content)
        return x509.load_der_x509_certificate(content)
    except ValueError as error:
        raise Refusing(f"{path} is no certificate") from error


def save_certificate(folder: Path, certificate: x509.Certificate) -> None:
    """Put the certificate of its key into a folder, or refuse that of another key."""
    key = authority.load_key(folder / KEY_FILE)
    if certificate.public_key() != key.public_key():
        raise Refusing(f"the certificate is not for the key in {folder}")
    durable.replace(folder / CERTIFICATE_FILE, certificate.public_bytes(Encoding.PEM), mode=0o644)


def body_of(certificate: x509.Certificate) -> str:
    """Return the id of the body that a certificate names, or refuse it."""
    body = authority.organization_identifier(certificate)
    if body is None:
        raise Refusing("the certificate names no body (organizationIdentifier, 2.5.4.97)")
    return body


async def enrol(client: Client, folder: Path, pair: SigningPair) -> Json:
    """Enrol the body of a certificate by its own signature, and pin the log of the hall."""
    return await enrol_pair(client, await pin_log(client, folder), pair)


async def enrol_pair(client: Client, log: LogPolicy, pair: SigningPair) -> Json:
    """Enrol the body of a certificate in the hall of a log by its own signature."""
    return await client.send("POST", "/enrolments", enrolment(log, pair))


def enrolment(log: LogPolicy, pair: SigningPair) -> dict[str, Json]:
    """Return what enrols the body of a certificate in the hall of a log, signed."""
    statement: dict[str, Json] = {
        "v": "hall-enrolment/v1",
        "origin": log.logs[0].name,
        "org": body_of(pair.certificate),
        "cert_sha256": cms.cert_sha256(pair.certificate),
    }
    return signed(statement, pair)


def signed(statement: dict[str, Json], pair: SigningPair) -> dict[str, Json]:
    """Return an object as the API takes it: with the detached signature of its canonical bytes."""
    text = canonical.dumps(statement)
    return enveloped(text, cms.sign(text, pair.key, pair.certificate))


async def pin_log(client: Client, folder: Path) -> LogPolicy:
    """Return the policy of the log that the folder knows; at the first meeting, ask and keep it.

    Whoever wants more than the first meeting's word puts `log.policy` there before.
    """
    path = folder / LOG_FILE
    if not path.exists():
        match await client.send("GET", "/hall"):
            case {"vkey": str(vkey)}:
                durable.replace(path, policy.of_log(note.parse_key(vkey)), mode=0o644)
            case _:
                raise Refusing(f"{client.origin} does not tell the key of its log")
    return read_log(folder)


def read_log(folder: Path) -> LogPolicy:
    """Read the policy of the log that a folder goes by."""
    try:
        return policy.parse((folder / LOG_FILE).read_bytes())
    except FileNotFoundError as error:
        raise Refusing(f"{folder} knows no log: hall key enrol, or put {LOG_FILE} there") from error


def read_authorities(path: Path) -> Authorities:
    """Read a folder of certificates and revocation lists, or refuse it."""
    if not path.is_dir():
        raise Refusing(f"no certificates of authorities in {path}: --authorities names your own")
    try:
        return Authorities.from_folder(path)
    except (OSError, ValueError) as error:
        raise Refusing(f"{path}: {error}") from error
