"""Sealed packs: a few files in one zip, encrypted in the age format, with the day they expire.

A manifest names each file with its hash; the same files and manifest give the same zip. It is
sealed to public keys, or with a passphrase (scrypt), as the tool `age` does it
(age-encryption.org/v1): without the key it cannot be read or changed unnoticed; who sealed it is
not known, as public keys are public.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import re
import secrets
import unicodedata
import zipfile
import zlib
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, TypeVar

import pyrage
from mnemonic import Mnemonic

from routeplan.errors import Fault, Faults, InputError
from routeplan.formats.document import VERSION, file_error, format_json, parse_document
from routeplan.language import gettext as _

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from routeplan.formats.fields import Fields
    from routeplan.language import Language

D = TypeVar("D", bound=dt.date)

FORMAT = "routeplan-pack"
MANIFEST = "manifest.json"

LARGEST_BYTES = 64 * 2**20
"""Of a pack, and of all its files together."""

MOST_FILES = 100
# Plain names of a few kinds: no folders, no programs, nothing that a system reads otherwise.
NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,60}\.(pdf|gpx|kml|html|json)")

EARLIEST = (1980, 1, 1, 0, 0, 0)  # that a zip can hold

SHORTEST_PASSPHRASE = 12
"""In characters; whoever has the file can try as long as they like."""

WORDS = 5
"""Of a passphrase that is made here."""

FEWEST_FRESH_LETTERS = 5
# Orders in which people count, and rows of keyboards.
ORDERS = (
    *("0123456789", "abcdefghijklmnopqrstuvwxyz", "абвгдежзийклмнопрстуфхцчшщъыьэюя"),
    "аәбвгғдеёжзийкқлмнңоөпрстуұүфхһцчшщъыіьэюя",
    *("1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm", "йцукенгшщзхъ", "фывапролджэ"),
    "ячсмитьбю",
)

# Headers of files, and messages of pyrage where no key fits, or the passphrase is wrong.
HEADER = b"age-encryption.org/v1\n"
ARMOUR = b"-----BEGIN AGE ENCRYPTED FILE-----"
PASSPHRASE_STANZA = HEADER + b"-> scrypt "
NO_KEY, NOT_THIS_PASSPHRASE = "No matching keys found", "Decryption failed"


@dataclass(frozen=True, slots=True)
class Manifest:
    """The manifest of a pack.

    Parameters
    ----------
    crew, date
        Whose day it is for, and which.
    made
        When, with its time zone; None in new packs, which do not say when they were made.
    expires
        The last day on which this reader opens it, which is advice to whoever has the key.
    """

    crew: str
    date: dt.date
    made: dt.datetime | None
    expires: dt.date


def bundle(manifest: Manifest, files: Mapping[str, bytes]) -> bytes:
    """Put files, by name, and their manifest into one zip.

    Raises ValueError where a reader would refuse a name, or the size of all.
    """
    strange = [name for name in files if not NAME.fullmatch(name) or name == MANIFEST]
    if strange or sum(map(len, files.values())) > LARGEST_BYTES:
        raise ValueError(f"cannot be packed: {', '.join(strange) or 'too large'}")
    made = {"made": manifest.made.isoformat(timespec="seconds")} if manifest.made else {}
    text = format_json(
        {
            "format": FORMAT,
            "version": VERSION,
            "crew": manifest.crew,
            "date": manifest.date.isoformat(),
            **made,
            "expires": manifest.expires.isoformat(),
            "files": [
                {"name": name, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
                for name, data in sorted(files.items())
            ],
        }
    )
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        for name, data in [(MANIFEST, text.encode()), *sorted(files.items())]:
            entry = zipfile.ZipInfo(name, EARLIEST)
            entry.create_system = 3  # the same on every machine
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, data, compresslevel=9)
    return whole.getvalue()


def unbundle(data: bytes, *, source: str) -> tuple[Manifest, dict[str, bytes]]:
    """Return the manifest of a zip and its files by name, the manifest itself among them.

    Raises InputError where anything is not as `bundle` makes it: the version, a name, a size, a
    hash.
    """
    try:
        files = _files(data, source)
    except InputError:
        raise
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, RuntimeError):
        raise InputError([Fault(source, _("does not hold what a pack holds"))]) from None
    if MANIFEST not in files:
        raise InputError([Fault(source, _("holds no {name}", name=MANIFEST))])
    return _manifest(files, source), files


def check_expiry(manifest: Manifest, today: dt.date, *, source: str) -> None:
    """Raise InputError after the last day of a pack."""
    if today > manifest.expires:
        message = _(
            "expired: its last day was {date}, and today is {today}",
            date=manifest.expires,
            today=today,
        )
        hint = _(
            "ask for a new one, and delete this one: the date is advice that this reader follows; "
            "whoever has the key can still open it with another tool"
        )
        raise InputError([Fault(source, message, hint)])


def _files(data: bytes, source: str) -> dict[str, bytes]:
    """Read all entries, none beyond the limit, whatever sizes the zip states."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        entries = archive.infolist()
        faults = Faults()
        if len(entries) > MOST_FILES:
            count = len(entries)
            message = _("holds {n} files, more than {most}", n=count, most=MOST_FILES)
            faults.add(source, message)
        names = [entry.filename for entry in entries]
        for name in sorted(set(names)):
            if not NAME.fullmatch(name):
                strange = name[:80]
                message = _("holds a file with a name that no pack has: {name!r}", name=strange)
                faults.add(source, message)
            if names.count(name) > 1:
                faults.add(source, _("holds {name!r} more than once", name=name))
        faults.raise_any()
        files: dict[str, bytes] = {}
        left = LARGEST_BYTES
        for entry in entries:
            with archive.open(entry) as file:
                files[entry.filename] = file.read(left + 1)
            left -= len(files[entry.filename])
            if left < 0:
                message = _("holds more than {n:,} bytes", n=LARGEST_BYTES)
                raise InputError([Fault(source, message)])
    return files


