"""Training of dlvideo's whole-image parsing networks: data, losses, loop, scores, export."""
