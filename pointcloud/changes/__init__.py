"""Changes between two epochs of points: laid over each other on what stayed, compared by cells and by buildings."""
