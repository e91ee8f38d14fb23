#line 2 "conv.cl"
// y[k][h][w] = b[k] + sum over c, r, s of w[k][c][r][s] x[c][h SH - P + r DH][w SW - P + s DW]
//
// Specialised by TAG (names the kernels), window R x S, stride SH x SW, dilation DH x DW, and the
// tiles: CT filters x PH x PW pixels forward, CI channels x QH x QW pixels backward to the input,
// FT filters (of a CT) x RT window rows x S taps backward to the filters. PADDED: the window may leave x.
// RELU and POOL (PH x PW windows, max) are applied to y before it is stored. RAGGED: the filters
// are no multiple of CT; the weights of the missing ones exist and are zero.
//
// Weights are packed [filters / CT][group_channels][R][S][CT]: a tap's CT scalars lie together.
// Columns and rows outside x are skipped, not multiplied by zero: they are the same for all images.

#define ROWS ((PH - 1) * SH + (R - 1) * DH + 1)
#define COLUMNS ((PW - 1) * SW + (S - 1) * DW + 1)
#if PADDED
#define inside(i, size) ((uint)(i) < (uint)(size))
#else
#define inside(i, size) 1
#endif
#if RAGGED
#define exists(k) ((k) < s.filters)
#else
#define exists(k) 1
#endif

// x [channels][height][width], parameters, y [filters][out_height][out_width]; with POOL y is
// [filters][out_height / PH][out_width / PW] and codes, of the same shape, holds which pixel of
// the window was the first greatest, or PH * PW where ReLU cut it off.
// grid: image groups, tiles of pixels, filters / CT
__kernel void NAME(conv_forward)(
    __global const float *x, __global const float *parameters, __global float *y,
    __global uchar *codes, const ConvShape s) {
  const int g = image_group(), tile = first_index(), k0 = second_index() * CT;
#if POOL
  const int tiles = s.out_width / PW;
#else
  const int tiles = (s.out_width + PW - 1) / PW;
#endif
  const int h0 = tile / tiles * PH, w0 = tile % tiles * PW;
  const int top = h0 * SH - s.pad_height, left = w0 * SW - s.pad_width;
  const int c0 = k0 / s.group_filters * s.group_channels;
  __global const float *w = parameters + s.weights + k0 * s.group_channels * R * S;
  x += group_offset(g, s.channels * s.height * s.width) + c0 * s.height * s.width * BLOCK;

  lanes sum[CT][PH][PW];
  UNROLL for (int k = 0; k < CT; ++k)
    UNROLL for (int p = 0; p < PH; ++p)
      UNROLL for (int q = 0; q < PW; ++q)
        sum[k][p][q] = splat(s.bias < 0 ? 0.0f : parameters[s.bias + k0 + k]);

  for (int c = 0; c < s.group_channels; ++c) {
    UNROLL for (int i = 0; i < ROWS; ++i) {
      if (!inside(top + i, s.height)) continue;
      __global const float *row = x + ((top + i) * s.width + left) * BLOCK;
#if PADDED
      // Column by column: one that lies outside is left out for all taps and pixels at once.
      UNROLL for (int j = 0; j < COLUMNS; ++j) {
        if (!inside(left + j, s.width)) continue;
        const lanes v = load(row + j * BLOCK);
        UNROLL for (int p = 0; p < PH; ++p)
          UNROLL for (int q = 0; q < PW; ++q) {
            const int r = i - p * SH, t = j - q * SW;
            if (r < 0 || t < 0 || r % DH || t % DW || r / DH >= R || t / DW >= S) continue;
            UNROLL for (int k = 0; k < CT; ++k)
              sum[k][p][q] = fma(splat(w[(r / DH * S + t / DW) * CT + k]), v, sum[k][p][q]);
          }
      }
#else
      // Tap by tap: a weight that is loaded serves all columns.
      lanes v[COLUMNS];
      UNROLL for (int j = 0; j < COLUMNS; ++j) v[j] = load(row + j * BLOCK);
      UNROLL for (int p = 0; p < PH; ++p) {
        const int r = i - p * SH;
        if (r < 0 || r % DH || r / DH >= R) continue;
        UNROLL for (int t = 0; t < S; ++t)
          UNROLL for (int k = 0; k < CT; ++k) {
            const lanes tap = splat(w[(r / DH * S + t) * CT + k]);
            UNROLL for (int q = 0; q < PW; ++q)
              sum[k][p][q] = fma(tap, v[q * SW + t * DW], sum[k][p][q]);
          }
      }
#endif
    }
    x += s.height * s.width * BLOCK;
    w += R * S * CT;
  }

#if POOL
  const int rows = s.out_height / PH, pixel = h0 / PH * tiles + w0 / PW;
  const int at = group_offset(g, s.filters * rows * tiles) + (k0 * rows * tiles + pixel) * BLOCK;
  UNROLL for (int k = 0; k < CT; ++k) {
    if (!exists(k0 + k)) continue;
    lanes best = sum[k][0][0];
    lanes_int code = (lanes_int)(0);
    UNROLL for (int i = 1; i < PH * PW; ++i) {
      const lanes v = sum[k][i / PW][i % PW];
      const lanes_int better = v > best | v != v;
      best = better ? v : best;
      code = better ? (lanes_int)(i) : code;
    }
#if RELU
    code = best <= 0 ? (lanes_int)(PH * PW) : code;
    best = relu(best);
#endif
    store(y + at + k * rows * tiles * BLOCK, best);
    store_byte(codes + at + k * rows * tiles * BLOCK, to_byte(code));
  }
#else
  y += group_offset(g, s.filters * s.out_height * s.out_width);
  UNROLL for (int k = 0; k < CT; ++k)
    UNROLL for (int p = 0; p < PH; ++p)
      UNROLL for (int q = 0; q < PW; ++q) {
        if (!exists(k0 + k) || h0 + p >= s.out_height || w0 + q >= s.out_width) continue;
        const int pixel = (h0 + p) * s.out_width + w0 + q;
        __global float *to = y + ((k0 + k) * s.out_height * s.out_width + pixel) * BLOCK;
#if RELU
        store(to, relu(sum[k][p][q]));
#else
        store(to, sum[k][p][q]);
#endif
      }
#endif
}

