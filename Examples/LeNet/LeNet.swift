import GPUTrain

@main
enum LeNet {
  static func main() throws {
    let device = try Device.all()[0]
    let data = try FashionMNIST()
    let network = try Network(on: device, input: data.train.imageShape, batch: 256) {
      Conv(6, window: 5, padding: 2); ReLU(); MaxPool(2)
      Conv(16, window: 5); ReLU(); MaxPool(2)
      Dense(120); ReLU(); Dense(84); ReLU(); Dense(10)
    }
    let trainer = try Trainer(
      network, on: data, epochs: 6, optimizer: SGD(momentum: 0.9),
      learningRate: .cosine(from: 0.1, over: .epochs(5)).warmup(.epochs(1)))
    while let epoch = try trainer.next() {
      print(epoch.epoch, epoch.learningRate, epoch.testAccuracy)
    }
  }
}
