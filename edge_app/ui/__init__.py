"""The app: Kivy screens over the runtime and the history."""
