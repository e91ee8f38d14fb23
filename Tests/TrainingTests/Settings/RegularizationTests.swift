import Networks
import OpenCL
import Optimizers
import Schedules
import Testing

@testable import Training

@Suite struct RegularizationTests {
  @Test func `every parameter decays unless biases are spared and no group names them`() throws {
    let network = try Network(
      on: Queue(Device.all()[0]), input: Shape(1, 6, 6), batch: 2,
      layers: [Conv(2, window: 3), ReLU(), Dense(4), ReLU(), Dense(3)])
    func plan(_ change: (inout Trainer.Options) -> Void) throws -> RatePlan {
      var options = Trainer.Options()
      options.l1 = 0.5
      change(&options)
      return try RatePlan(
        network, SGD(weightDecay: 0.1), Run(epochs: 1, stepsPerEpoch: 2),
        Schedule(parsing: "constant"), baseRate: nil, options)
    }
    func decays(_ plan: RatePlan) -> [String: [Double]] {
      let row = plan.rows(steps: 0..<1, epoch: 0, metrics: [])[0]
      let columns = zip(network.parameters, plan.assignment)
      return Dictionary(
        uniqueKeysWithValues: columns.map {
          ($0.name, [row[$1].weightDecay, row[$1].values.l1])
        })
    }
    let everywhere = try plan { _ in }
    let all = decays(everywhere)
    #expect(all.values.allSatisfy { $0 == [0.1, 0.5] } && all.count == 6)
    #expect(everywhere.notes == [])
    let sparing = try plan { $0.decayBiases = false }
    let spared = decays(sparing)
    #expect(spared["conv1.weight"] == [0.1, 0.5] && spared["conv1.bias"] == [0, 0])
    #expect(sparing.notes.map(\.text).contains { $0.contains("--decay-biases") })
    let named = try decays(
      plan {
        $0.decayBiases = false
        var group = ParameterGroup("fc2.*")
        group.weightDecay = 0.3
        $0.groups = [group]
      })
    #expect(named["fc2.bias"] == [0.3, 0] && named["fc1.bias"] == [0, 0])
    #expect(named["fc2.weight"] == [0.3, 0.5])
  }

  @Test(arguments: [
    ["clip-norm": "1", "clip-value": "1"], ["clip-value": "1", "clip-adaptive": "0.01"],
    ["ema": "0.9", "swa-start": "5ep"],
  ])
  func `two ways to do one thing are refused`(_ flags: [String: String]) {
    let error = #expect(throws: SettingsError.self) { try Settings(flags: flags) }
    #expect(error?.problems.count == 1)
  }
}
