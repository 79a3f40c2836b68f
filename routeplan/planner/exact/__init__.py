"""Small problems solved exactly by OR-Tools CP-SAT."""
