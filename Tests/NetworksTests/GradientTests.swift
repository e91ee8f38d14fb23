import Networks
import Testing
import Trials

@Suite struct GradientTests {
  @Test(arguments: [1, 15, 16, 17, 31, 33])
  func `a network gives the logits, losses and gradients of its reference`(batch: Int) throws {
    let trial = try Trial(
      [
        Conv(7, window: 5, padding: 2), ReLU(),
        Conv(10, window: [3, 5], padding: [0, 2]), ReLU(), MaxPool(2),
        Conv(13, window: 1), ReLU(), Dense(17), ReLU(), Dense(10),
      ], input: Shape(3, 9, 7), batch: batch)
    #expect(try trial.faults() == [])
  }
}
