"""``python -P -m routeplan``, the same as the command ``routeplan``.

Without ``-P``, Python itself looks for some of its own modules in the current folder before it
comes to this package, which looks for none there.
"""

from routeplan.cli import main

if __name__ == "__main__":
    try:
        main()
    finally:
        # Ctrl-C within a string that is executed, as loading named tuples and compiled code does,
        # makes Python end by that signal though it was caught; the next such string undoes it.
        exec("")  # noqa: S102  # as commented above
