"""The app's own widgets, a .py and a .kv each."""
