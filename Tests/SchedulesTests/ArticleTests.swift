import Foundation
import Schedules
import Testing

@Suite struct ArticleTests {
  @Test func `the article names every schedule`() throws {
    let path =
      #filePath.dropLast("Tests/SchedulesTests/ArticleTests.swift".count)
      + "Sources/Schedules/Schedules.docc/Schedules.md"
    let article = try String(contentsOfFile: String(path), encoding: .utf8)
    for name in Schedule.catalog.names {
      #expect(article.contains("`\(name)`") || article.contains("`\(name)("), "\(name)")
    }
  }
}
