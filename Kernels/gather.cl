#line 2 "gather.cl"
// x[c][p][n] = byte[image(n)][c][p] * scale[c] + shift[c]; zero for inactive images
// bytes [total][channels][pixels], classes [total], scale and shift [channels]
// x [channels][pixels], labels [padded batch]
// grid: image groups, parts of the pixels
__kernel void gather(
    __global const uchar *bytes, __global const uchar *classes, __global const float *scale,
    __global const float *shift, __global Progress *progress, __global float *x,
    __global int *labels, const Draw s) {
  const int g = image_group(), part = first_index();
  const int parts = GROUP > 1 ? get_global_size(1) : get_global_size(0);
  const uint drawn = progress->next_drawn;
  const int active = active_images(drawn, s);
  const size_t size = s.channels * s.pixels;
  int image[V];
  UNROLL for (int n = 0; n < V; ++n)
    image[n] = g * V + n < active ? drawn_image(drawn, g * V + n, s) : -1;
  const lanes_int inactive = load_ints(image) < 0;

  x += group_offset(g, s.channels * s.pixels);
  for (int c = 0; c < s.channels; ++c) {
    // V pixels of V images at a time: rows of bytes are turned into columns.
    const int squares = s.pixels / V;
    for (int q = part; q < squares; q += parts) {
      const size_t i = c * s.pixels + q * V;
      lanes_byte rows[V];
      UNROLL for (int n = 0; n < V; ++n)
        rows[n] = image[n] < 0 ? (lanes_byte)(0) : load_bytes(bytes + image[n] * size + i);
      transpose(lanes_byte, rows);
      UNROLL for (int p = 0; p < V; ++p)
        store(x + (i + p) * BLOCK,
              inactive ? splat(0) : fma(to_float(rows[p]), splat(scale[c]), splat(shift[c])));
    }
    for (int p = squares * V + part; p < s.pixels; p += parts) {
      const size_t i = c * s.pixels + p;
      UNROLL for (int n = 0; n < V; ++n)
        x[i * BLOCK + n] = image[n] < 0
            ? 0.0f : fma((float)bytes[image[n] * size + i], scale[c], shift[c]);
    }
  }
  if (part == 0) {
    UNROLL for (int n = 0; n < V; ++n)
      labels[g * V + n] = image[n] < 0 ? -1 : classes[image[n]];
    if (g == 0) {
      progress->drawn = drawn;
      progress->applied = progress->next_applied;
    }
  }
}

// Sums of the bytes and of their squares of one part of one channel, exact in integers.
// sums [parts][channels][2]; grid: channels, parts
__kernel void statistics(
    __global const uchar *bytes, __global ulong *sums, const int images, const int channels,
    const int pixels) {
  const int c = get_global_id(0), part = get_global_id(1), parts = get_global_size(1);
  ulong sum = 0, squares = 0;
  for (int image = part; image < images; image += parts) {
    __global const uchar *b = bytes + ((size_t)image * channels + c) * pixels;
    uint image_sum = 0, image_squares = 0;
    for (int p = 0; p < pixels; ++p) {
      image_sum += b[p];
      image_squares += (uint)b[p] * b[p];
      if ((p & 0xffff) == 0xffff) {
        sum += image_sum, squares += image_squares;
        image_sum = image_squares = 0;
      }
    }
    sum += image_sum, squares += image_squares;
  }
  sums[(part * channels + c) * 2] = sum;
  sums[(part * channels + c) * 2 + 1] = squares;
}
