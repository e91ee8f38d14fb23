internal import CZlib
internal import Glibc

/// A file read once from front to back; gzip, told by its first two bytes, is decompressed on the way.
///
/// Memory stays within a small multiple of the file that is really there, whatever a header claims.
struct ByteReader: ~Copyable {
  /// Deflate packs at most 258 bytes into two bits, which is 1032 to 1.
  static let largestRatio = 1032
  /// The most that one file may hold after decompression: 16 GiB.
  static let largestContents = 1 << 34
  private static let chunk = 1 << 18

  let path: String
  /// The size on disk.
  let fileSize: Int
  let isCompressed: Bool
  /// How many bytes have been handed out.
  private(set) var position = 0
  private var checksum: UInt
  private let descriptor: Int32
  private let input: UnsafeMutableRawBufferPointer
  private let output: UnsafeMutableRawBufferPointer
  /// zlib remembers the address of its stream, so the stream must not move.
  private let inflater: UnsafeMutablePointer<z_stream>
  private var isBetweenMembers = true
  /// Whether a member of the gzip file has begun.
  private var hasData = false

  init(_ path: String) throws(DataError) {
    let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else { throw .unreadable(file: path, reason: lastError()) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      throw .unreadable(file: path, reason: "not a regular file")
    }
    let inflater = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    inflater.initialize(to: z_stream())
    guard inflate_gzip_begin(inflater) == Z_OK else {
      inflater.deallocate()
      close(descriptor)
      throw .unreadable(file: path, reason: "zlib has no memory left")
    }
    var magic: (UInt8, UInt8) = (0, 0)
    isCompressed = pread(descriptor, &magic, 2, 0) == 2 && magic == (0x1f, 0x8b)
    self.path = path
    fileSize = Int(status.st_size)
    self.descriptor = descriptor
    checksum = crc32_z(0, nil, 0)
    input = .allocate(byteCount: Self.chunk, alignment: 64)
    output = .allocate(byteCount: Self.chunk, alignment: 64)
    self.inflater = inflater
  }

  deinit {
    inflateEnd(inflater)
    inflater.deallocate()
    input.deallocate()
    output.deallocate()
    close(descriptor)
  }

  /// What was read, to be recorded once everything has been.
  var source: SourceFile {
    SourceFile(path: path, bytes: position, crc32: UInt32(truncatingIfNeeded: checksum))
  }

  /// Fills `bytes` from the front; fewer come only at the end of the file.
  mutating func read(into bytes: UnsafeMutableRawBufferPointer) throws(DataError) -> Int {
    let count = try isCompressed ? decompress(into: bytes) : transfer(into: bytes)
    if position == 0, let advice = FileKind.advice(Array(bytes.prefix(min(count, 64)))) {
      throw malformed(advice.replacing("FILE", with: path))
    }
    checksum = crc32_z(checksum, bytes.baseAddress, count)
    position += count
    return count
  }

  /// The next `count` bytes, or fewer at the end of the file.
  mutating func prefix(_ count: Int) throws(DataError) -> [UInt8] {
    let buffer = UnsafeMutableRawBufferPointer(rebasing: output[..<count])
    let taken = try read(into: buffer)
    return Array(buffer[..<taken])
  }

  /// All that is left, which must be `count` bytes; `promise` says who claims so.
  mutating func rest(_ count: Int, promise: String) throws(DataError) -> [UInt8] {
    let whole = position + count
    if isCompressed {
      guard count / Self.largestRatio <= fileSize else {
        throw malformed(
          "\(promise), that is \(whole) bytes, which \(fileSize) bytes of gzip cannot hold; "
            + "the file is cut short or its header is damaged")
      }
    } else if fileSize != whole {
      throw wrongSize(promise, whole: whole, found: "\(fileSize)")
    }
    guard count <= Self.largestContents else {
      throw malformed("\(promise), that is \(whole) bytes; the most is \(Self.largestContents)")
    }

    var bytes: [UInt8] = []
    bytes.reserveCapacity(min(count, max(8 * fileSize, Self.chunk)))
    while bytes.count < count {
      let wanted = min(count - bytes.count, Self.chunk)
      let taken = try read(into: UnsafeMutableRawBufferPointer(rebasing: output[..<wanted]))
      bytes.append(contentsOf: output[..<taken])
      guard taken == wanted else { throw wrongSize(promise, whole: whole, found: "\(position)") }
    }
    // Also lets zlib reach and check the sum behind the last byte.
    let excess = try read(into: output)
    guard excess == 0 else {
      throw wrongSize(promise, whole: whole, found: "at least \(position)")
    }
    return bytes
  }

  func malformed(_ reason: String) -> DataError { .malformed(file: path, reason: reason) }

  private func wrongSize(_ promise: String, whole: Int, found: String) -> DataError {
    malformed(
      "\(promise), that is \(whole) bytes, but the file holds \(found)"
        + (isCompressed ? " after decompression" : "")
        + "; a download may have been interrupted or files mixed up")
  }

  private func transfer(into bytes: UnsafeMutableRawBufferPointer) throws(DataError) -> Int {
    var filled = 0
    while filled < bytes.count {
      let count = Glibc.read(
        descriptor, bytes.baseAddress?.advanced(by: filled), bytes.count - filled)
      if count == 0 { break }
      if count > 0 {
        filled += count
      } else if errno != EINTR {
        throw .unreadable(file: path, reason: lastError())
      }
    }
    return filled
  }

  private mutating func decompress(
    into bytes: UnsafeMutableRawBufferPointer
  ) throws(DataError) -> Int {
    inflater.pointee.next_out = bytes.bindMemory(to: UInt8.self).baseAddress
    inflater.pointee.avail_out = UInt32(bytes.count)
    while inflater.pointee.avail_out > 0 {
      if inflater.pointee.avail_in == 0 {
        let count = try transfer(into: input)
        if count == 0 {
          guard isBetweenMembers else {
            throw malformed(
              "the gzip data stops in the middle, after \(fileSize) bytes; "
                + "a download may have been interrupted")
          }
          break
        }
        inflater.pointee.next_in = input.bindMemory(to: UInt8.self).baseAddress
        inflater.pointee.avail_in = UInt32(count)
      }
      // A gzip file may be several, one behind the other, and zeros behind the last, as tapes leave them.
      if isBetweenMembers {
        while hasData, inflater.pointee.avail_in > 0, inflater.pointee.next_in.pointee == 0 {
          inflater.pointee.next_in += 1
          inflater.pointee.avail_in -= 1
        }
        if inflater.pointee.avail_in == 0 { continue }
        inflateReset(inflater)
      }
      let status = inflate(inflater, Z_NO_FLUSH)
      guard status == Z_OK || status == Z_STREAM_END else {
        let detail = inflater.pointee.msg.map { String(cString: $0) } ?? "zlib status \(status)"
        throw malformed("damaged gzip data: \(detail)")
      }
      isBetweenMembers = status == Z_STREAM_END
      hasData = true
    }
    return bytes.count - Int(inflater.pointee.avail_out)
  }
}

/// What `errno` says, in words.
private func lastError() -> String { String(cString: strerror(errno)) }
