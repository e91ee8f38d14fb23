import Testing

@testable import Training

@Suite struct RateChoiceTests {
  private func trial(_ rate: Double, _ losses: [Double], of updates: Int? = nil) -> RateChoice.Trial
  {
    RateChoice.Trial(rate: rate, updates: updates ?? losses.count, losses: losses)
  }

  @Test func `a trial is scored by the mean of its last third`() {
    #expect(trial(0.1, [9, 9, 9, 9, 2, 4]).score == 3)
    #expect(trial(0.1, [2, 2], of: 6).score == .infinity)
    #expect(trial(0.1, [5]).score == 5)
  }

  @Test func `the line says by how much the rate is better, with its error, and what diverged`() {
    let choice = RateChoice(
      rate: 0.1,
      trials: [
        trial(0.01, [2, 2, 2]), trial(1, [3], of: 3), trial(0.1, [2, 2, 1]),
        trial(0.1, [2, 2, 2, 2, 1.0, 1.5]), trial(0.01, [2, 2, 2, 2, 1.6, 1.9]),
      ])
    #expect(
      choice.text
        == "0.1: of 3 rates between 0.01 and 1, after 6 updates best by 0.500 +- 0.100 nats; 1 diverged"
    )
    #expect(choice.updates == 21)
  }

  @Test func `the line says where the best rate was not taken`() {
    let choice = RateChoice(rate: 0.05, trials: [trial(0.5, [2, 1, 1]), trial(0.05, [2, 2, 2])])
    #expect(choice.text.hasPrefix("0.05: of 2 rates between 0.05 and 0.5, 0.5 was best"))
  }
}
