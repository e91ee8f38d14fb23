internal import OpenCL

/// Every device of every platform: GPUs first, then accelerators, then CPUs.
func installedDevices() throws -> [DeviceRow] {
  try Device.all().map {
    DeviceRow(
      index: $0.index, name: $0.name, type: $0.kind.rawValue, platform: $0.platform,
      driver: $0.driver, version: $0.version, memory: $0.globalMemory, units: $0.computeUnits)
  }
}
