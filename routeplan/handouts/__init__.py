"""What people take away from a plan: maps, sheets of paper, files for phones, a workbook, layers.

`build_view` works out what is shown of a plan as plain values, in one language; all other modules
write these values as files.
"""

from __future__ import annotations

import lazy_loader

# Each name is loaded when it is first used: libraries that draw pages and sheets load slowly.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