// dx[c][h][w] = sum over k, r, s of w[k][c][r][s] dy[k][(h + P - r DH) / SH][(w + P - s DW) / SW]
// where the divisions leave nothing over. With MASK dx is cut where x, the output of a ReLU, is 0.
// dy [filters][out_height][out_width], x and dx [channels][height][width]
// grid: image groups, tiles of pixels, channels / CI
__kernel void NAME(conv_backward_input)(
    __global const float *dy, __global const float *parameters, __global const float *x,
    __global float *dx, const ConvShape s) {
  const int g = image_group(), tile = first_index(), c0 = second_index() * CI;
  const int tiles = (s.width + QW - 1) / QW;
  const int h0 = tile / tiles * QH, w0 = tile % tiles * QW;
  const int group = c0 / s.group_channels, first = group * s.group_filters;
  const int last = min(first + s.group_filters, s.filters);
  const int size = s.out_height * s.out_width;
  __global const float *w = parameters + s.weights
      + (first * s.group_channels + (c0 - group * s.group_channels) * CT) * R * S;
  dy += group_offset(g, s.filters * size) + first * size * BLOCK;

  lanes sum[CI][QH][QW];
  UNROLL for (int c = 0; c < CI; ++c)
    UNROLL for (int p = 0; p < QH; ++p)
      UNROLL for (int q = 0; q < QW; ++q) sum[c][p][q] = splat(0);

  for (int k = first; k < last; ++k) {
    __global const float *wk = w + (k - first) / CT * s.group_channels * R * S * CT
        + (k - first) % CT;
#if SH == 1 && SW == 1
    const int top = h0 + s.pad_height - (R - 1) * DH, left = w0 + s.pad_width - (S - 1) * DW;
    UNROLL for (int i = 0; i < QH + (R - 1) * DH; ++i) {
      if ((uint)(top + i) >= (uint)s.out_height) continue;
      __global const float *row = dy + ((top + i) * s.out_width + left) * BLOCK;
      UNROLL for (int j = 0; j < QW + (S - 1) * DW; ++j) {
        if ((uint)(left + j) >= (uint)s.out_width) continue;
        const lanes v = load(row + j * BLOCK);
        UNROLL for (int p = 0; p < QH; ++p)
          UNROLL for (int q = 0; q < QW; ++q) {
            const int r = (R - 1) * DH - i + p, t = (S - 1) * DW - j + q;
            if (r < 0 || t < 0 || r % DH || t % DW || r / DH >= R || t / DW >= S) continue;
            UNROLL for (int c = 0; c < CI; ++c)
              sum[c][p][q] = fma(
                  splat(wk[((c * R + r / DH) * S + t / DW) * CT]), v, sum[c][p][q]);
          }
      }
    }
#else
    UNROLL for (int r = 0; r < R; ++r)
      UNROLL for (int t = 0; t < S; ++t)
        UNROLL for (int p = 0; p < QH; ++p)
          UNROLL for (int q = 0; q < QW; ++q) {
            const int i = h0 + p + s.pad_height - r * DH, j = w0 + q + s.pad_width - t * DW;
            if (i < 0 || j < 0 || i % SH || j % SW) continue;
            if (i / SH >= s.out_height || j / SW >= s.out_width) continue;
            const lanes v = load(dy + (i / SH * s.out_width + j / SW) * BLOCK);
            UNROLL for (int c = 0; c < CI; ++c)
              sum[c][p][q] = fma(splat(wk[((c * R + r) * S + t) * CT]), v, sum[c][p][q]);
          }
#endif
    dy += size * BLOCK;
  }

  const int at = group_offset(g, s.channels * s.height * s.width);
  UNROLL for (int c = 0; c < CI; ++c)
    UNROLL for (int p = 0; p < QH; ++p)
      UNROLL for (int q = 0; q < QW; ++q) {
        if (h0 + p >= s.height || w0 + q >= s.width) continue;
        const int i = at + (((c0 + c) * s.height + h0 + p) * s.width + w0 + q) * BLOCK;
#if MASK
        store(dx + i, load(x + i) <= 0 ? splat(0) : sum[c][p][q]);
#else
        store(dx + i, sum[c][p][q]);
#endif
      }
}

