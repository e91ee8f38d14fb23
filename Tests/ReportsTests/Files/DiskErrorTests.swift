import Glibc
import Reports
import Testing

struct DiskErrorTests {
  @Test func `the error says what failed, where, and what helps`() {
    let error = DiskError(.write, "runs/a/weights/last.safetensors", code: ENOSPC)
    #expect(
      error.description == "cannot write runs/a/weights/last.safetensors: No space left on device "
        + "(errno 28); free some space, or write to another disk (a run: --out DIR)")
  }

  @Test(arguments: [
    (ENOSPC, "--out"), (EDQUOT, "--out"), (EACCES, "--out"), (EPERM, "--out"), (EROFS, "--out"),
    (EMFILE, "ulimit -n"), (ENFILE, "ulimit -n"), (EFBIG, "ulimit -f"), (ENODATA, "shorter"),
  ])
  func `a cause that can be helped comes with its remedy`(_ code: Int32, _ remedy: String) {
    #expect(DiskError(.create, "runs", code: code).description.contains(remedy))
  }
}
