// The DeeperLab module: the network of arXiv 1902.05093 and the files that hold its weights.
//
//     Model/    ModelDescription (what a file says of itself), ModelFile (file -> description and
//               tensors), ModelCatalog (names and places of files)
//     Network/  Encoder -> ContextDecoder (ASPP, decoder) -> Heads, planned by DeeperLabNetwork
//               for one input size; NetworkActivations is what passes between them for a frame;
//               NetworkLayers names the layers and counts their operations and bytes
//
// The three parts are stages of a pipeline: each has scratch memory of its own, so they may work
// on three different frames at the same time. Their tensors are those of the paper; where the
// reference shuffles pixels (space-to-depth, depth-to-space) or concatenates, the weights'
// rows and columns are put in an order, once, that lets each layer write straight to its place.
