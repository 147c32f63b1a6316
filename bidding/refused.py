"""What a finding of `bid-seal/v1` is called when it refuses a submission.

The codes are those of section 9, so that a refused bidder, the ledger entry and the specification
use one word. The same findings are verdicts in the record of an opening.
"""

from bidding.types import Code, Finding
from notary.refusal import Refusal


class SealRefused(Refusal):
    """A sealed bid that breaks a rule of its format is not taken.

    Source: `bid-seal/v1` section 9.
    """

    code = "E-SEAL"


class BadManifest(SealRefused):
    """`seal.json` is not the strict JSON of its members.

    Source: `bid-seal/v1` section 9, V1.
    """

    code = "E-JSON"


class BadSealSignature(SealRefused):
    """The signature is not that of the manifest in the one form that is accepted.

    Source: Electronic Signature Law, art. 13; `bid-seal/v1` section 9, V2.
    """

    code = "E-SIG"
    article = "电子签名法 13"


class BadSealCertificate(SealRefused):
    """The certificate is not enrolled for the bidder, expired, revoked or of an unknown authority.

    Source: Electronic Signature Law, art. 13; `bid-seal/v1` section 9, V2.
    """

    code = "E-CERT"
    article = "电子签名法 13"


class NotBound(SealRefused):
    """The bid was sealed for another box, notice or place in the bidder's sequence.

    Source: `bid-seal/v1` section 9, V3.
    """

    code = "E-BIND"


class OtherPolicy(SealRefused):
    """The bid was sealed to trustees that the notice does not name.

    Source: `bid-seal/v1` section 9, V3.
    """

    code = "E-POLICY"


class NotFresh(SealRefused):
    """A key, nonce or part of an own earlier envelope was used again.

    Source: `bid-seal/v1` section 9, V5.
    """

    code = "E-DUP"


class PartDiffers(SealRefused):
    """A part is not the bytes that the manifest names.

    Source: `bid-seal/v1` section 9, V6.
    """

    code = "E-PART-HASH"


class PartMissing(SealRefused):
    """A part was not uploaded before the manifest.

    Source: Measures for Electronic Tendering, art. 27; `bid-seal/v1` section 9, V6.
    """

    code = "E-PART-MISSING"
    article = "电子招标投标办法 27"


class NotEncrypted(SealRefused):
    """A part is not an age file of the profile.

    Source: Measures for Electronic Tendering, art. 26; `bid-seal/v1` section 9, V6.
    """

    code = "E-PROFILE"
    article = "电子招标投标办法 26"


class TooLarge(SealRefused):
    """A part has another size, or all together are larger than the notice allows.

    Source: `bid-seal/v1` section 9, V6.
    """

    code = "E-SIZE"


class BadShares(SealRefused):
    """The share entries are not one per trustee body, in order and of the fixed form.

    Source: `bid-seal/v1` section 9, V7.
    """

    code = "E-SHARES"


_ANSWERS = {Code(answer.code): answer for answer in SealRefused.__subclasses__()}


def as_refusal(finding: Finding) -> SealRefused:
    """Return the refusal that answers a finding at submission."""
    return _ANSWERS[finding.code](why=finding.detail)
