"""The gate: may the exported file replace the float model, class by class?"""