// dw[k][c][r][s] = sum over n, h, w of dy[k][h][w] x[c][h SH - P + r DH][w SW - P + s DW]
// db[k] = sum over n, h, w of dy[k][h][w]
// for the image groups of one part; the parts are added up later, in order.
// gradients: the first part, laid out as the parameters; partials: [splits - 1] further ones; the
// bias is written by the first channel's rows.
// grid: GROUP x group_channels * R / RT, filters / FT, splits (GPU: images, then the others)
__kernel void NAME(conv_backward_filters)(
    __global const float *x, __global const float *dy, __global float *gradients,
    __global float *partials, const ConvShape s) {
#if GROUP > 1
  const int lane = get_local_id(0), split = get_group_id(0);
  __local float shared[(RT * S + 1) * FT * GROUP];
#else
  const int lane = 0, split = get_global_id(2);
#endif
  const int cr = first_index(), k0 = second_index() * FT;
  const int c = cr / (R / RT), r0 = cr % (R / RT) * RT;
  const int channel = k0 / s.group_filters * s.group_channels + c;
  const int size = s.out_height * s.out_width;
  const bool with_bias = s.bias >= 0 && cr == 0;

  lanes sum[FT][RT][S], bias[FT];
  UNROLL for (int k = 0; k < FT; ++k) {
    bias[k] = splat(0);
    UNROLL for (int r = 0; r < RT; ++r)
      UNROLL for (int t = 0; t < S; ++t) sum[k][r][t] = splat(0);
  }

  const int end = min(s.groups, (split + 1) * s.split_groups);
  for (int g = split * s.split_groups + lane; g < end; g += GROUP) {
    __global const float *xg = x + group_offset(g, s.channels * s.height * s.width)
        + channel * s.height * s.width * BLOCK;
    __global const float *dyg = dy + group_offset(g, s.filters * size) + k0 * size * BLOCK;
    for (int h = 0; h < s.out_height; ++h) {
      const int top = h * SH - s.pad_height + r0 * DH;
      for (int w = 0; w < s.out_width; ++w) {
        const int left = w * SW - s.pad_width;
        lanes v[FT];
        UNROLL for (int k = 0; k < FT; ++k)
          v[k] = exists(k0 + k) ? load(dyg + (k * size + h * s.out_width + w) * BLOCK) : splat(0);
        if (with_bias) UNROLL for (int k = 0; k < FT; ++k) bias[k] += v[k];
        UNROLL for (int r = 0; r < RT; ++r) {
          if (!inside(top + r * DH, s.height)) continue;
          UNROLL for (int t = 0; t < S; ++t) {
            if (!inside(left + t * DW, s.width)) continue;
            const lanes xv = load(xg + ((top + r * DH) * s.width + left + t * DW) * BLOCK);
            UNROLL for (int k = 0; k < FT; ++k) sum[k][r][t] = fma(v[k], xv, sum[k][r][t]);
          }
        }
      }
    }
  }

  __global float *part = split == 0
      ? gradients + s.weights : partials + s.partials + (split - 1) * s.partial_stride;
  __global float *dw = part + ((k0 / CT * s.group_channels + c) * R + r0) * S * CT + k0 % CT;
  __global float *db = part + (s.bias - s.weights) + k0;
#if GROUP > 1
  UNROLL for (int k = 0; k < FT; ++k) {
    UNROLL for (int i = 0; i < RT * S; ++i)
      shared[(i * FT + k) * GROUP + lane] = lane_sum(sum[k][i / S][i % S]);
    shared[(RT * S * FT + k) * GROUP + lane] = lane_sum(bias[k]);
  }
  barrier(CLK_LOCAL_MEM_FENCE);
  for (int i = lane; i < (RT * S + (with_bias ? 1 : 0)) * FT; i += GROUP) {
    float total = 0;
    for (int j = 0; j < GROUP; ++j) total += shared[i * GROUP + j];
    if (i < RT * S * FT) dw[i / FT * CT + i % FT] = total;
    else db[i - RT * S * FT] = total;
  }
#else
  UNROLL for (int i = 0; i < RT * S; ++i)
    UNROLL for (int k = 0; k < FT; ++k) dw[i * CT + k] = lane_sum(sum[k][i / S][i % S]);
  if (with_bias) UNROLL for (int k = 0; k < FT; ++k) db[k] = lane_sum(bias[k]);
#endif
}

#undef ROWS
#undef COLUMNS
#undef inside
#undef exists
