"""For analysts: compare plans, trace what more teams or days bring, sweep variants, plan countries.

`routeplan.analysis.frames` gives tables and layers of plans, and `routeplan.analysis.plots` draws
figures.
"""

from __future__ import annotations

import lazy_loader

# Each name is loaded when it is first used: processes that plan need no library of tables or maps.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
