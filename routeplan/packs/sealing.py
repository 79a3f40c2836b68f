"""Encryption in the age format (age-encryption.org/v1), as the tool `age` does it.

A pack is sealed to public keys, or with a passphrase (scrypt). Without the key it cannot be read or
changed unnoticed; who sealed it is not known, as public keys are public.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import pyrage

from routeplan.errors import Fault, Faults, InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = [
    "SHORTEST_PASSPHRASE",
    "Identity",
    "check_passphrase",
    "make_identity",
    "read_identities",
    "read_recipients",
    "seal",
    "seal_with_passphrase",
    "unseal",
    "unseal_with_passphrase",
]

SHORTEST_PASSPHRASE = 12
"""In characters; whoever has the file can try as long as they like."""

FEWEST_FRESH_LETTERS = 5

# Orders in which people count, and rows of keyboards.
ORDERS = (
    *("0123456789", "abcdefghijklmnopqrstuvwxyz", "абвгдежзийклмнопрстуфхцчшщъыьэюя"),
    "аәбвгғдеёжзийкқлмнңоөпрстуұүфхһцчшщъыіьэюя",
    *("1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm", "йцукенгшщзхъ", "фывапролджэ"),
    "ячсмитьбю",
)

HEADER = b"age-encryption.org/v1\n"
ARMOUR = b"-----BEGIN AGE ENCRYPTED FILE-----"
PASSPHRASE_STANZA = HEADER + b"-> scrypt "

# Messages of pyrage where no key fits, or the passphrase is wrong.
NO_KEY, NOT_THIS_PASSPHRASE = "No matching keys found", "Decryption failed"


@dataclass(frozen=True, slots=True)
class Identity:
    """A key pair: the secret key, and the recipient, which is its public half."""

    secret: str
    recipient: str

    def __repr__(self) -> str:
        # A secret must not slip into a traceback.
        return f"<Identity of {self.recipient}>"


def make_identity() -> Identity:
    """Make a key pair at random."""
    made = pyrage.x25519.Identity.generate()
    return Identity(str(made), str(made.to_public()))


def read_identities(text: str, *, source: str) -> tuple[Identity, ...]:
    """Read secret keys, one a line, as `age-keygen` writes them; ``#`` begins a comment.

    Raises
    ------
    InputError
        With the numbers of lines that are no secret key, or where there is none at all.
    """
    faults = Faults()
    found = []
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip() and not line.lstrip().startswith("#"):
            try:
                key = pyrage.x25519.Identity.from_str(line.strip())
            except pyrage.IdentityError:
                faults.add(f"{source}:{number}", "is no secret key", "they begin AGE-SECRET-KEY-1")
            else:
                found.append(Identity(str(key), str(key.to_public())))
    if not found and not faults:
        faults.add(source, "holds no secret key", "make one with 'routeplan pack keygen'")
    faults.raise_any()
    return tuple(found)


def read_recipients(texts: Sequence[str]) -> tuple[str, ...]:
    """Check public keys.

    Raises
    ------
    InputError
        With each that is none; a secret key is not repeated in the message.
    """
    faults = Faults()
    for position, text in enumerate(texts, start=1):
        if text.upper().startswith("AGE-SECRET-KEY-"):
            hint = "give the public key that 'pack keygen' showed, and make a new pair"
            faults.add(f"recipient {position}", "is a secret key, and now seen by others", hint)
            continue
        try:
            pyrage.x25519.Recipient.from_str(text)
        except pyrage.RecipientError:
            hint = "they begin age1; is a letter missing?"
            faults.add(f"recipient {position}", f"{text[:80]!r} is no public key", hint)
    faults.raise_any()
    return tuple(texts)


def check_passphrase(passphrase: str) -> None:
    """Refuse a passphrase that is easily guessed.

    Raises
    ------
    InputError
        Where it is shorter than `SHORTEST_PASSPHRASE`, repeats a shorter one, or most of its
        letters follow from those before: the same again, counting, or along a row of keys.

    Examples
    --------
    >>> check_passphrase("four words or more")
    >>> check_passphrase("123456789012")
    Traceback (most recent call last):
    ...
    routeplan.errors.InputError: passphrase: ...
    """
    message = ""
    if len(passphrase) < SHORTEST_PASSPHRASE:
        message = f"has fewer than {SHORTEST_PASSPHRASE} letters, and would soon be guessed"
    elif _fresh_letters(passphrase) < FEWEST_FRESH_LETTERS:
        message = "repeats or counts, and would soon be guessed"
    if message:
        raise InputError([Fault("passphrase", message, "take four words or more")])


def _fresh_letters(passphrase: str) -> int:
    """Count distinct characters that do not follow from those before."""
    text = _letters_to_judge(passphrase)
    period = next((n for n in range(1, len(text)) if text[n:] == text[:-n]), len(text))
    if period < SHORTEST_PASSPHRASE and 2 * period <= len(text):
        return 0
    fresh, before = set(text[:1]), 0
    for last, letter in pairwise(text):
        step = _step(last, letter)
        if step is None or (step not in {-1, 0, 1} and step != before):
            fresh.add(letter)
        before = step or 0
    return len(fresh)


def _letters_to_judge(passphrase: str) -> str:
    """Return letters and digits in one case, unless most of a passphrase is punctuation."""
    folded = unicodedata.normalize("NFKC", passphrase).casefold()
    plain = [str(unicodedata.digit(letter, letter)) for letter in folded if letter.isalnum()]
    return "".join(plain if 2 * len(plain) >= len(folded) else folded)


def _step(last: str, letter: str) -> int | None:
    """Return how far a letter is from the last in an order that has both; None if none has."""
    steps = [
        (order.index(letter) - order.index(last) + 1) % len(order) - 1
        for order in ORDERS
        if last in order and letter in order
    ]
    return min(steps, key=abs, default=0 if last == letter else None)


def seal(data: bytes, recipients: Sequence[str]) -> bytes:
    """Seal data so that the secret key of any recipient opens it.

    Raises
    ------
    InputError
        As `read_recipients` does.
    """
    keys = [pyrage.x25519.Recipient.from_str(text) for text in read_recipients(recipients)]
    sealed: bytes = pyrage.encrypt(data, keys)
    return sealed


def seal_with_passphrase(data: bytes, passphrase: str) -> bytes:
    """Seal data with a passphrase; takes a second, and so does each guess.

    Raises
    ------
    InputError
        Where the passphrase is too short.
    """
    check_passphrase(passphrase)
    sealed: bytes = pyrage.passphrase.encrypt(data, passphrase)
    return sealed


def unseal(data: bytes, identities: Sequence[Identity], *, source: str) -> bytes:
    """Open data that was sealed to one of these keys.

    Raises
    ------
    InputError
        Where it is no such file, sealed otherwise, or cut or altered.
    """
    _check_age(data, source)
    if data.startswith(PASSPHRASE_STANZA):
        hint = "open it with --passphrase"
        raise InputError([Fault(source, "was sealed with a passphrase, not to a key", hint)])
    keys = [pyrage.x25519.Identity.from_str(each.secret) for each in identities]
    message = "was sealed to another key, or was altered"
    return _opened(lambda: pyrage.decrypt(data, keys), source, {NO_KEY: message})


def unseal_with_passphrase(data: bytes, passphrase: str, *, source: str) -> bytes:
    """Open data that was sealed with a passphrase.

    Raises
    ------
    InputError
        Where it is no such file, sealed otherwise, or cut or altered; or the passphrase is wrong.
    """
    _check_age(data, source)
    if data.startswith(HEADER) and not data.startswith(PASSPHRASE_STANZA):
        hint = "open it with --identity and the file of the secret key"
        raise InputError([Fault(source, "was sealed to a key, not with a passphrase", hint)])
    message = "wrong passphrase (or the first lines of the file were altered)"
    known = {NOT_THIS_PASSPHRASE: message, NO_KEY: message}
    return _opened(lambda: pyrage.passphrase.decrypt(data, passphrase), source, known)


def _check_age(data: bytes, source: str) -> None:
    if not data.startswith((HEADER, ARMOUR)):
        whole = HEADER.startswith(data[: len(HEADER)])
        message = "is cut off" if whole else "is no sealed pack: it does not begin as age files do"
        raise InputError([Fault(source, message, "get it anew from whoever made it")])


def _opened(decrypt: Callable[[], bytes], source: str, known: dict[str, str]) -> bytes:
    try:
        return decrypt()
    except pyrage.DecryptError as error:
        if message := known.get(str(error)):
            raise InputError([Fault(source, message)]) from None
        message = "is cut off or was altered, and nothing in it can be trusted"
        raise InputError([Fault(source, message, "get it anew from whoever made it")]) from None
