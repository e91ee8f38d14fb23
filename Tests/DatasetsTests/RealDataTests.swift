import Datasets
import Testing

struct RealDataTests {
  @Test func `Fashion-MNIST loads whole`() throws {
    let clock = ContinuousClock()
    var data: Dataset?
    let time = try clock.measure { data = try FashionMNIST() }
    print("load", time)
    let t2 = clock.measure { _ = Synthetic(count: 60000) }
    print("synthetic", t2)
    print(data!.files)
  }
}
