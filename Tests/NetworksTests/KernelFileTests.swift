import Foundation
import Kernels
import OpenCL
import Testing
import Trials

@testable import Networks

/// A file of kernels as the program carries it.
struct KernelFile: Sendable {
  let name: String
  let text: String

  /// The kernels that the text defines.
  var kernels: [String] {
    text.matches(of: /__kernel void (?:NAME\()?([a-z_]+)/).map { String($0.output.1) }
  }

  /// Every file, each after those that it needs.
  static let all = [
    KernelFile(name: "gather.cl", text: String(cString: kernel_source_gather())),
    KernelFile(name: "conv.cl", text: String(cString: kernel_source_conv())),
    KernelFile(
      name: "winograd_filters.cl", text: String(cString: kernel_source_winograd_filters())),
    KernelFile(name: "winograd.cl", text: String(cString: kernel_source_winograd())),
    KernelFile(name: "pool.cl", text: String(cString: kernel_source_pool())),
    KernelFile(name: "relu.cl", text: String(cString: kernel_source_relu())),
    KernelFile(name: "dense.cl", text: String(cString: kernel_source_dense())),
    KernelFile(name: "loss.cl", text: String(cString: kernel_source_loss())),
    KernelFile(name: "rules.cl", text: String(cString: kernel_source_rules())),
    KernelFile(name: "layerwise.cl", text: String(cString: kernel_source_layerwise())),
    KernelFile(name: "update.cl", text: String(cString: kernel_source_update())),
    KernelFile(name: "measure.cl", text: String(cString: kernel_source_measure())),
    KernelFile(name: "adafactor.cl", text: String(cString: kernel_source_adafactor())),
    KernelFile(name: "muon.cl", text: String(cString: kernel_source_muon())),
  ]
}

@Suite struct KernelFileTests {
  static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appending(path: "Kernels")

  @Test func `every file of the folder is carried by the program, word for word`() throws {
    let files = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path())
      .filter { $0.hasSuffix(".cl") }
    #expect(Set(files) == Set(KernelFile.all.map(\.name)))
    for file in KernelFile.all {
      let onDisk = try String(contentsOf: Self.folder.appending(path: file.name), encoding: .utf8)
      #expect(file.text == onDisk, "\(file.name)")
    }
  }

  @Test(arguments: [LaneShape.wide, LaneShape(2, 32)])
  func `a program of all files has all their kernels`(_ shape: LaneShape) throws {
    var source = Source(shape.lanes(batch: 40))
    let tiles: KeyValuePairs = [
      "R": 3, "S": 3, "SH": 2, "SW": 1, "DH": 1, "DW": 2, "CT": 4, "PH": 1, "PW": 2, "CI": 2,
      "QH": 1, "QW": 1, "FT": 2, "RT": 3, "GI": 2, "NV": 1, "SOURCES": 3, "T": 2, "PADDED": 1,
      "RAGGED": 1, "RAGGED_INPUTS": 1,
      "RELU": 1, "POOL": 0, "MASK": 1, "MOMENTUM": 1, "NESTEROV": 1, "STATES": 1, "LAYERWISE": 1,
      "PER_TENSOR": 1, "SUMS": 2, "SCALARS": 1,
    ]
    for (macro, value) in tiles { source.define(macro, value) }
    source.define("TAG", 1)
    source.add("#define RULE lars")
    for file in KernelFile.all { file.text.withCString { source.add($0) } }
    let program = try Queue(Device.all()[0]).build(source.text)
    let names = Set(program.kernelNames.map { $0.replacing(/1$/, with: "") })
    #expect(names == Set(KernelFile.all.flatMap(\.kernels)))
  }
}
