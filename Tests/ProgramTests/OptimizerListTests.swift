import Optimizers
import Specs
import Testing

@testable import gpu_train

@Suite struct OptimizerListTests {
  @Test func `the list names every optimizer with its rate and its state`() throws {
    let text = try OptimizerList.overview()
    for kind in OptimizerSpec.kinds {
      #expect(text.contains("\(kind.signature.name)(lr="))
    }
    #expect(text.contains("lr 0.05, 0 floats of state a weight"))
    #expect(text.contains("Duchi, Hazan, Singer 2011); lr 0.01, 1 float of state a weight"))
    // An update is one launch unless the rule looks at more than one weight.
    #expect(text.contains("1 float of state a weight, 1 launch\n"))
    #expect(text.contains("lr 1, 4 floats of state a weight, 3 launches"))
  }
}
