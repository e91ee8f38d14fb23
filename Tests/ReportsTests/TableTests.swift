import Reports
import Testing

@Suite struct TableTests {
  @Test func `cells stand on their side of the widest one`() {
    var table = Table([.init("device", .left), .init("memory"), .init("type", .left)])
    table.add(["pthread", "8.7 GiB", "CPU"])
    table.add(["H100", "78 GiB", ""])
    #expect(
      table.lines == [
        "device    memory  type", "pthread  8.7 GiB  CPU", "H100      78 GiB",
      ])
  }

  @Test func `a narrow screen keeps the columns of low rank in their order`() {
    let table = Table([
      .init("a", rank: 1), .init("bb", rank: 3), .init("ccc", rank: 2), .init("dd"),
    ])
    #expect(table.fitting(width: 8).header == "a  dd")
    #expect(table.fitting(width: 10).row(["1", "2", "3", "4"]) == "1    3   4")
    #expect(table.fitting(width: 1).header == "dd")
  }

  @Test func `what does not fit beside the first columns stands below them, with its title`() {
    var table = Table([
      .init("device"), .init("name", .left), .init("memory"), .init("", .left),
    ])
    table.add(["0", "a long name", "8.7 GiB", "in use"])
    table.add(["1", "short", "78 GiB", ""])
    #expect(table.lines(width: 80) == table.lines)
    #expect(
      table.lines(width: 20) == [
        "device  name", "     0  a long name", "     memory 8.7 GiB,", "     in use",
        "     1  short", "     memory 78 GiB",
      ])
  }

  @Test(arguments: [(100, "a  bb  ccc"), (10, "a  bb  ccc"), (9, "a  bb"), (4, "a"), (0, "a")])
  func `columns that do not fit are left out from the end`(width: Int, header: String) {
    let table = Table([.init("a"), .init("bb"), .init("ccc")]).fitting(width: width)
    #expect(table.header == header)
    #expect(table.row(["1", "2", "3"]).count <= max(1, width))
  }
}
