"""The native library's inner loops in CPU time, against another checkout of the project."""
