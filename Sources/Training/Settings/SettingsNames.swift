internal import Specs

extension Settings {
  /// The flags without their dashes, which are also the keys of a configuration file.
  public static let names = Setting.all.map(\.name)

  /// One phrase that says what a setting is for, with its default; for help texts.
  public static func meaning(of name: String) -> String {
    guard let setting = Setting.named[name] else { return "" }
    return setting.meaning + (setting.text(Settings()).map { " (default: \($0))" } ?? "")
  }

  /// What stands for a setting's value in a help text.
  public static func placeholder(of name: String) -> String {
    Setting.named[name]?.placeholder ?? ""
  }

  /// The setting that an unknown flag or key most probably means, or nil if none is near.
  public static func name(meantBy word: String) -> String? {
    ForeignSettings([]).rename(of: word) ?? nearest(word, in: names + ["no-shuffle"])
  }
}

/// `; did you mean word?` for the nearest of some words, or nothing where none is near.
func suggestion(for text: String, in words: [String]) -> String {
  nearest(text, in: words).map { "; did you mean \($0)?" } ?? ""
}
