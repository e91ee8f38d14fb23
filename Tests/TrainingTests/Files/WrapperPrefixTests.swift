import Testing

@testable import Training

@Suite struct WrapperPrefixTests {
  private func names(_ names: [String]) -> (names: [String], prefix: String) {
    let file = Safetensors(names.map { .init(name: $0, shape: [1], values: [1]) })
    let (weights, prefix) = file.withoutWrappers()
    return (weights.tensors.map(\.name), prefix)
  }

  @Test func `what wrappers put before all names is taken off`() {
    #expect(names(["module.a", "module.b"]) == (["a", "b"], "module."))
    #expect(names(["_orig_mod.module.a"]) == (["a"], "_orig_mod.module."))
    #expect(names(["module.a", "b"]) == (["module.a", "b"], ""))
    #expect(names(["modules.a"]) == (["modules.a"], "") && names([]) == ([], ""))
  }
}
