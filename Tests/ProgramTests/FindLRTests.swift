import Foundation
import Reports
import Support
import Testing
import Training

@testable import gpu_train

/// The command around a range test, on a test that is made up.
@Suite struct FindLRTests {
  /// A test whose loss falls from 2.3 around a rate of 1e-2 and diverges from 1 on.
  private static func result(_ change: (Double, Double) -> Double = { $1 }) -> FindLRResult {
    var test = RangeTest()
    for rate in test.sweep.rates where test.ending == nil {
      let loss = 0.4 + 1.9 / (1 + rate / 1e-2) + pow(rate, 3)
      test.add(change(rate, loss))
    }
    return FindLRResult(settings: Settings(), device: "a device", dataset: "some data", test: test)
  }

  @Test func `all mistakes are told at once`() throws {
    let call = try Call(
      "find-lr", "--start", "10", "--end", "1e-7", "--steps", "3", "--stop-factor", "no",
      "--batch-size", "0", "--svg", "--csv", "--json", "--epochs", "3")
    #expect(call.status == .usage && call.output.isEmpty)
    #expect(
      call.errors == """
        error: 7 problems:
          - --epochs: no such flag; gpu-train find-lr --help lists them
          - --csv, --json: give one
          - --svg: needs a value
          - --stop-factor no: must be a number, or none
          - --start 10, --end 1e-7: the rate rises, so --start must be less than --end; are they swapped?
          - --steps 3: must be from 20 to 10000; fewer make no curve, and 100 are usual
          - --batch-size 0: must be a whole number of at least 1

        """)
  }

  @Test(arguments: [
    "device", "dataset", "model", "batch-size", "optimizer", "group", "layer-decay", "initializer",
    "validation", "normalize", "seed", "init", "config", "start", "end", "steps", "stop-factor",
    "svg",
  ])
  func `a flag without its value is told`(name: String) throws {
    let call = try Call("find-lr", "--\(name)=")
    #expect(call.status == .usage)
    #expect(call.errors.hasPrefix("error: --\(name)"))
    #expect(try Call("find-lr", "--help").output.contains("--\(name) <"))
  }

  @Test func `a run's settings may be tested, and its folder is not in the way`() throws {
    let scratch = try Scratch()
    let path = try scratch.write("batch-size: 0\nlr: 0.1\nout: \(scratch.path)\n", to: "args.yaml")
    #expect(
      try Call("find-lr", "--config", path).errors
        == "error: \(path):1: batch-size: 0: must be a whole number of at least 1\n")
  }

  @Test func `the table has the rates of the test`() throws {
    let result = Self.result()
    let text = result.text(width: 80, unicode: false)
    for (method, rate) in result.test.suggestions {
      let words = try #require(
        text.split(separator: "\n").first { $0.hasPrefix("\(method.rawValue) ") }
      ).split(separator: " ")
      let shown = try #require(Double(words[1]))
      #expect(abs(shown / rate - 1) < 0.005)
    }
    #expect(result.test.suggestions.count == 4)
    #expect(text.contains("\nended after "))
    #expect(text.contains("\nto train with the valley: gpu-train --lr "))
    #expect(text.utf8.allSatisfy { $0 < 0x80 } && !text.contains("\r"))
    let lines = text.split(separator: "\n")
    #expect(lines.dropFirst().allSatisfy { $0.count <= 100 })
  }

  @Test func `an end in NaN or in divergence is said with its rate`() {
    let broken = Self.result { rate, loss in rate > 0.1 ? .nan : loss }
    #expect(
      broken.text(width: 80, unicode: false).contains(
        "ended after 76 of 100 steps: at rate 0.12 loss or gradients are not finite"))
    let diverged = Self.result { rate, loss in rate > 0.1 ? 1e3 : loss }
    #expect(
      diverged.text(width: 80, unicode: false).contains(
        "ended after 77 of 100 steps, at rate 0.12: the smoothed loss is above 4 times its best, "))
  }

  @Test func `a test without a single loss prints all the same`() {
    let result = Self.result { _, _ in .nan }
    #expect(result.text(width: 80, unicode: false).contains("ended after 0 of 100 steps"))
    #expect(result.csv == "rate,loss,smoothed")
    #expect(result.chart.svg().contains("<svg"))
  }

  @Test func `the columns read back to the same numbers`() throws {
    let result = Self.result()
    let rows = result.csv.split(separator: "\n").map { $0.split(separator: ",") }
    #expect(rows[0] == ["rate", "loss", "smoothed"])
    #expect(rows.dropFirst().map { Double($0[0]) } == result.test.rates.map(Optional.some))
    #expect(rows.dropFirst().map { Double($0[1]) } == result.test.losses.map(Optional.some))
    #expect(rows.dropFirst().map { Double($0[2]) } == result.test.smoothed.map(Optional.some))
  }

  @Test func `the object has the keys that scripts rely on, null where nothing is suggested`()
    throws
  {
    func read(_ result: FindLRResult) throws -> [String: Any] {
      let value = try JSONSerialization.jsonObject(with: Data(result.json.line.utf8))
      return try #require(value as? [String: Any])
    }
    let result = Self.result()
    let object = try read(result)
    #expect(
      Set(object.keys) == [
        "model", "dataset", "optimizer", "batch_size", "seed", "device", "start", "end", "steps",
        "ending", "suggestions", "rates", "losses", "smoothed",
      ])
    #expect(object["ending"] as? String == "completed" || object["ending"] as? String == "diverged")
    let suggestions = try #require(object["suggestions"] as? [String: Any])
    #expect(Set(suggestions.keys) == ["valley", "steep", "minimum", "slide"])
    let valley = try #require(result.test.suggestion(.valley))
    #expect(result.json.line.contains("\"valley\": \(shortestText(valley)), "))
    let none = try #require(
      try read(Self.result { _, _ in 2.3 })["suggestions"] as? [String: Any])
    #expect(none.values.allSatisfy { $0 is NSNull } && none.count == 4)
  }

  @Test func `the drawing shows the fall, not the height of the divergence`() throws {
    let result = Self.result { rate, loss in rate > 0.1 ? 1e9 : loss }
    let range = try #require(result.chart.yAxis.range)
    #expect(range.lowerBound < (result.test.losses.min() ?? 0) && range.upperBound < 5)
    #expect(result.chart.markers.count == result.test.suggestions.count)
  }

  @Test func `one line tells what a run with auto does`() {
    let test = Self.result().test
    let line = summary(of: test)
    #expect(
      line.hasPrefix("learning rate \(RangeTest.text(test.suggestion(.valley) ?? 0)) by the "))
    #expect(line.contains("; steep ") && line.contains(", minimum ") && line.contains(", slide "))
  }

  @Test(arguments: [
    (0.04374, "0.0437"), (1.234e-5, "1.23e-5"), (1e-7, "1e-7"), (12.34, "12.3"), (1e20, "1e20"),
  ])
  func `a rate has three digits`(rate: Double, text: String) {
    #expect(RangeTest.text(rate) == text)
  }

  @Test func `the binary tests rates on a device and trains nothing`() throws {
    let scratch = try Scratch()
    let svg = scratch.file("a.svg")
    let flags = ["--dataset", "synthetic:400", "--batch-size", "64", "--steps", "60"]
    let (output, errors) = (Pipe(), Pipe())
    let log = Log(
      output: output.fileHandleForWriting.fileDescriptor,
      errors: errors.fileHandleForWriting.fileDescriptor)
    let status = Program(log: log).run(
      ["find-lr", "--csv", "--svg", svg, "--start", "1e-4"] + flags)
    let rows = try text(of: output).split(separator: "\n")
    #expect(rows[0] == "rate,loss,smoothed" && rows.count > 30)
    #expect(try text(of: svg).contains("learning-rate range test: lenet on synthetic"))
    #expect(status == .done)
  }
}
