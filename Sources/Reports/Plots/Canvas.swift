/// A field of dots in character cells that series draw on: 2 x 4 dots per cell in braille, one in
/// ASCII.
struct Canvas {
  let columns: Int
  let rows: Int
  private let isFine: Bool
  /// The dots of each cell, row by row.
  private var dots: [UInt8]
  /// Who drew in each cell: bit i for series i.
  private var owners: [UInt64]
  private var characters: [Character?]

  init(columns: Int, rows: Int, isFine: Bool) {
    (self.columns, self.rows, self.isFine) = (columns, rows, isFine)
    dots = Array(repeating: 0, count: columns * rows)
    owners = Array(repeating: 0, count: columns * rows)
    characters = Array(repeating: nil, count: columns * rows)
  }

  /// The last dot to the right and the last dot down, counted from 0.
  var reach: (x: Int, y: Int) { (columns * (isFine ? 2 : 1) - 1, rows * (isFine ? 4 : 1) - 1) }

  mutating func dot(_ x: Int, _ y: Int, by series: Int) {
    guard x >= 0, y >= 0, x <= reach.x, y <= reach.y else { return }
    // The numbering of braille's dots: 1 2 3 7 down the left side, 4 5 6 8 down the right.
    let bits: [UInt8] = [0x01, 0x08, 0x02, 0x10, 0x04, 0x20, 0x40, 0x80]
    let cell = isFine ? y / 4 * columns + x / 2 : y * columns + x
    dots[cell] |= isFine ? bits[y % 4 * 2 + x % 2] : 1
    owners[cell] |= 1 << UInt64(min(series, 63))
  }

  /// A straight line, dot by dot.
  mutating func line(from start: Chart.Point, to end: Chart.Point, by series: Int) {
    let (dx, dy) = (end.x - start.x, end.y - start.y)
    // Places are at most ten canvases away.
    let count = max(1, Int(max(abs(dx), abs(dy)).rounded(.up)))
    for step in 0...count {
      let share = Double(step) / Double(count)
      dot(
        Int((start.x + dx * share).rounded()), Int((start.y + dy * share).rounded()), by: series)
    }
  }

  /// A sign instead of the dots of a cell.
  mutating func put(_ character: Character, column: Int, row: Int) {
    guard column >= 0, row >= 0, column < columns, row < rows else { return }
    characters[row * columns + column] = character
  }

  func isEmpty(column: Int, row: Int) -> Bool {
    dots[row * columns + column] == 0 && characters[row * columns + column] == nil
  }

  /// The topmost cell of a column that this series alone has drawn in.
  func ownRow(of series: Int, column: Int) -> Int? {
    (0..<rows).first { row in
      let cell = row * columns + column
      return owners[cell] == 1 << UInt64(min(series, 63)) && characters[cell] == nil
    }
  }

  /// Which series a cell belongs to; where several meet they take turns.
  func owner(column: Int, row: Int) -> Int? {
    let mask = owners[row * columns + column]
    guard mask != 0 else { return nil }
    let all = (0..<64).filter { mask & 1 << UInt64($0) != 0 }
    return all[column % all.count]
  }

  /// What a cell shows.
  func character(column: Int, row: Int, sign: (Int) -> Character) -> Character {
    let cell = row * columns + column
    if let character = characters[cell] { return character }
    guard dots[cell] != 0 else { return " " }
    if isFine { return Character(Unicode.Scalar(0x2800 + UInt32(dots[cell])) ?? " ") }
    return owner(column: column, row: row).map(sign) ?? " "
  }
}
