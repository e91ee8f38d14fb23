/// Every device of every platform: GPUs first, then accelerators, then CPUs.
func installedDevices() throws -> [DeviceRow] {
  throw NotWired(command: "devices")
}
