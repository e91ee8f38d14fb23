// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

/// A room of the house: a Swift target with the settings that all of them share.
func room(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: settings)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .testTarget(name: name + "Tests", dependencies: dependencies, swiftSettings: settings)
}

let package = Package(
  name: "gpu-train",
  products: [
    .executable(name: "gpu-train", targets: ["gpu-train"]),
    .library(name: "GPUTrain", targets: ["GPUTrain"]),
    .library(name: "Schedules", targets: ["Schedules"]),
  ],
  dependencies: [
    // Flags, subcommands and their help texts.
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    // args.yaml and --config.
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
  ],
  targets: [
    .systemLibrary(
      name: "COpenCL", pkgConfig: "OpenCL",
      providers: [.apt(["ocl-icd-opencl-dev", "libclblast-dev"])]),
    // Fashion-MNIST and MNIST are distributed as .gz.
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .target(name: "Kernels", path: "Kernels", sources: ["Kernels.c"]),
    room("OpenCL", ["COpenCL"]),
    room("Specs"),
    room("Schedules", ["Specs"]),
    room("Datasets", ["CZlib"]),
    room("Networks", ["OpenCL", "Kernels", "Specs"]),
    room("Optimizers", ["OpenCL", "Kernels", "Networks", "Specs"]),
    room("Reports", ["Specs"]),
    room(
      "Training",
      [
        "Networks", "Optimizers", "Datasets", "Schedules", "Reports", "Specs",
        .product(name: "Yams", package: "Yams"),
      ]),
    // The umbrella over the public rooms: one import for whoever uses the library.
    room(
      "GPUTrain",
      [
        "Datasets", "Networks", "OpenCL", "Optimizers", "Reports", "Schedules", "Specs", "Training",
      ]),
    .executableTarget(
      name: "gpu-train",
      dependencies: [
        "Datasets", "Networks", "OpenCL", "Optimizers", "Reports", "Schedules", "Specs", "Training",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: settings),
    // The README's example of the library, compiled with the rest so that it stays true.
    .executableTarget(name: "LeNet", dependencies: ["GPUTrain"], path: "Examples/LeNet"),
    // Optimised in debug builds too: every test of a kernel waits for these loops.
    .target(
      name: "Reference", path: "Tests/Reference",
      swiftSettings: settings + [.unsafeFlags(["-O"])]),
    // Scratch folders and terminals.
    .target(name: "Support", path: "Tests/Support", swiftSettings: settings),
    tests("Reference", ["Reference"]),
    tests("OpenCL", ["OpenCL", "Kernels"]),
    tests("Specs", ["Specs"]),
    tests("Schedules", ["Schedules"]),
    tests("Datasets", ["Datasets"]),
    // Small networks on the device beside their references, for all tests of the device.
    .target(
      name: "Trials", dependencies: ["OpenCL", "Kernels", "Networks", "Optimizers", "Reference"],
      path: "Tests/Trials", swiftSettings: settings),
    tests(
      "Networks", ["OpenCL", "Kernels", "Networks", "Optimizers", "Specs", "Reference", "Trials"]),
    tests(
      "Optimizers",
      ["OpenCL", "Kernels", "Networks", "Optimizers", "Specs", "Reference", "Trials"]),
    tests(
      "Training",
      [
        "Datasets", "Networks", "OpenCL", "Optimizers", "Reference", "Reports", "Schedules",
        "Specs", "Support", "Training",
      ]),
    tests("Reports", ["Reports", "Support"]),
    tests(
      "Program",
      [
        "gpu-train", "Datasets", "Networks", "Optimizers", "Schedules", "Specs", "Training",
        "Reports", "Reference", "Support",
      ]),
  ],
  swiftLanguageModes: [.v6],
  cLanguageStandard: .c2x
)
