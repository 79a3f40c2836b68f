"""Parts of a plan that are held fixed."""
