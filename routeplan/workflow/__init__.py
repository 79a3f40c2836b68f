"""What people do with routeplan, as functions.

======================= ========================================================================
module                  use case
======================= ========================================================================
`~workflow.prepare`     read a scenario and plan its tours
`~workflow.variants`    put a prepared scenario on the roads of another season
`~workflow.inputs`      gather villages; load roads and travel times of the days
`~workflow.arrays`      pack roads and travel times as the cache keeps them
`~workflow.legs`        trace and explain legs; find closed roads; learn speeds from reports
`~workflow.run`         write the problem, plan and map of a scenario into a folder
`~workflow.week`        the next week of a campaign, with what is unsigned and was learned
`~workflow.draw`        draw the map and the sheets of a plan
`~workflow.edits`       check the edits of a workbook; plan again around them as pins
`~workflow.board`       check the edits of the board of a plan, made as pins
`~workflow.trials`      put a visit into the days of a plan: where it fits, what it breaks
`~workflow.what_if`     variants of a problem that has a plan, side by side
`~workflow.later`       what is left of a plan that has begun, as a problem
`~workflow.replan`      plan again from a day on, at a price of changes
`~workflow.changed`     the same on the roads of now, written into a folder
`~workflow.journal`     the ledger, as the results of one plan are recorded in it
`~workflow.words`       what reviews say, in words and figures
`~workflow.difference`  what differs between two plans, and why
`~workflow.evening`     review a day: planned and reached, what was missed, what tomorrow brings
`~workflow.remaining`   what is left of a plan after a day: the problem, and tours that still fit
`~workflow.outputs`     write folders of outputs; find and remove what is stored
======================= ========================================================================

Nothing is loaded with this package: each command imports the module that it needs.
"""
