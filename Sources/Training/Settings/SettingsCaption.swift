extension Settings {
  /// What tells a run apart from others, on one line: `model lenet, epochs 10, ...`.
  ///
  /// What every reader asks for is always in it, everything else where it is not the default.
  public var caption: String {
    let always = [
      "model", "dataset", "epochs", "batch-size", "optimizer", "lr", "schedule", "seed",
    ]
    // Where a run takes place and what it prints does not change its curves.
    let never = ["device", "out", "progress"]
    let standard = Settings()
    return Setting.all.filter { !never.contains($0.name) }.compactMap { setting in
      guard let text = setting.text(self),
        always.contains(setting.name) || text != setting.text(standard)
      else { return nil }
      return "\(setting.name) \(text)"
    }.joined(separator: ", ")
  }
}
