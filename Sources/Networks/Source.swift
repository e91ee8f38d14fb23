internal import Kernels

/// Program text: the headers and each kernel file, once for every way that it is specialised.
package struct Source {
  package private(set) var text: String
  private var tags: [String: Int] = [:]

  package init(_ lanes: Lanes) {
    text =
      lanes.definitions + String(cString: kernel_source_shapes()) + "\n"
      + String(cString: kernel_source_philox()) + "\n" + String(cString: kernel_source_lanes())
      + "\n"
      + String(cString: kernel_source_draw())
  }

  /// Defines a macro for all that follows.
  package mutating func define(_ macro: String, _ value: Int) {
    text += "\n#define \(macro) \(value)"
  }

  /// Adds a file as it is.
  package mutating func add(_ file: UnsafePointer<CChar>) { text += "\n" + String(cString: file) }

  /// Adds a file under macros, and gives the tag that ends the names of its kernels.
  ///
  /// The same file under the same macros is added once.
  mutating func add(
    _ name: String, _ file: UnsafePointer<CChar>, _ macros: KeyValuePairs<String, Int>
  ) -> String {
    let key = name + macros.map { " \($0)=\($1)" }.joined()
    if let number = tags[key] { return "_\(number)" }
    let tag = "_\(tags.count + 1)"
    tags[key] = tags.count + 1
    text += "\n#define TAG \(tag)\n"
    for (macro, value) in macros { text += "#define \(macro) \(value)\n" }
    text += String(cString: file)
    text += "\n#undef TAG\n"
    for (macro, _) in macros { text += "#undef \(macro)\n" }
    return tag
  }
}
