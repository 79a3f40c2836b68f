"""Problem, plan and travel times, and how they refer to each other."""
