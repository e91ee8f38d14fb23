import Foundation
import Reports
import Testing

@Suite struct CSVFileTests {
  private let epoch = EpochRow(
    epoch: 1, step: 235, learningRate: 0.05, train: Score(loss: 0.75, accuracy: 0.8125),
    test: Score(loss: .nan, accuracy: 0.1), seconds: 4.5, imagesPerSecond: 13_333.5)

  @Test func `metrics have the columns and order that scripts rely on`() throws {
    let scratch = try Scratch()
    let file = try RunFolder(at: scratch.path + "/run").createMetrics(validation: false)
    try file.append(epoch.cells)
    #expect(
      try scratch.text(of: "run/metrics.csv") == """
        epoch,step,learning_rate,train_loss,train_accuracy,test_loss,test_accuracy,seconds,\
        images_per_second
        1,235,0.05,0.75,0.8125,nan,0.1,4.5,13333.5

        """)
  }

  @Test func `validation figures stand at the end of the row`() throws {
    let scratch = try Scratch()
    var row = epoch
    row.validation = Score(loss: 0.5, accuracy: 1)
    let file = try RunFolder(at: scratch.path + "/run").createMetrics(validation: true)
    try file.append(row.cells)
    let lines = try scratch.text(of: "run/metrics.csv").split(separator: "\n")
    #expect(lines[0].hasSuffix("seconds,images_per_second,validation_loss,validation_accuracy"))
    #expect(lines[1].hasSuffix(",4.5,13333.5,0.5,1"))
  }

  @Test func `a skipped step repeats its number and has nan`() throws {
    let scratch = try Scratch()
    let file = try RunFolder(at: scratch.path + "/run").createSteps()
    var row = StepRow(step: 50, epoch: 1, learningRate: 0.05, loss: 2.25, gradientNorm: 1.5)
    try file.append(row.cells)
    (row.loss, row.gradientNorm) = (.nan, .nan)
    try file.append(row.cells)
    #expect(
      try scratch.text(of: "run/steps.csv") == """
        step,epoch,learning_rate,loss,gradient_norm
        50,1,0.05,2.25,1.5
        50,1,0.05,nan,nan

        """)
  }

  @Test func `a row is in the file as soon as append returns`() throws {
    let scratch = try Scratch()
    let file = try CSVFile(creating: scratch.path + "/rows.csv", columns: ["a"])
    for number in 1...3 {
      try file.append(["\(number)"])
      let text = try scratch.text(of: "rows.csv")
      #expect(text.hasSuffix("\n\(number)\n"))
      #expect(file.length == text.utf8.count)
    }
  }

  @Test func `a resumed run drops the rows written after its checkpoint`() throws {
    let scratch = try Scratch()
    let path = scratch.path + "/rows.csv"
    let first = try CSVFile(creating: path, columns: ["a", "b"])
    try first.append(["1", "2"])
    let kept = first.length
    try first.append(["3", "4"])
    let second = try CSVFile(continuing: path, columns: ["a", "b"], keeping: kept)
    try second.append(["5", "6"])
    #expect(try scratch.text(of: "rows.csv") == "a,b\n1,2\n5,6\n")
  }

  @Test func `a file shorter than its checkpoint says is refused`() throws {
    let scratch = try Scratch()
    let path = scratch.path + "/rows.csv"
    _ = try CSVFile(creating: path, columns: ["a"])
    let error = #expect(throws: DiskError.self) {
      try CSVFile(continuing: path, columns: ["a"], keeping: 100)
    }
    #expect(error?.code == ENODATA)
  }

  @Test func `an existing file is never overwritten`() throws {
    let scratch = try Scratch()
    try "precious".write(toFile: scratch.path + "/rows.csv", atomically: true, encoding: .utf8)
    #expect(throws: DiskError(.create, scratch.path + "/rows.csv", code: EEXIST)) {
      try CSVFile(creating: scratch.path + "/rows.csv", columns: ["a"])
    }
    #expect(try scratch.text(of: "rows.csv") == "precious")
  }

  @Test func `a full disk is reported with the path and what to do`() throws {
    let file = try CSVFile(continuing: "/dev/full", columns: ["a"], keeping: 0)
    let error = #expect(throws: DiskError.self) { try file.append(["1"]) }
    #expect(error?.code == ENOSPC)
    let text = try #require(error?.description)
    #expect(text.contains("/dev/full") && text.contains("errno 28") && text.contains("--out"))
  }
}
