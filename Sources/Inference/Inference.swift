/// Tensors, layers, the thread pool and weight files.
enum InferenceModule {}
