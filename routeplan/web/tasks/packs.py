"""Seal what each crew needs on each day of the plan."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from routeplan.files import check_writable, write_whole
from routeplan.handouts import codes_to_json
from routeplan.language import gettext as _
from routeplan.packs.recipients import recipients_to_json
from routeplan.web.folders import CODES, HANDOUTS, PACKS, RECIPIENTS
from routeplan.workflow.draw import trace_map_data
from routeplan.workflow.outputs import check_replaceable, remove_files, write_folder
from routeplan.workflow.packs import Seal, Terms, draw_codes, read_codes, seal_packs

if TYPE_CHECKING:
    from pathlib import Path

    from routeplan.web.tasks import Work


def run(work: Work) -> None:
    """Write the packs beside the other handouts, all or none.

    Values: ``keys`` and ``passphrases`` by crew, ``expires`` (a date, or nothing), ``codes``
    (whether places are called by codes) and ``keep`` (whether the keys of crews are kept).
    """
    folder, problem, plan, prepared = work.current()
    codes_file, keys_file = work.folder / CODES, work.folder / RECIPIENTS
    known = read_codes(codes_file) if work.values["codes"] else ()
    check_writable(codes_file, keys_file)
    check_replaceable([codes_file, keys_file])
    work.on_step(_("tracing the way"))
    read = problem, plan, trace_map_data(prepared, plan)
    expires = work.values["expires"]
    terms = Terms(
        current_day=dt.datetime.now().astimezone().date(),
        expires=dt.date.fromisoformat(expires) if expires else None,
        codes=draw_codes(known, problem) if work.values["codes"] else (),
        place=_("last day"),
    )
    keys, passphrases = work.values["keys"], work.values["passphrases"]
    seals = {team: Seal(recipients=(key,)) for team, key in keys.items()}
    seals |= {team: Seal(passphrase=words) for team, words in passphrases.items()}
    sealed = seal_packs(read, seals, terms, on_step=work.on_step)
    kept: dict[Path, str | bytes] = {}
    if terms.codes:
        kept[codes_file] = codes_to_json(terms.codes)
    keeps_keys = bool(keys) and work.values["keep"]
    if keeps_keys:
        kept[keys_file] = recipients_to_json(keys)
    # A code without a pack does no harm; a pack whose codes nobody knows would.
    write_whole(kept)
    work.on_step(_("writing files"))
    write_folder(folder / HANDOUTS / PACKS, sealed)
    if not keeps_keys:
        remove_files([keys_file], within=work.folder)
