"""What a model's training minimises: pure functions of arrays."""