def _manifest(files: Mapping[str, bytes], source: str) -> Manifest:
    """Read the manifest and compare it with the files."""
    faults = Faults()
    where = f"{source} {MANIFEST}"
    root = parse_document(files[MANIFEST], where, FORMAT, faults)
    listed = {}
    for fields in root.children("files"):
        listed[fields.text("name")] = fields.whole("bytes"), fields.text("sha256")
        fields.finish()
    found = {name: (len(data), hashlib.sha256(data).hexdigest()) for name, data in files.items()}
    del found[MANIFEST]
    for name in sorted(listed.keys() | found.keys()):
        if listed.get(name) != found.get(name):
            root.fault("files", _("{name!r} is not as it was packed", name=name))
    manifest = root.build(
        Manifest,
        crew=root.text("crew"),
        date=_date(root, "date"),
        made=_date(root, "made", dt.datetime) if root.has("made") else None,
        expires=_date(root, "expires"),
    )
    if manifest is None or faults:
        raise file_error(faults, where)
    return manifest


def _date(fields: Fields, name: str, kind: type[D] = dt.date) -> D:  # type: ignore[assignment]  # D's default
    """Read a date, or a date with a time, in the form of ISO 8601."""
    text = fields.text(name)
    try:
        return kind.fromisoformat(text)
    except ValueError:
        if fields.ok(name):
            message = _("{text!r} is no date", text=text[:40])
            if kind is dt.datetime:
                message = _("{text!r} is no date with a time", text=text[:40])
            fields.fault(name, message)
        return kind(1, 1, 1)


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
    key = pyrage.x25519.Identity.generate()
    return Identity(str(key), str(key.to_public()))


def read_identities(text: str, *, source: str) -> tuple[Identity, ...]:
    """Read secret keys, one a line, as `age-keygen` writes them; ``#`` begins a comment.

    Raises InputError with the numbers of lines that are no secret key, or where there is none at
    all.
    """
    faults = Faults()
    found = []
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip() and not line.lstrip().startswith("#"):
            try:
                key = pyrage.x25519.Identity.from_str(line.strip())
            except pyrage.IdentityError:
                hint = _("they begin AGE-SECRET-KEY-1")
                faults.add(f"{source}:{number}", _("is no secret key"), hint)
            else:
                found.append(Identity(str(key), str(key.to_public())))
    if not found and not faults:
        faults.add(source, _("holds no secret key"), _("make one with 'routeplan pack keygen'"))
    faults.raise_any()
    return tuple(found)


def read_recipients(texts: Sequence[str], *, names: Sequence[str] = ()) -> tuple[str, ...]:
    """Check public keys.

    Raises InputError with each that is none, by its name or else its position; a secret key is not
    repeated in the message.
    """
    faults = Faults()
    for position, text in enumerate(texts):
        where = names[position] if names else _("recipient {n}", n=position + 1)
        if text.upper().startswith("AGE-SECRET-KEY-"):
            hint = _("give the public key that 'pack keygen' showed, and make a new pair")
            faults.add(where, _("is a secret key, and now seen by others"), hint)
            continue
        try:
            pyrage.x25519.Recipient.from_str(text)
        except pyrage.RecipientError:
            hint = _("they begin age1; is a letter missing?")
            faults.add(where, _("{text!r} is no public key", text=text[:80]), hint)
    faults.raise_any()
    return tuple(texts)


