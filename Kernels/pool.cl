#line 2 "pool.cl"
// Pooling over windows of any size, stride and padding; sizes are arguments.
// x and dx [channels][height][width], y and dy [channels][out_height][out_width]
// codes [channels][out_height][out_width]: which tap of the window was the first greatest

// y[h][w] = max over r, s of x[h SH - P + r][w SW - P + s]; the padding never wins; NaN does.
// grid: image groups, out_height x out_width, channels
__kernel void max_pool_forward(
    __global const float *x, __global float *y, __global uchar *codes, const PoolShape s) {
  const int g = image_group(), pixel = first_index(), c = second_index();
  const int top = pixel / s.out_width * s.stride_height - s.pad_height;
  const int left = pixel % s.out_width * s.stride_width - s.pad_width;
  x += group_offset(g, s.channels * s.height * s.width) + c * s.height * s.width * BLOCK;
  lanes best = splat(-INFINITY);
  lanes_int code = (lanes_int)(0);
  bool first = true;
  for (int r = 0; r < s.window_height; ++r) {
    for (int t = 0; t < s.window_width; ++t) {
      if ((uint)(top + r) >= (uint)s.height || (uint)(left + t) >= (uint)s.width) continue;
      const lanes v = load(x + ((top + r) * s.width + left + t) * BLOCK);
      const lanes_int better = v > best | v != v;
      best = first ? v : better ? v : best;
      code = first ? (lanes_int)(r * s.window_width + t)
                   : better ? (lanes_int)(r * s.window_width + t) : code;
      first = false;
    }
  }
  const int size = s.out_height * s.out_width;
  const int at = group_offset(g, s.channels * size) + (c * size + pixel) * BLOCK;
  store(y + at, best);
  store_byte(codes + at, to_byte(code));
}

// dx[i][j] = sum of dy[h][w] over the windows whose greatest pixel is (i, j)
// With masked != 0 dx is cut where x, the output of a ReLU, is 0.
// grid: image groups, height x width, channels
__kernel void max_pool_backward(
    __global const float *dy, __global const uchar *codes, __global const float *x,
    __global float *dx, const PoolShape s, const int masked) {
  const int g = image_group(), pixel = first_index(), c = second_index();
  const int i = pixel / s.width + s.pad_height, j = pixel % s.width + s.pad_width;
  const int size = s.out_height * s.out_width;
  const int from = group_offset(g, s.channels * size) + c * size * BLOCK;
  const int h0 = max(0, (i - s.window_height + s.stride_height) / s.stride_height);
  const int w0 = max(0, (j - s.window_width + s.stride_width) / s.stride_width);
  const int h1 = min(s.out_height - 1, i / s.stride_height);
  const int w1 = min(s.out_width - 1, j / s.stride_width);
  lanes sum = splat(0);
  for (int h = h0; h <= h1; ++h) {
    for (int w = w0; w <= w1; ++w) {
      const int tap = (i - h * s.stride_height) * s.window_width + j - w * s.stride_width;
      const int at = from + (h * s.out_width + w) * BLOCK;
      sum += to_int(load_byte(codes + at)) == (lanes_int)(tap) ? load(dy + at) : splat(0);
    }
  }
  const int plane = s.height * s.width;
  const int at = group_offset(g, s.channels * plane) + (c * plane + pixel) * BLOCK;
  store(dx + at, masked ? (load(x + at) <= 0 ? splat(0) : sum) : sum);
}

// y[h][w] = 1 / (window) sum over r, s of x[h SH - P + r][w SW - P + s], the padding counted as
// zeros (count_include_pad, PyTorch's default); grid: image groups, out_height x out_width, channels
__kernel void average_pool_forward(
    __global const float *x, __global float *y, const PoolShape s) {
  const int g = image_group(), pixel = first_index(), c = second_index();
  const int top = pixel / s.out_width * s.stride_height - s.pad_height;
  const int left = pixel % s.out_width * s.stride_width - s.pad_width;
  x += group_offset(g, s.channels * s.height * s.width) + c * s.height * s.width * BLOCK;
  lanes sum = splat(0);
  for (int r = max(0, -top); r < min(s.window_height, s.height - top); ++r)
    for (int t = max(0, -left); t < min(s.window_width, s.width - left); ++t)
      sum += load(x + ((top + r) * s.width + left + t) * BLOCK);
  const int size = s.out_height * s.out_width;
  store(y + group_offset(g, s.channels * size) + (c * size + pixel) * BLOCK,
        sum / (float)(s.window_height * s.window_width));
}

// dx[i][j] = 1 / (window) sum of dy[h][w] over the windows that hold (i, j)
// With masked != 0 dx is cut where x, the output of a ReLU, is 0.
// grid: image groups, height x width, channels
__kernel void average_pool_backward(
    __global const float *dy, __global const float *x, __global float *dx, const PoolShape s,
    const int masked) {
  const int g = image_group(), pixel = first_index(), c = second_index();
  const int i = pixel / s.width + s.pad_height, j = pixel % s.width + s.pad_width;
  const int size = s.out_height * s.out_width;
  dy += group_offset(g, s.channels * size) + c * size * BLOCK;
  const int h0 = max(0, (i - s.window_height + s.stride_height) / s.stride_height);
  const int w0 = max(0, (j - s.window_width + s.stride_width) / s.stride_width);
  const int h1 = min(s.out_height - 1, i / s.stride_height);
  const int w1 = min(s.out_width - 1, j / s.stride_width);
  lanes sum = splat(0);
  for (int h = h0; h <= h1; ++h)
    for (int w = w0; w <= w1; ++w) sum += load(dy + (h * s.out_width + w) * BLOCK);
  const int plane = s.height * s.width;
  const int at = group_offset(g, s.channels * plane) + (c * plane + pixel) * BLOCK;
  sum /= (float)(s.window_height * s.window_width);
  store(dx + at, masked ? (load(x + at) <= 0 ? splat(0) : sum) : sum);
}

// The backward pass of a max-pool that its convolution carries out: windows beside each other.
// codes holds window_height * window_width where the convolution's ReLU cut the greatest off.
// dx [channels][height][width], dy and codes [channels][out_height][out_width]
// grid: image groups, out_height, channels
__kernel void unpool(
    __global const float *dy, __global const uchar *codes, __global float *dx,
    const PoolShape s) {
  const int g = image_group(), h = first_index(), c = second_index();
  const int size = s.out_height * s.out_width, plane = s.height * s.width;
  const int at = group_offset(g, s.channels * size) + (c * size + h * s.out_width) * BLOCK;
  dx += group_offset(g, s.channels * plane) + c * plane * BLOCK;
  // The last row of windows also clears the rows and columns that no window covers.
  const int end = h == s.out_height - 1 ? s.height : (h + 1) * s.window_height;
  for (int i = h * s.window_height; i < end; ++i) {
    __global float *row = dx + i * s.width * BLOCK;
    const int r = i - h * s.window_height;
    for (int w = 0; w < s.out_width; ++w) {
      const lanes v = load(dy + at + w * BLOCK);
      const lanes_int code = to_int(load_byte(codes + at + w * BLOCK));
      for (int t = 0; t < s.window_width; ++t)
        store(row + (w * s.window_width + t) * BLOCK,
              r < s.window_height
                  ? (code == (lanes_int)(r * s.window_width + t) ? v : splat(0))
                  : splat(0));
    }
    for (int j = s.out_width * s.window_width; j < s.width; ++j) store(row + j * BLOCK, splat(0));
  }
}
