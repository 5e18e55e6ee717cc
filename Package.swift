// swift-tools-version: 6.1
import PackageDescription

// Arrows point one way: dlvideo -> Overlay -> Media; DeeperLab -> Inference, Panoptic -> CKernels.
let package = Package(
  name: "dlvideo",
  products: [.executable(name: "dlvideo", targets: ["dlvideo"])],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0")
  ],
  targets: [
    .systemLibrary(
      name: "CFFmpeg",
      pkgConfig: "libavformat",
      providers: [.apt(["libavformat-dev", "libavcodec-dev", "libavdevice-dev", "libswscale-dev"])]
    ),
    .target(name: "COpenBLAS"),
    .target(name: "CKernels"),
    .target(name: "Media", dependencies: ["CFFmpeg"]),
    .target(name: "Inference", dependencies: ["CKernels", "COpenBLAS"]),
    .target(name: "Panoptic", dependencies: ["CKernels"]),
    .target(
      name: "DeeperLab",
      dependencies: ["Inference", "Panoptic"],
      resources: [.copy("Resources/models")]
    ),
    .target(name: "Pipeline"),
    .target(name: "Overlay", dependencies: ["Media", "Panoptic", "CKernels"]),
    .executableTarget(
      name: "dlvideo",
      dependencies: [
        "Media", "Inference", "DeeperLab", "Panoptic", "Pipeline", "Overlay",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]
    ),
    // Times the network alone; Tools/bench runs it beside other engines.
    .executableTarget(name: "NetworkBenchmark", dependencies: ["DeeperLab"]),
    .executableTarget(
      name: "PanopticBench",
      dependencies: ["Panoptic", "CKernels", "CAllocationCounter", "SeededRandom"]),
    .testTarget(name: "MediaTests", dependencies: ["Media", "StreamServers", "SeededRandom"]),
    .testTarget(name: "InferenceTests", dependencies: ["Inference", "CKernels", "SeededRandom"]),
    .testTarget(
      name: "PanopticTests",
      dependencies: [
        "Panoptic", "PanopticBench", "CKernels", "CAllocationCounter", "SeededRandom",
      ],
      resources: [.copy("Fixtures")]),
    .testTarget(
      name: "DeeperLabTests",
      dependencies: ["DeeperLab", "NetworkBenchmark", "CKernels", "CAllocationCounter"],
      resources: [.copy("Fixtures")]),
    // Stands in for malloc in the test program, to show that a running pipeline allocates nothing.
    .target(name: "CAllocationCounter", path: "Tests/CAllocationCounter"),
    .testTarget(
      name: "PipelineTests", dependencies: ["Pipeline", "CAllocationCounter", "SeededRandom"]),
    .testTarget(
      name: "OverlayTests",
      dependencies: [
        "Overlay", "Media", "Panoptic", "CKernels", "CAllocationCounter", "SeededRandom",
      ]),
    .testTarget(
      name: "CommandTests",
      dependencies: ["dlvideo", "Media", "Panoptic", "StreamServers", "SeededRandom"],
      resources: [.copy("Golden")]),
    .target(name: "SeededRandom", path: "Tests/SeededRandom"),
    // Network sources that stall, break off and come back as a test tells them.
    .target(name: "StreamServers", path: "Tests/StreamServers"),
  ],
  swiftLanguageModes: [.v6]
)

// libFuzzer brings its own main and needs its sanitizer: only Tools/fuzz/run builds this.
if Context.environment["DLVIDEO_FUZZ"] != nil {
  package.targets.append(
    .executableTarget(
      name: "ModelFuzzer", dependencies: ["DeeperLab", "Inference", "Panoptic"],
      path: "Tools/fuzz/ModelFuzzer", swiftSettings: [.unsafeFlags(["-parse-as-library"])]))
}
