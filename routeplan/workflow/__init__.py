"""What people do with routeplan, from a scenario to handouts and back."""
