"""The parts that the fictional district is made of."""
