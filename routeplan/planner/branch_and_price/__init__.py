"""Branch and price over day routes: how good a plan is, and the routes of a better one.

Formulation
-----------
Sets: villages ``V``; team classes ``K`` of ``n_k`` identical teams (`TeamClass`) and their working
days ``D_k``; night nodes at which a day may begin: a place, and nights away in a row where they are
limited (`NightNode`); day routes ``R`` (`DayRoute`), each from a place, by visits that reach
``h_ri`` households of village ``i``, to a place, within the windows, drive limit and rest of a day.
A column (`Column`) is a route ``r`` of class ``k`` along a day arc ``a`` (`DayArc`) between nodes.

Data: weight ``w_i`` and unsigned households ``H_i`` of village ``i``; bonuses ``b_kr`` of the
announced visits that route ``r`` makes for class ``k``; its driving ``l_r`` and the cost ``c`` of a
second of driving; floors ``F_g`` of districts ``g``; beds ``B_pt`` of place ``p`` for the night
after day ``t``; ``u_ri`` = 1 where route ``r`` makes a visit to ``i`` that counts:
one of at least the fewest households of a visit, so that a remainder does not.

Variables: ``x_kar`` >= 0, the teams of class ``k`` that drive route ``r`` along arc ``a``.

Master problem::

    maximise    sum_kar (sum_i w_i h_ri + b_kr - c l_r) x_kar                     dual

    subject to  sum_kar h_ri x_kar                    <= H_i    i in V            pi_i >= 0
                sum_ar x_kar, first day                = n_k    k in K            mu_k
                inflow - outflow of a night node       = 0      k, day, node      sigma_kdv
                teams that take a bed                 <= B_pt   p, t              beta_pt >= 0
                low_i <= sum_kar u_ri x_kar           <= high_i branched villages rho_i
                                             (low_i = 1 where i is required)
                sum_kar x_kar, r covered by cut c     <= 1      cuts c            gamma_c >= 0
                sum_kar sum_(i in g) h_ri x_kar       >= F_g    districts g       phi_g >= 0

Only generated columns are in it: the restricted master problem (`RestrictedMaster`; Barnhart et al.
1998, Operations Research 46). Artificial variables keep the rows of visits and of districts
feasible, at a penalty of all households together. Teams with announced visits are classes of their
own.

Pricing problem
    For a shift class (days of the same vehicle, pace, hours and windows; `PricingProblem`): the
    route of the largest reduced cost, ::

        sum_i (w_i - pi_i + phi_g(i)) h_ri + b_kr - c l_r
            - sum_i rho_i u_ri - sum of gamma_c of the cuts that cover r
            + sigma of s(a) (on the first day - mu_k) - sigma of e(a) - beta of the beds taken.

    It is an elementary shortest path problem with resources, solved by labelling with dominance on
    the ng-route relaxation (Baldacci, Mingozzi and Roberti 2011, Operations Research 59), which is
    tightened where cycles come up (Bulhões, Sadykov and Uchoa 2018, Computers & Operations Research
    92). A label keeps its prize as a function of time, so that it stands for all ways to share out
    households along the route. One run prices all starts and ends of a day. Completion bounds, by
    labels of the reversed network, drop labels that cannot reach the best value known. The drive
    limit is left out until a route breaks it. The rest is taken before, after or inside a visit;
    further households before it are those that let it begin in time.
Cuts
    Subset-row cuts of one and three villages on the routes that reach more than half of a village
    (Jepsen et al. 2008, Operations Research 56; `separate_cuts`).
Branching
    On how often a village is visited, whoever comes and on whichever day, best-first
    (`BranchAndBoundTree`).
Upper bound
    Lagrangian: after exact pricing at any dual values no plan of a node reaches more than ::

        pi H - phi F + beta B + gamma 1 + bounds of rho
            + sum_kd n_k max_r (value of r in pricing of k, d),

    rounded outward (`lagrangian_bound`). The highest bound of the open nodes holds for the problem.
    Before any pricing, and for problems too large for it, the time that teams have bounds what they
    can reach (`capacity_bound`).

`BranchAndPrice.solve` is the loop. `search` runs it beside simulated annealing, whose routes become
columns, and the restricted master heuristic, which chooses a plan among the columns by CP-SAT.
"""
