"""Branch and price over day routes."""
