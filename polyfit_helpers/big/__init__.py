"""What notebook 09 needs for sizes and speeds: chunks of points, several processes, fused steps, seconds of a step."""
