// The Inference module: what a network is made of, with no network in it.
//
//     Memory/     AlignedBuffer -> FeatureBuffer, FeatureView: NHWC maps with a zero halo;
//                 Upcoming: what is fetched while something else is computed
//     Threading/  ThreadPool: a layer's rows split over workers, without allocation;
//                 RowClaims: which of them does which rows
//     Weights/    safetensors files, batch norm folded into weights
//     Layers/     pointwise, depthwise, separable, inverted residual, stem: planned once
//                 for a size (`init`), run per frame (`run`)
//     Timing/     what a layer has to do (LayerCost), when it did it (LayerClock, LayerTimes)
//
// Three moments, three kinds of object: a WeightSource is read once; a layer is created from it
// (weights folded and packed for the kernels of a precision); a run only computes. Everything a
// run needs is allocated at creation.
//
// Layers work on rows of pixels. A row's input to a depthwise convolution is a list of row
// pointers, so it may come from a whole map or from a rolling window of rows that never leaves
// the L2 cache; that is how an inverted residual's expanded tensor stays out of memory.
