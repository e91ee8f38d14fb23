#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// Where OpenCL's loader looks for drivers, and why it may find no device there.
struct DriverSearch {
  /// The environment's variables.
  var environment: [String: String]
  /// Where drivers register themselves.
  var vendorsFolder = "/etc/OpenCL/vendors"

  /// The search of this process.
  static var current: DriverSearch {
    let names = [
      "OCL_ICD_VENDORS", "OPENCL_VENDOR_PATH", "POCL_CACHE_DIR", "POCL_DEVICES", "XDG_CACHE_HOME",
      "HOME",
    ]
    var environment: [String: String] = [:]
    for name in names {
      if let value = getenv(name) { environment[name] = String(cString: value) }
    }
    return DriverSearch(environment: environment)
  }

  /// What stands in the way, with what to type; the line that installs a driver where nothing else
  /// does.
  var hint: String {
    let causes = places + registrations.flatMap(obstacles)
    return causes.isEmpty ? OpenCLError.Code.installHint : causes.joined(separator: ". ")
  }

  /// Variables that send the loader elsewhere.
  private var places: [String] {
    ["OCL_ICD_VENDORS", "OPENCL_VENDOR_PATH"].compactMap { name in
      guard let path = environment[name], !path.isEmpty, path != vendorsFolder else { return nil }
      let found =
        access(path, F_OK) != 0
        ? "does not exist" : registrations.isEmpty ? "registers no driver" : nil
      return found.map {
        "\(name) sends the search for drivers to \(path), which \($0): unset \(name). "
          + OpenCLError.Code.installHint
      }
    } + (chosenFolder == nil && registrations.isEmpty ? unregistered : [])
  }

  /// The folder or file that a variable names in place of the usual one.
  private var chosenFolder: String? {
    ["OCL_ICD_VENDORS", "OPENCL_VENDOR_PATH"].compactMap { environment[$0] }.first { !$0.isEmpty }
  }

  /// What is said where no driver is registered.
  private var unregistered: [String] {
    guard canLoad("libpocl.so.2") == nil else { return [] }
    return [
      "PoCL's library is there, but no file in \(vendorsFolder) names it: "
        + "apt-get install --reinstall pocl-opencl-icd"
    ]
  }

  /// A driver's file with the library that it names.
  struct Registration {
    var file: String
    var library: String
  }

  /// The drivers that the loader finds.
  var registrations: [Registration] {
    let path = chosenFolder ?? vendorsFolder
    if path.hasSuffix(".icd") { return [registration(path)].compactMap { $0 } }
    return names(in: path).filter { $0.hasSuffix(".icd") }.sorted().compactMap {
      registration("\(path)/\($0)")
    }
  }

  private func registration(_ file: String) -> Registration? {
    guard let stream = fopen(file, "re") else { return nil }
    defer { fclose(stream) }
    var line = [CChar](repeating: 0, count: 4096)
    guard fgets(&line, Int32(line.count), stream) != nil else { return nil }
    let text = line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
    let library = String(decoding: text, as: UTF8.self).filter { !$0.isWhitespace }
    return Registration(file: file, library: library)
  }

  /// Why a registered driver has no device.
  func obstacles(_ driver: Registration) -> [String] {
    let isPoCL = driver.library.contains("pocl") || driver.file.contains("pocl")
    let isNVIDIA = driver.library.contains("nvidia") || driver.file.contains("nvidia")
    if let reason = canLoad(driver.library) {
      let advice =
        isPoCL
        ? "apt-get install --reinstall pocl-opencl-icd"
        : isNVIDIA
          ? "install the driver of the kernel's version; in a container, pass the GPU "
            + "(docker run --gpus all)"
          : "install that driver again, or remove the file; apt-get install pocl-opencl-icd "
            + "runs on any processor"
      return [
        "\(driver.file) names \(driver.library), which cannot be loaded (\(reason)): \(advice)"
      ]
    }
    if isNVIDIA, access("/dev/nvidiactl", R_OK) != 0 {
      return [
        "The NVIDIA driver is installed, but there is no /dev/nvidiactl: in a container, pass the GPU "
          + "(docker run --gpus all); otherwise modprobe nvidia"
      ]
    }
    guard isPoCL else { return [] }
    if let folder = unwritableCache {
      return [
        "PoCL is installed, but its cache folder \(folder.path) cannot be written (\(folder.reason)): "
          + "POCL_CACHE_DIR=/tmp/pocl-cache gpu-train ..."
      ]
    }
    if let devices = environment["POCL_DEVICES"], !devices.isEmpty {
      return [
        "PoCL is installed, but POCL_DEVICES is '\(devices)', and it has no such device: "
          + "unset POCL_DEVICES"
      ]
    }
    return []
  }

  /// Where PoCL keeps compiled kernels.
  var poclCache: String {
    if let folder = environment["POCL_CACHE_DIR"], !folder.isEmpty { return folder }
    if let folder = environment["XDG_CACHE_HOME"], !folder.isEmpty {
      return folder + "/pocl/kcache"
    }
    if let home = environment["HOME"], !home.isEmpty { return home + "/.cache/pocl/kcache" }
    return "/tmp/pocl/kcache"
  }

  /// That folder, where it can be neither written nor made, and the system's word for it.
  private var unwritableCache: (path: String, reason: String)? {
    var path = poclCache
    while access(path, F_OK) != 0, let slash = path.lastIndex(of: "/"), slash > path.startIndex {
      path = String(path[..<slash])
    }
    var status = stat()
    guard stat(path, &status) == 0 else { return (poclCache, String(cString: strerror(errno))) }
    guard status.st_mode & S_IFMT == S_IFDIR else {
      return (poclCache, "\(path) is a file")
    }
    // Root may write anywhere but to a file system that takes nothing: only trying tells.
    guard path != poclCache else {
      return access(path, W_OK) == 0 ? nil : (poclCache, String(cString: strerror(errno)))
    }
    let probe = "\(path)/.gpu-train-\(getpid())"
    guard mkdir(probe, 0o700) == 0 else { return (poclCache, String(cString: strerror(errno))) }
    rmdir(probe)
    return nil
  }

  /// Why a library cannot be loaded; nil where it can.
  private func canLoad(_ library: String) -> String? {
    guard let handle = dlopen(library, RTLD_LAZY | RTLD_LOCAL) else {
      return dlerror().map { String(cString: $0) } ?? "no reason is given"
    }
    dlclose(handle)
    return nil
  }
}

/// The names of what is in a folder; none where it cannot be read.
func names(in folder: String) -> [String] {
  guard let stream = opendir(folder) else { return [] }
  defer { closedir(stream) }
  var names: [String] = []
  while let entry = readdir(stream) {
    let name = withUnsafePointer(to: &entry.pointee.d_name) { field in
      field.withMemoryRebound(to: CChar.self, capacity: MemoryLayout.size(ofValue: field.pointee)) {
        String(cString: $0)
      }
    }
    if name != "." && name != ".." { names.append(name) }
  }
  return names
}
