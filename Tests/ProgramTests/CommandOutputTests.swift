import Foundation
import Reports
import Testing

@testable import gpu_train

@Suite struct CommandOutputTests {
  @Test func `a benchmark has the keys that scripts rely on`() throws {
    let result = BenchmarkResult(
      model: "lenet", batchSize: 256, steps: 200, medianStepMilliseconds: 12.5,
      pipelinedImagesPerSecond: 21_000, launchesPerStep: 22, medianUpdateMilliseconds: 0.5,
      updateBytes: 4000, parameters: 100, device: "pthread")
    #expect(!result.json.line.contains("\n"))
    let value = try JSONSerialization.jsonObject(with: Data(result.json.line.utf8))
    let read = try #require(value as? [String: Any])
    #expect(read["images_per_second"] as? Double == 20_480)
    #expect(read["median_step_ms"] as? Double == 12.5)
    #expect(
      Set(read.keys) == [
        "model", "batch_size", "steps", "median_step_ms", "images_per_second",
        "pipelined_images_per_second", "launches_per_step", "device", "median_update_ms",
        "update_bytes", "parameters", "accumulate",
      ])
  }

  @Test func `a profile gives each launch its share and rates, and their sum`() {
    let table = LaunchRow.table([
      LaunchRow(
        launch: "conv_forward", shape: "6@28x28x256", milliseconds: 3, operations: 6e8,
        bytes: 3e6),
      LaunchRow(launch: "update", shape: "61706", milliseconds: 1, operations: 2e5, bytes: 1e6),
    ])
    #expect(
      table == """
        launch        shape           ms   share  GFLOPS  GB/s
        conv_forward  6@28x28x256  3.000   75.0%   200.0   1.0
        update        61706        1.000   25.0%     0.2   1.0
        all                        4.000  100.0%   150.1   1.0
        """)
  }

  @Test func `a device is listed with the index that selects it`() throws {
    let row = DeviceRow(
      index: 1, name: "pthread", type: "cpu", platform: "Portable Computing Language",
      driver: "3.1", version: "OpenCL 3.0 PoCL", memory: 8_589_934_592, units: 2)
    let value = try JSONSerialization.jsonObject(with: Data(row.json.line.utf8))
    let read = try #require(value as? [String: Any])
    #expect(read["index"] as? Int == 1 && read["memory_bytes"] as? Int == 8_589_934_592)
    #expect(row.cells == ["1", "pthread", "cpu", "8.0 GiB", "2", "3.1", row.platform])
  }

  @Test func `an evaluation reads as one line or one object`() {
    let result = EvaluationResult(
      dataset: "mnist", images: 10_000, score: Score(loss: 0.25, accuracy: 0.9125), seconds: 1.26)
    #expect(result.text == "mnist: loss 0.2500, accuracy 91.25% of 10000 images, 1.3 s")
    #expect(
      result.json.line
        == #"{"dataset": "mnist", "images": 10000, "loss": 0.25, "accuracy": 0.9125, "#
        + #""seconds": 1.26}"#)
  }
}
