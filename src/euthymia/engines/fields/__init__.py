"""Fields engine: head meshes, coils and quasi-static finite elements to the electric field in tissue."""
