"""The engine `routing`: OR-Tools vehicle routing over team-days."""
