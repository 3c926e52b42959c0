"""The case history: one encrypted SQLite file a user, on this device and nowhere else."""
