import Testing
import Training

@Suite struct CaptionTests {
  @Test func `a caption has what every reader asks for and what is not the default`() throws {
    let plain = try Settings(flags: ["lr": "0.1", "schedule": "cosine"]).caption
    for text in ["model lenet", "dataset fashion-mnist", "epochs 10", "lr 0.1", "schedule cosine"] {
      #expect(plain.contains(text))
    }
    for name in ["device", "normalize", "progress", "accumulate", "warmup", "out"] {
      #expect(!plain.contains(name + " "))
    }
    let other = try Settings(flags: ["warmup": "5ep", "device": "0", "accumulate": "4"]).caption
    #expect(other.contains("warmup 5ep") && other.contains("accumulate 4"))
  }
}
