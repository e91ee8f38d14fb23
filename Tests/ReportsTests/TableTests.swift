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

  @Test(arguments: [(100, "a  bb  ccc"), (10, "a  bb  ccc"), (9, "a  bb"), (4, "a"), (0, "a")])
  func `columns that do not fit are left out from the end`(width: Int, header: String) {
    let table = Table([.init("a"), .init("bb"), .init("ccc")]).fitting(width: width)
    #expect(table.header == header)
    #expect(table.row(["1", "2", "3"]).count <= max(1, width))
  }
}
