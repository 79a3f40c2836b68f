"""What the system says of an error with a file."""

from __future__ import annotations

import errno

from routeplan.language import gettext as _


def error_text(error: OSError) -> str:
    """Return what the system says of an error, in lower case."""
    said = (error.strerror or str(error)).lower()
    if getattr(error, "winerror", None):
        return said  # Windows tells more, in the language of its user
    known = {
        errno.ENOENT: _("no such file or directory"),
        errno.EACCES: _("permission denied"),
        errno.EPERM: _("operation not permitted"),
        errno.EISDIR: _("is a directory"),
        errno.ENOTDIR: _("not a directory"),
        errno.EEXIST: _("file exists"),
        errno.ENOSPC: _("no space left on device"),
        errno.EROFS: _("read-only file system"),
        errno.ENAMETOOLONG: _("file name too long"),
        errno.EIO: _("input/output error"),
    }
    return known.get(error.errno or 0, said)


def unwritable(error: OSError) -> str:
    """Return that a file cannot be written, and why."""
    return _("cannot be written: {why}", why=error_text(error))
