"""``python -m routeplan``."""

from routeplan.cli import main

if __name__ == "__main__":
    try:
        main()
    finally:
        # Ctrl-C within a string that is executed, as loading named tuples and compiled code does,
        # makes Python end by that signal though it was caught; the next such string undoes it.
        exec("")  # noqa: S102
