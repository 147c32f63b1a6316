"""What every act needs of the house, and nothing of the act: origin, clock, chance, signature."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509

from notary.authority import Authorities
from notary.channels import Channel
from notary.clock import Clock
from notary.entropy import Entropy


@dataclass(frozen=True, slots=True, kw_only=True)
class Hall:
    """One hall, open: `notary.home.open_hall` makes it.

    `origin` names its log. `sign` makes a detached CMS signature (DER) by `certificate`, the
    hall's own. `demo` is a property of the home, fixed at inception. `channels`: those that
    its notices name.
    """

    origin: str
    clock: Clock
    entropy: Entropy
    authorities: Authorities
    certificate: x509.Certificate
    sign: Callable[[bytes], bytes]
    demo: bool
    rules: Path | None = None
    channels: tuple[Channel, ...] = ()
