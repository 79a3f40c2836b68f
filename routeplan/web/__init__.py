"""The organizer's office: what the command line does, as pages on this machine's loopback address.

module           what it does
================ ===============================================================================
`~web.server`    listens on 127.0.0.1, ends when unused; one office for each folder
`~web.guard`     refuses every request that does not come from the organizer's own browser
`~web.pages`     the application of all screens
`~web.screens`   the pages and what their forms do
`~web.views`     what the pages show, as plain values
`~web.stored`    what they show of files: handouts, storage, what is wiped
`~web.office`    the campaign's folder: its scenario, plan, ledger and handouts
`~web.folders`   where its plans are
`~web.records`   the campaign's ledger, with the passphrase of a sealed one
`~web.sheets`    the tally sheets of all plans: which is which visit, and which are missing
`~web.changes`   what was changed of a plan by hand, and the plans of before
`~web.board`     what the board of the plan shows
`~web.jobs`      long work in a child process, with its progress
`~web.worker`    that child process
`~web.tasks`     what it does
`~web.shortcut`  a file that opens the office by a double click
================ ===============================================================================
=======
==================== ===========================================================================
module               what it does
==================== ===========================================================================
`~web.server`        listens on 127.0.0.1, ends when unused; one office for each folder
`~web.guard`         refuses every request that does not come from the organizer's own browser
`~web.pages`         the application of all screens
`~web.screens`       the pages and what their forms do
`~web.views`         what the pages show, as plain values
`~web.stored`        what they show of files: handouts, storage, what is wiped
`~web.district_map`  the sketch of the district, with candidates that can be chosen
`~web.scenario_form` the form of teams, days and nights, and back to the scenario's text
`~web.office`        the campaign's folder: its scenario, plan, ledger and handouts
`~web.folders`       where its plans are
`~web.table_files`   its table of villages, taken from an upload or changed by a choice
`~web.jobs`          long work in a child process, with its progress
`~web.worker`        that child process
`~web.tasks`         what it does
`~web.shortcut`      a file that opens the office by a double click
==================== ===========================================================================

Nothing is loaded with this package.
"""
