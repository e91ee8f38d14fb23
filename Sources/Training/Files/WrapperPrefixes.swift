extension Safetensors {
  /// What `DataParallel` and `torch.compile` put before every name.
  private static let wrappers = ["module.", "_orig_mod."]

  /// The same arrays without the prefixes that wrappers put before all names, and what was taken off; a
  /// prefix that only some names have stays.
  func withoutWrappers() -> (weights: Safetensors, prefix: String) {
    var names = tensors.map(\.name)
    var prefix = ""
    while let wrapper = Self.wrappers.first(where: { wrapper in
      !names.isEmpty && names.allSatisfy { $0.hasPrefix(wrapper) }
    }) {
      names = names.map { String($0.dropFirst(wrapper.count)) }
      prefix += wrapper
    }
    let plain = zip(names, tensors).map { Tensor(name: $0, shape: $1.shape, values: $1.values) }
    return (prefix.isEmpty ? self : Safetensors(plain, metadata: metadata), prefix)
  }

  /// Reads the initial weights that settings name.
  ///
  /// - Throws: `SafetensorsError` if the file cannot be read.
  static func initial(_ file: String) throws -> (weights: Safetensors, prefix: String) {
    try Safetensors(contentsOf: file).withoutWrappers()
  }
}
