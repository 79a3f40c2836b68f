"""Sealed packs: what is sealed opens with the key and no other, and not when it was touched."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import json
import shutil
import subprocess
import zipfile
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routeplan import packs
from routeplan.errors import InputError
from routeplan.packs import Manifest, bundle, check_expiry, unbundle

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

needs_age = pytest.mark.skipif(shutil.which("age") is None, reason="the tool age is not installed")

MANIFEST = Manifest(
    "Экипаж 1", dt.date(2027, 5, 5), dt.datetime(2027, 5, 1, 9, tzinfo=dt.UTC), dt.date(2027, 5, 6)
)
FILES = {"day.json": b"{}", "map.html": b"<p>" + b"map " * 500, "track.gpx": b""}
WHOLE = bundle(MANIFEST, FILES)
KEY, OTHER = packs.make_identity(), packs.make_identity()
SEALED = packs.seal(WHOLE, [KEY.recipient])
WORDS = "four words are enough"

NAMES = st.from_regex(r"[a-z0-9][a-z0-9_-]{0,20}\.(pdf|gpx|kml|html|json)", fullmatch=True)


@pytest.fixture(scope="module")
def locked() -> bytes:
    return packs.seal_with_passphrase(WHOLE, WORDS)


def refusal(open_it: Callable[[], object]) -> str:
    """Return why something is refused."""
    with pytest.raises(InputError) as caught:
        open_it()
    return str(caught.value)


# ---- What is in it ----


@given(st.dictionaries(NAMES.filter(lambda name: name != packs.MANIFEST), st.binary(max_size=99)))
def test_what_is_packed_comes_out_again_and_the_same_files_give_the_same_bytes(
    files: dict[str, bytes],
) -> None:
    whole = bundle(MANIFEST, files)
    assert whole == bundle(MANIFEST, dict(reversed(files.items())))
    manifest, found = unbundle(whole, source="x")
    assert manifest == MANIFEST
    del found[packs.MANIFEST]
    assert found == files


def test_any_zip_program_reads_what_is_in_a_pack_and_the_manifest_is_first() -> None:
    with zipfile.ZipFile(io.BytesIO(WHOLE)) as archive:
        assert archive.namelist() == [packs.MANIFEST, *sorted(FILES)]
        reported = json.loads(archive.read(packs.MANIFEST))
        assert (reported["format"], reported["version"]) == ("routeplan-pack", 1)
        assert (reported["crew"], reported["date"]) == ("Экипаж 1", "2027-05-05")
        assert reported["files"][1] == {
            "name": "map.html",
            "bytes": len(FILES["map.html"]),
            "sha256": hashlib.sha256(FILES["map.html"]).hexdigest(),
        }


@pytest.mark.parametrize("name", ["../map.html", "a/map.html", "MAP.HTML", "run.exe", "map", ""])
def test_a_file_that_a_reader_would_refuse_is_not_packed(name: str) -> None:
    with pytest.raises(ValueError, match="cannot be packed"):
        bundle(MANIFEST, {name: b""})


def zipped(entries: list[tuple[str, bytes]], **manifest: Any) -> bytes:
    """Return a zip of these files after a manifest of which some fields are told otherwise."""
    reported = {
        "format": "routeplan-pack",
        "version": 1,
        "crew": "A",
        "date": "2027-05-05",
        "made": "2027-05-01T09:00:00+00:00",
        "expires": "2027-05-06",
        "files": [
            {"name": name, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
            for name, data in entries
        ],
    }
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(packs.MANIFEST, json.dumps({**reported, **manifest}))
        for name, data in entries:
            archive.writestr(name, data)
    return whole.getvalue()


def test_a_pack_has_no_time_of_its_making_unless_it_is_given() -> None:
    date = dt.date(2027, 5, 5)
    whole = bundle(Manifest("A", date, None, date), {"map.html": b"x"})
    manifest, files = unbundle(whole, source="x")
    assert (manifest.made, "made" in json.loads(files[packs.MANIFEST])) == (None, False)
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_a_pack_made_by_hand_is_read() -> None:
    manifest, files = unbundle(zipped([("map.html", b"x")]), source="x")
    assert (manifest.crew, files["map.html"]) == ("A", b"x")


@pytest.mark.parametrize(
    ("entries", "manifest", "expected"),
    [
        ([("../map.html", b"")], {}, "a name that no pack has: '../map.html'"),
        ([("/etc/map.html", b"")], {}, "a name that no pack has: '/etc/map.html'"),
        ([("..\\map.html", b"")], {}, "a name that no pack has"),
        ([("run.exe", b"")], {}, "a name that no pack has: 'run.exe'"),
        ([(f"f{n}.json", b"") for n in range(100)], {}, "holds 101 files, more than 100"),
        ([("a.html", bytes(packs.LARGEST_BYTES))], {}, "holds more than 67,108,864 bytes"),
        ([], {"version": 2}, "2 is not known; known is only version 1"),
        ([], {"format": "routeplan-plan"}, "expected 'routeplan-pack'"),
        ([], {"expires": "soon"}, "expires: 'soon' is no date"),
        ([], {"date": 7}, "date: expected a text, got the number 7"),
        ([], {"crews": "B"}, "crews: is not a known field; did you mean 'crew'?"),
        ([("a.html", b"1")], {"files": []}, "'a.html' is not as it was packed"),
        (
            [],
            {"files": [{"name": "a.html", "bytes": 0, "sha256": ""}]},
            "'a.html' is not as it was packed",
        ),
    ],
)
def test_a_pack_that_is_not_as_routeplan_makes_it_is_refused(
    entries: list[tuple[str, bytes]], manifest: dict[str, Any], expected: str
) -> None:
    message = refusal(lambda: unbundle(zipped(entries, **manifest), source="x.age"))
    assert message.startswith("x.age")
    assert expected in message


def test_a_file_that_is_twice_in_a_pack_is_refused() -> None:
    with pytest.warns(UserWarning, match="Duplicate name"):
        data = zipped([("map.html", b"1"), ("map.html", b"2")])
    assert "holds 'map.html' more than once" in refusal(lambda: unbundle(data, source="x"))


def test_a_zip_without_a_manifest_is_refused() -> None:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        archive.writestr("map.html", b"")
    assert "holds no manifest.json" in refusal(lambda: unbundle(whole.getvalue(), source="x"))


@given(st.binary(max_size=200) | st.integers(0, len(WHOLE) - 1).map(lambda n: WHOLE[:n]))
def test_what_is_no_pack_is_refused_and_breaks_nothing(data: bytes) -> None:
    refusal(lambda: unbundle(data, source="x"))


@given(st.integers(0, len(WHOLE) - 1), st.integers(1, 255))
def test_no_file_comes_changed_out_of_a_pack(position: int, flip: int) -> None:
    data = bytearray(WHOLE)
    data[position] ^= flip
    try:
        manifest, files = unbundle(bytes(data), source="x")
    except InputError:
        return
    del files[packs.MANIFEST]
    assert (manifest, files) == (MANIFEST, FILES)  # the byte meant nothing


def test_a_pack_opens_on_its_last_day_and_not_after_it() -> None:
    check_expiry(MANIFEST, dt.date(2027, 5, 6), source="x.age")
    message = refusal(lambda: check_expiry(MANIFEST, dt.date(2027, 5, 7), source="x.age"))
    assert "x.age: expired: its last day was 2027-05-06, and today is 2027-05-07" in message
    assert "the date is advice" in message
    assert "with another tool" in message


# ---- Sealed ----


@given(st.binary(max_size=300))
def test_what_is_sealed_to_keys_opens_with_each_of_them(data: bytes) -> None:
    sealed = packs.seal(data, [KEY.recipient, OTHER.recipient])
    for identity in (KEY, OTHER):
        assert packs.unseal(sealed, [identity], source="x") == data


def test_another_key_does_not_open_it_and_the_message_says_so() -> None:
    message = refusal(lambda: packs.unseal(SEALED, [OTHER], source="x.age"))
    assert message == "x.age: was sealed to another key, or was altered"


def test_a_passphrase_opens_what_it_sealed(locked: bytes) -> None:
    assert packs.unseal_with_passphrase(locked, WORDS, source="x") == WHOLE


def test_a_wrong_passphrase_says_so(locked: bytes) -> None:
    message = refusal(lambda: packs.unseal_with_passphrase(locked, "four wrong words", source="x"))
    assert message.startswith("x: wrong passphrase")


GUESSED = (
    *("aaaaaaaaaaaa", "123456789012", "012345678901", "210987654321", "abcdefghijkl"),
    *("lkjihgfedcba", "abababababab", "123123123123", "112233445566", "135791357913"),
    *("qwertyuiopas", "йцукенгшщзхъ", "абвгдеёжзийк", "аәбвгғдеёжзийк", "passwordpassword"),
    *(" " * 12, "a a a a a a a a", "1-2-3-4-5-6-7-8", "AaAaAaAaAaAa", "١٢٣٤٥٦٧٨٩٠١٢", "!" * 20),
)


@pytest.mark.parametrize("passphrase", GUESSED)
def test_a_passphrase_that_repeats_or_counts_is_refused(passphrase: str) -> None:
    assert len(passphrase) >= packs.SHORTEST_PASSPHRASE
    message = refusal(lambda: packs.check_passphrase(passphrase))
    assert message.startswith("passphrase: repeats or counts, and would soon be guessed; ")


@pytest.mark.parametrize(
    "passphrase",
    [
        *("four words or more", "correct horse battery staple", "Қызыл ат далада жүр"),
        *("тихая степь пыль дом", "k9#Zq!47vbLx", "opposite property", "%$^&*(~|<>?/:;"),
    ],
)
def test_words_and_signs_without_order_are_a_passphrase(passphrase: str) -> None:
    packs.check_passphrase(passphrase)


@given(st.text("aж7١", min_size=1, max_size=5), st.integers(12, 40))
def test_however_a_few_letters_are_repeated_they_are_refused(word: str, length: int) -> None:
    refusal(lambda: packs.check_passphrase((word * length)[:length]))


def test_a_passphrase_that_is_soon_guessed_seals_nothing() -> None:
    message = refusal(lambda: packs.seal_with_passphrase(WHOLE, "elevenchars"))
    assert "fewer than 12 letters" in message
    assert "elevenchars" not in message


def test_the_wrong_kind_of_key_is_distinguished_from_a_wrong_key(locked: bytes) -> None:
    message = refusal(lambda: packs.unseal(locked, [KEY], source="x"))
    assert "was sealed with a passphrase, not to a key; open it with --passphrase" in message
    message = refusal(lambda: packs.unseal_with_passphrase(SEALED, WORDS, source="x"))
    assert "was sealed to a key, not with a passphrase; open it with --identity" in message


@settings(max_examples=300)
@given(st.integers(0, len(SEALED) - 1), st.integers(0, 7))
def test_a_sealed_file_with_one_bit_altered_is_refused(position: int, bit: int) -> None:
    data = bytearray(SEALED)
    data[position] ^= 1 << bit
    refusal(lambda: packs.unseal(bytes(data), [KEY], source="x"))


@settings(max_examples=300)
@given(st.integers(0, len(SEALED) - 1))
def test_a_sealed_file_that_is_cut_off_is_refused(length: int) -> None:
    refusal(lambda: packs.unseal(SEALED[:length], [KEY], source="x"))


@given(st.binary(min_size=1, max_size=50))
def test_a_sealed_file_with_something_behind_it_is_refused(more: bytes) -> None:
    refusal(lambda: packs.unseal(SEALED + more, [KEY], source="x"))


def test_a_file_sealed_with_a_passphrase_is_refused_when_cut_or_altered(locked: bytes) -> None:
    for data in (locked[:-1] + bytes([locked[-1] ^ 1]), locked[: len(locked) // 2]):
        message = refusal(partial(packs.unseal_with_passphrase, data, WORDS, source="x"))
        assert "is cut off or was altered" in message


@given(st.binary(max_size=100))
def test_what_is_no_age_file_is_refused(data: bytes) -> None:
    refusal(lambda: packs.unseal(data, [KEY], source="x"))


# ---- Keys ----


def test_a_key_file_is_read_as_age_keygen_writes_it() -> None:
    text = f"# created: 2027-05-01\n# public key: {KEY.recipient}\n{KEY.secret}\n\n{OTHER.secret}\n"
    assert packs.read_identities(text, source="k.txt") == (KEY, OTHER)


def test_a_key_file_with_faults_names_the_lines_and_not_what_is_in_them() -> None:
    cut = KEY.secret[:-3]
    message = refusal(lambda: packs.read_identities(f"# x\n{cut}\n", source="k.txt"))
    assert message.startswith("k.txt:2: is no secret key")
    assert cut[16:] not in message
    assert "holds no secret key" in refusal(lambda: packs.read_identities("# x", source="k.txt"))


def test_every_recipient_that_is_none_is_named_but_a_secret_key_is_not_repeated() -> None:
    texts = [KEY.recipient, "age1abc", KEY.secret]
    message = refusal(lambda: packs.seal(WHOLE, texts))
    assert "recipient 2: 'age1abc' is no public key" in message
    assert "recipient 3: is a secret key" in message
    assert KEY.secret not in message


def test_a_key_pair_does_not_show_its_secret() -> None:
    assert KEY.secret not in repr(KEY)
    assert KEY.secret != OTHER.secret


# ---- The tool age ----


@needs_age
def test_the_tool_age_opens_what_is_sealed_and_what_it_seals_is_opened(tmp_path: Path) -> None:
    key = tmp_path / "key.txt"
    key.write_text(KEY.secret, encoding="ascii")
    opened = subprocess.run(  # noqa: S603
        ["age", "--decrypt", "-i", str(key)],  # noqa: S607
        input=SEALED,
        capture_output=True,
        check=True,
    )
    assert opened.stdout == WHOLE
    for armour in ([], ["--armor"]):
        sealed = subprocess.run(  # noqa: S603
            ["age", *armour, "-r", KEY.recipient],  # noqa: S607
            input=WHOLE,
            capture_output=True,
            check=True,
        )
        assert packs.unseal(sealed.stdout, [KEY], source="x") == WHOLE


@needs_age
def test_the_tool_age_knows_the_public_half_of_a_key() -> None:
    reported = subprocess.run(
        ["age-keygen", "-y"],  # noqa: S607
        input=KEY.secret.encode(),
        capture_output=True,
        check=True,
    )
    assert reported.stdout.decode().strip() == KEY.recipient
