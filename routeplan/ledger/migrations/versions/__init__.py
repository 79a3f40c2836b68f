"""One module a version; later ones are added, and none is changed."""
