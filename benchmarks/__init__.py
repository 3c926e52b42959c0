"""How fast, how large and how equal model bundles are: the file that ships, opened as the app opens it."""
