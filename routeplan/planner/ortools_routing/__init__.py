"""The engine `routing`: OR-Tools vehicle routing with team-days as vehicles.

Each shift is a vehicle, from the place where its team slept to the one where it will sleep; nights
are changed by the planner's own search, and are fixed in a routing task. Each village is split into
partial visits of some households each: optional nodes, whose penalty for being dropped is the value
of their households in seconds of driving. Vehicles of the same travel times and pace share their
matrices. The dimension ``time`` counts driving, setup, service and one rest before the first stop;
a node's cumulative value is when its service ends, in the windows of village and day. Days whose
windows differ follow one another on one clock. The dimension of driving keeps the drive limit.

What the model leaves out (a rest elsewhere than before the first stop, the least households of a
visit) is put right by the planner's own arithmetic: each result is timed, repaired and completed.
"""
