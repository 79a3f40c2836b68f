"""Ruin and recreate with simulated annealing over whole plans."""
