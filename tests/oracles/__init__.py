"""Plain-Python twins of compiled code, and brute force."""
