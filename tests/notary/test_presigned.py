"""The signed address of AWS's own documentation, and what changes it."""

from datetime import UTC, datetime, timedelta

from yarl import URL

from notary.presigned import Keys, presign

# "Authenticating Requests: Using Query Parameters (AWS Signature Version 4)", the example there.
EXAMPLE = Keys(
    access="AKIAIOSFODNN7EXAMPLE",
    secret="wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",  # noqa: S106 - of the documentation
    region="us-east-1",
)
AT = datetime(2013, 5, 24, tzinfo=UTC)
FILE = URL("https://examplebucket.s3.amazonaws.com/test.txt")
DAY = timedelta(days=1)
SIGNATURE = "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"


def signature(address: str) -> str:
    return URL(address).query["X-Amz-Signature"]


def test_the_example_of_the_documentation_has_its_signature() -> None:
    assert signature(presign("GET", FILE, {}, EXAMPLE, AT, DAY)) == SIGNATURE


def test_headers_are_signed_and_named() -> None:
    address = presign("PUT", FILE, {"x-amz-checksum-sha256": "1", "a": "2"}, EXAMPLE, AT, DAY)

    assert URL(address).query["X-Amz-SignedHeaders"] == "a;host;x-amz-checksum-sha256"
    other = presign("PUT", FILE, {"x-amz-checksum-sha256": "2", "a": "2"}, EXAMPLE, AT, DAY)
    assert signature(address) != signature(other)
