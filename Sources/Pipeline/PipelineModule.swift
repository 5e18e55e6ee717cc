/// Ring buffers, stages, clocks, statistics.
enum PipelineModule {}
