/// Drawing onto frames.
enum OverlayModule {}
