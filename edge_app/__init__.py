"""The phone's side of dermedge: the runtime contract, and the app built on it."""
