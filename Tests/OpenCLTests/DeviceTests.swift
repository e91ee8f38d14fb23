import Glibc
import Testing

@testable import OpenCL

@Suite struct DeviceTests {
  @Test func `every device tells its index and what it can do`() throws {
    let devices = try Device.all()
    #expect(devices.map(\.index) == Array(devices.indices))
    for device in devices {
      #expect(!device.name.isEmpty)
      #expect(!device.platform.isEmpty)
      #expect(device.version.hasPrefix("OpenCL "))
      #expect(device.computeUnits > 0)
      #expect(device.maxWorkItemSizes.count >= 3)
      #expect(device.maxWorkItemSizes.allSatisfy { 1...device.maxWorkGroupSize ~= $0 })
      #expect(1...device.globalMemory ~= device.maxAllocation)
      #expect(device.localMemory >= 32 << 10, "the least that OpenCL 1.2 allows")
      #expect(device.baseAlignment.nonzeroBitCount == 1)
      #expect(device.nativeFloatLanes >= 1)
    }
  }

  @Test func `GPUs come first, then accelerators, then CPUs, each in the drivers' order`() throws {
    let found = [
      try made("a", .cpu), try made("b", .gpu), try made("c", .accelerator), try made("d", .cpu),
      try made("e", .gpu),
    ]
    let devices = Device.numbered(found)
    #expect(devices.map(\.name) == ["b", "e", "c", "a", "d"])
    #expect(devices.map(\.index) == [0, 1, 2, 3, 4])
  }

  @Test(arguments: [
    ("1", "GeForce RTX 4090"), ("4090", "GeForce RTX 4090"), ("rtx", "GeForce RTX 3060"),
    ("EPYC", "AMD EPYC"), ("house", "GeForce RTX 3060"),
  ])
  func `a device is chosen by its index or a part of its name`(text: String, name: String) throws {
    #expect(try Device.select(text, from: rack()).name == name)
  }

  @Test(arguments: ["3", "-1", "", "radeon"])
  func `a device that is not there brings the list of those that are`(text: String) throws {
    let devices = try rack()
    expectError(.deviceNotFound, saying: "'\(text)'", "0: GeForce RTX 3060", "2: AMD EPYC") {
      _ = try Device.select(text, from: devices)
    }
  }

  @Test func `slices of a type start where the alignment and the elements meet`() throws {
    let device = try made("aligned to 128 bytes", .cpu)
    #expect(device.alignment(of: UInt8.self) == 128)
    #expect(device.alignment(of: Float.self) == 32)
    #expect(device.alignment(of: (Float, Float, Float).self) == 32, "12 bytes: 384 = 3 x 128")
    #expect(device.alignment(of: SIMD64<Float>.self) == 1)
  }

  @Test func `without a driver the error says what to install`() async {
    await #expect(processExitsWith: .success) {
      setenv("OCL_ICD_VENDORS", "/nonexistent", 1)
      expectError(.platformNotFound, saying: "apt-get install pocl-opencl-icd") {
        _ = try Device.all()
      }
      #expect(OpenCLError(.platformNotFound).isNoDevice)
    }
  }

  private func rack() throws -> [Device] {
    Device.numbered([
      try made("GeForce RTX 3060", .gpu), try made("GeForce RTX 4090", .gpu),
      try made("AMD EPYC", .cpu),
    ])
  }

  /// A device that is only a description.
  private func made(_ name: String, _ kind: Device.Kind) throws -> Device {
    Device(
      index: 0, name: name, vendor: "Workshop", platform: "House of Tests", driver: "1",
      version: "OpenCL 1.2", kind: kind, computeUnits: 2, clock: 0, maxWorkGroupSize: 64,
      maxWorkItemSizes: [64, 64, 64], globalMemory: 1 << 30, maxAllocation: 1 << 28,
      localMemory: 1 << 15, hasDedicatedLocalMemory: true, baseAlignment: 128, hasDoubles: false,
      hasUnifiedMemory: false, nativeFloatLanes: 1, preferredFloatLanes: 1, extensions: [],
      id: DeviceID(pointer: try #require(OpaquePointer(bitPattern: 1))))
  }
}
