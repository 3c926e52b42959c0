"""What a training step computes; every objective returns a StepOutput."""
