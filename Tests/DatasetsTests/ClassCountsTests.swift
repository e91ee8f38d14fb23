import Datasets
import Testing

@Suite struct ClassCountsTests {
  private func counts(_ labels: [Int]) throws -> ClassCounts {
    let scratch = try Scratch()
    let rows = labels.map { "\($0),1,2,3,4" }.joined(separator: "\n")
    let path = try scratch.write("label,p,p,p,p\n" + rows, "x.csv")
    return ClassCounts(try CSV(train: path, test: path).train)
  }

  @Test func `classes are counted`() throws {
    #expect(try counts([0, 1, 1, 2, 2, 2]).summary == "3 classes, 1 to 3 images each")
    #expect(try counts([0, 1]).summary == "2 classes, 1 images each")
    #expect(try counts([0, 1, 2]).warning == nil)
  }

  @Test func `one class alone and classes without images are told`() throws {
    #expect(try counts([0, 0, 0]).warning?.contains("one class") == true)
    #expect(try counts([4, 4]).warning?.contains("one class") == true)
    #expect(
      try counts([1, 2, 4]).warning?.hasPrefix("2 of 5 classes have no image to learn from: 0, 3")
        == true)
  }
}
