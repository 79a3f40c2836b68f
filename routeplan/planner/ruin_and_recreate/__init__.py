"""Ruin and recreate with simulated annealing over whole plans.

An iteration ruins some shifts of a solution and recreates them (Schrimpf et al. 2000): it removes
strings of stops in shifts near to each other (Christiaens and Vanden Berghe 2020), the villages
around one, or all visits of consecutive shifts, chooses some overnight places anew, and inserts
villages greedily by households over the time that they take, with random factors in the place of
blinks. Where days have many stops, villages are also forced in and the shift is trimmed, tails are
swapped (2-opt*), and 2-opt and or-opt shorten the drives. The result is accepted by simulated
annealing (Kirkpatrick, Gelatt and Vecchi 1983). The iterations are the native library's.
"""

from routeplan.planner.ruin_and_recreate.annealing import Annealer, construct

__all__ = ["Annealer", "construct"]
