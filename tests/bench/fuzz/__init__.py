"""A fuzzer of everything that routeplan reads."""
