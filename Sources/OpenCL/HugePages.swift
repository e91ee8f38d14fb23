internal import COpenCL

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// The size of a huge page on x86 and most ARM kernels.
private let hugePage = 1 << 21

extension Queue {
  /// Asks the system to put a new buffer of a processor on huge pages, before anything touches it.
  ///
  /// A pass over memory crosses a page every 4 KiB otherwise, where the processor's prefetchers stop
  /// and addresses are looked up anew. Advice only: where buffers are not mapped in place, or the
  /// system has no such pages, nothing changes; nor does a failure change anything but speed.
  func preferHugePages(_ memory: OpaquePointer, size: Int) {
    #if os(Linux)
      guard device.kind == .cpu, size >= 2 * hugePage else { return }
      var code: cl_int = 0
      guard
        let mapped = clEnqueueMapBuffer(
          pointer, memory, cl_bool(CL_TRUE), cl_map_flags(CL_MAP_WRITE_INVALIDATE_REGION), 0, size,
          0, nil, nil, &code
        )
      else { return }
      let first = (UInt(bitPattern: mapped) + UInt(hugePage) - 1) / UInt(hugePage) * UInt(hugePage)
      let end = (UInt(bitPattern: mapped) + UInt(size)) / UInt(hugePage) * UInt(hugePage)
      if first < end {
        _ = madvise(UnsafeMutableRawPointer(bitPattern: first), Int(end - first), MADV_HUGEPAGE)
      }
      // A queue that cannot unmap fails in its next command, which is checked.
      _ = clEnqueueUnmapMemObject(pointer, memory, mapped, 0, nil, nil)
    #endif
  }
}
