/// The networks.
enum DeeperLabModule {}
