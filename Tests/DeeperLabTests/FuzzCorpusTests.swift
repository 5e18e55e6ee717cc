import DeeperLab
import Foundation
import Inference
import Panoptic
import Testing

/// What the fuzzer begins with and what it has found (Tools/fuzz), read again: each is a model or is
/// refused with a reason.
@Suite struct FuzzCorpusTests {
  @Test func everyInputIsReadOrRefused() throws {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../../Tools/fuzz/corpus").standardized
    let files = try FileManager.default.contentsOfDirectory(
      at: folder, includingPropertiesForKeys: nil)
    #expect(files.count >= 12)
    var described = 0
    for file in files {
      let name = file.lastPathComponent
      do {
        let tensors = try SafeTensors(bytes: Data(contentsOf: file), file: name)
        for (tensor, entry) in tensors.entries {
          _ = try? tensors.values(tensor, shape: entry.shape)
        }
        if let json = tensors.metadata[ModelDescription.metadataKey] {
          let model = try ModelDescription(json: json, file: name)
          described += 1
          _ = try Decoding(name: model.decoding)
          _ = try GroupingParameters(
            keypointRadius: model.keypointRadius, values: model.grouping)
        }
        _ = try ModelFile(tensors: tensors)
        Issue.record("\(name) is no whole model")
      } catch let error as InferenceError {
        #expect(!error.description.isEmpty)
      } catch let error as ModelError {
        #expect(!error.description.isEmpty)
      } catch let error as PanopticError {
        #expect(!"\(error)".isEmpty)
      }
    }
    #expect(described >= 3)
  }
}
