"""Static checks of an exported file: what a runtime will make of it, before any phone has seen it."""
