"""What people do with routeplan, as functions.

======================= ============================================================
module                  use case
======================= ============================================================
`~workflow.prepare`     read a scenario, plan its tours, write the files of a run
`~workflow.villages`    gather villages from a table, a map, a register and homes
`~workflow.roads`       load roads and travel times under the conditions of the days
`~workflow.legs`        explain legs and closed roads; learn speeds from reports
`~workflow.draw`        draw the map and the sheets of a plan
`~workflow.edits`       plan again around the edits of a workbook
`~workflow.outputs`     write folders of outputs; find and remove what is stored
======================= ============================================================

Nothing is loaded with this package: each command imports the module that it needs.
"""
