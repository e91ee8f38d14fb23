package import Networks

/// Small networks that hold every kind of layer, with sizes on either side of the tiles'.
package struct Specimen: Sendable, CustomStringConvertible {
  /// What it is for.
  package let name: String
  /// The shape of an image.
  package let input: Shape
  /// The layers.
  package let layers: [any Layer]

  package var description: String { name }

  /// Windows of 1, 3 and 5 with and without padding, filters that fill no tile, fused ReLUs and
  /// pool, dense layers with ragged inputs and units.
  package static let windows = Specimen(
    name: "windows", input: Shape(3, 9, 7),
    layers: [
      Conv(7, window: 5, padding: 2), ReLU(),
      Conv(10, window: [3, 5], padding: [0, 2]), ReLU(), MaxPool(2),
      Conv(13, window: 1), ReLU(), Dense(17), ReLU(), Dense(10),
    ])

  /// Strides, dilation, a pool of overlapping and padded windows, a ReLU of its own, no biases.
  package static let strides = Specimen(
    name: "strides", input: Shape(1, 13, 11),
    layers: [
      Conv(6, window: 3, stride: 2, padding: 1), MaxPool(3, stride: 2, padding: 1), ReLU(),
      Conv(16, window: 3, padding: 2, dilation: 2), ReLU(),
      Conv(20, window: [1, 3], stride: [1, 2], padding: [0, 1], bias: false), AveragePool(2),
      Dense(3, bias: false),
    ])

  /// Groups: one channel each, several channels, one filter each; a pool fused without ReLU.
  package static let groups = Specimen(
    name: "groups", input: Shape(6, 7, 7),
    layers: [
      Conv(6, window: 3, padding: 1, groups: 6), ReLU(),
      Conv(12, window: 3, padding: [0, 1], groups: 3), MaxPool([1, 3]),
      Conv(24, window: 1, groups: 12, bias: false), ReLU(),
      Conv(14, window: [2, 1], stride: [2, 1], groups: 2), AveragePool(3, stride: 1, padding: 1),
      Dense(5),
    ])

  /// Pools before, between and after convolutions, windows larger than their stride and smaller,
  /// one filter, no dense layer.
  package static let pools = Specimen(
    name: "pools", input: Shape(2, 11, 9),
    layers: [
      MaxPool([2, 3], stride: [1, 2], padding: 1), Conv(3, window: 3, padding: 1), MaxPool([4, 1]),
      ReLU(), Conv(1, window: [1, 2]), ReLU(), MaxPool([2, 1], stride: [1, 2]),
      Conv(33, window: 3, padding: 2), ReLU(), AveragePool(4),
    ])

  /// Dense layers alone, of one and of many units, with a ReLU at the end.
  package static let dense = Specimen(
    name: "dense", input: Shape(1, 1, 7),
    layers: [
      Dense(3, bias: false), ReLU(), Dense(33), Dense(20), ReLU(), Dense(1), ReLU(), Dense(2), ReLU(),
    ])

  /// Both strides with dilation, a pool behind a ReLU that is not fused, a window over the whole
  /// image with a ReLU at the end.
  package static let dilated = Specimen(
    name: "dilated", input: Shape(2, 12, 10),
    layers: [
      Conv(4, window: [2, 3], stride: [1, 2], padding: [1, 2], dilation: [3, 2]), ReLU(),
      MaxPool(2, stride: 1),
      Conv(5, window: 3, stride: 2, padding: 2, dilation: 2), ReLU(), AveragePool([1, 2], stride: 1),
      Conv(10, window: [5, 1]), ReLU(),
    ])

  /// Convolutions that Winograd's kernels take on, with and without ReLU and pool, over odd images.
  package static let winograd = Specimen(
    name: "winograd", input: Shape(3, 7, 6),
    layers: [
      Conv(16, window: 1), ReLU(), Conv(17, window: 3, padding: 1), ReLU(), MaxPool(2),
      Conv(20, window: 3, padding: [2, 1]), ReLU(), Conv(16, window: 3, padding: [0, 2], bias: false),
      Dense(7),
    ])

  /// All of them.
  package static let all = [windows, strides, groups, pools, dense, dilated, winograd]

  /// Every kernel at sizes that an interpreter can follow.
  package static let tiny = [
    Specimen(
      name: "tiny", input: Shape(2, 6, 6),
      layers: [
        Conv(3, window: 3, padding: 1), ReLU(), MaxPool(2), Conv(4, window: 2, padding: 1), ReLU(),
        MaxPool(2, stride: 1), Conv(2, window: 2, stride: 2, padding: 1, groups: 2), ReLU(),
        AveragePool(2, stride: 1), ReLU(), Dense(7), ReLU(), Dense(3),
      ]),
    Specimen(
      name: "tiny and bare", input: Shape(1, 5, 6),
      layers: [
        MaxPool([1, 2]), Conv(2, window: [3, 1], dilation: [2, 1]), MaxPool([1, 3]),
        Conv(5, window: 1, bias: false), ReLU(), AveragePool([1, 1]), Dense(5, bias: false), ReLU(),
      ]),
    Specimen(
      name: "tiny for Winograd", input: Shape(1, 4, 5),
      layers: [
        Conv(16, window: 1), ReLU(), Conv(17, window: 3, padding: 1), ReLU(), MaxPool(2),
        Conv(16, window: 3, padding: 1), ReLU(), Dense(2),
      ]),
  ]
}
