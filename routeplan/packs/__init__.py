"""Sealed packs: a few files in one, encrypted in the age format, with the day they expire.

A pack is a zip (`container`) that is sealed (`sealing`); what goes into it is for others to say.
"""

from __future__ import annotations

from routeplan.packs.container import (
    LARGEST_BYTES,
    MANIFEST,
    Manifest,
    bundle,
    check_expiry,
    unbundle,
)
from routeplan.packs.sealing import (
    SHORTEST_PASSPHRASE,
    Identity,
    check_passphrase,
    make_identity,
    read_identities,
    read_recipients,
    seal,
    seal_with_passphrase,
    unseal,
    unseal_with_passphrase,
)

__all__ = [
    "LARGEST_BYTES",
    "MANIFEST",
    "SHORTEST_PASSPHRASE",
    "Identity",
    "Manifest",
    "bundle",
    "check_expiry",
    "check_passphrase",
    "make_identity",
    "read_identities",
    "read_recipients",
    "seal",
    "seal_with_passphrase",
    "unbundle",
    "unseal",
    "unseal_with_passphrase",
]