def check_passphrase(passphrase: str) -> None:
    """Refuse a passphrase that is easily guessed.

    Raises InputError where it is shorter than `SHORTEST_PASSPHRASE`, repeats a shorter one, or most
    of its letters follow from those before: the same again, counting, or along a row of keys.

    Examples
    --------
    >>> check_passphrase("four words or more")
    >>> check_passphrase("123456789012")
    Traceback (most recent call last):
    ...
    routeplan.errors.InputError: passphrase: ...
    """
    if len(passphrase) < SHORTEST_PASSPHRASE:
        message = _("has fewer than {n} letters, and would soon be guessed", n=SHORTEST_PASSPHRASE)
    elif _fresh_letters(passphrase) < FEWEST_FRESH_LETTERS:
        message = _("repeats or counts, and would soon be guessed")
    else:
        return
    raise InputError([Fault(_("passphrase"), message, _("take four words or more"))])


def make_passphrase(language: Language) -> str:
    """Return a new passphrase of common words at random: 55 bits, as each is one of 2048.

    The words are those of BIP 39, which begin with four letters that no other has; in Kazakh they
    are the Russian ones, since the list has none.
    """
    known = Mnemonic("english" if language == "en" else "russian").wordlist
    # A mark of the packager's in the place of a letter cannot be typed.
    words = [word for each in known if (word := unicodedata.normalize("NFC", each)).isalpha()]
    return " ".join(secrets.choice(words) for _ in range(WORDS))


def _fresh_letters(passphrase: str) -> int:
    """Count distinct characters that do not follow from those before."""
    text = _plain_letters(passphrase)
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


def _plain_letters(passphrase: str) -> str:
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
    """Seal data so that the secret key of any of these recipients opens it."""
    keys = [pyrage.x25519.Recipient.from_str(text) for text in read_recipients(recipients)]
    return bytes(pyrage.encrypt(data, keys))


def seal_with_passphrase(data: bytes, passphrase: str) -> bytes:
    """Seal data with a passphrase; takes a second, and so does each guess."""
    check_passphrase(passphrase)
    return bytes(pyrage.passphrase.encrypt(data, passphrase))


def unseal(data: bytes, identities: Sequence[Identity], *, source: str) -> bytes:
    """Open data that was sealed to one of these keys.

    Raises InputError where it is no such file, sealed otherwise, or cut or altered.
    """
    _check_age(data, source)
    if data.startswith(PASSPHRASE_STANZA):
        hint = _("open it with --passphrase")
        raise InputError([Fault(source, _("was sealed with a passphrase, not to a key"), hint)])
    keys = [pyrage.x25519.Identity.from_str(each.secret) for each in identities]
    message = _("was sealed to another key, or was altered")
    return _opened(lambda: pyrage.decrypt(data, keys), source, {NO_KEY: message})


def unseal_with_passphrase(data: bytes, passphrase: str, *, source: str) -> bytes:
    """Open data that was sealed with a passphrase; raises as `unseal`, or where it is wrong."""
    _check_age(data, source)
    if data.startswith(HEADER) and not data.startswith(PASSPHRASE_STANZA):
        hint = _("open it with --identity and the file of the secret key")
        raise InputError([Fault(source, _("was sealed to a key, not with a passphrase"), hint)])
    message = _("wrong passphrase (or the first lines of the file were altered)")
    messages = {NOT_THIS_PASSPHRASE: message, NO_KEY: message}
    return _opened(lambda: pyrage.passphrase.decrypt(data, passphrase), source, messages)


def _check_age(data: bytes, source: str) -> None:
    if not data.startswith((HEADER, ARMOUR)):
        message = _("is no sealed pack: it does not begin as age files do")
        if HEADER.startswith(data[: len(HEADER)]):
            message = _("is cut off")
        raise InputError([Fault(source, message, _("get it anew from whoever made it"))])


def _opened(decrypt: Callable[[], bytes], source: str, messages: dict[str, str]) -> bytes:
    try:
        return decrypt()
    except pyrage.DecryptError as error:
        if message := messages.get(str(error)):
            raise InputError([Fault(source, message)]) from None
        message = _("is cut off or was altered, and nothing in it can be trusted")
        hint = _("get it anew from whoever made it")
        raise InputError([Fault(source, message, hint)]) from None
