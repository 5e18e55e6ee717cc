import DeeperLab
import Foundation
import Inference
import Panoptic

/// What libFuzzer calls with each input: a model file's bytes, read as the program reads them, up to
/// the point where a network would be made of them.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzModel(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  // No autorelease pools on Linux: what is made here goes when this returns.
  readModel(Data(bytes: bytes, count: count))
  return 0
}

func readModel(_ bytes: Data) {
  guard let tensors = try? SafeTensors(bytes: bytes, file: "model") else { return }
  for (name, entry) in tensors.entries {
    let values = try? tensors.values(name, shape: entry.shape)
    precondition(values == nil || values!.count == entry.elementCount)
    precondition((try? tensors.values(name, shape: entry.shape + [2])) == nil)
  }
  // The description alone is read too where the tensors do not fit it, as they never do here.
  guard let json = tensors.metadata[ModelDescription.metadataKey],
    let model = try? ModelDescription(json: json, file: "model")
  else { return }
  _ = try? ModelFile(tensors: tensors)
  _ = try? Decoding(name: model.decoding)
  _ = try? GroupingParameters(keypointRadius: model.keypointRadius, values: model.grouping)
}
