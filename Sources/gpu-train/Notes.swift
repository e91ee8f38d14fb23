internal import Reports
internal import Schedules

extension Log {
  /// Prints a note as its kind asks for.
  func tell(_ kind: Note.Kind, _ text: String) {
    switch kind {
    case .note: note(text)
    case .warning: warn(text)
    }
  }

  /// Prints a note as its kind asks for.
  func tell(_ note: Note) { tell(note.kind, note.text) }
}
