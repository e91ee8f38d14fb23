#line 2 "winograd.cl"
// Convolutions with 3 x 3 windows and stride 1 by Winograd's F(2 x 2, 3 x 3) (Lavin and Gray, 2015):
// 16 multiplications for 2 x 2 outputs instead of 36.
//   y = A' [ sum over c of (G w G') . (B' x B) ] A      ' transposes, . multiplies by elements
// with B' = 1  0 -1  0    G =  1    0   0      A' = 1  1  1  0
//           0  1  1  0        1/2  1/2 1/2          0  1 -1 -1
//           0 -1  1  0        1/2 -1/2 1/2
//           0  1  0 -1         0    0   1
// The gradient of x is the same convolution of dy with the filters turned around.
//
// Specialised by TAG, tiles of CT target channels x T places of 2 x 2 outputs, SOURCES channels
// summed over; RELU, POOL (2 x 2, max) and MASK as in conv.cl. RAGGED: the targets are no multiple
// of CT. For CPUs only: a work-item keeps the transformed input of its places in local memory.
// Transformed filters lie [16][targets / CT][sources][CT].

#if RAGGED
#define exists(k) ((k) < s.targets)
#else
#define exists(k) 1
#endif

// v = B' d B of one 4 x 4 patch, to v[i * step]
inline void NAME(transform_input)(const lanes d[4][4], __local lanes *v, const int step) {
  lanes rows[4][4];
  UNROLL for (int j = 0; j < 4; ++j) {
    rows[0][j] = d[0][j] - d[2][j];
    rows[1][j] = d[1][j] + d[2][j];
    rows[2][j] = d[2][j] - d[1][j];
    rows[3][j] = d[1][j] - d[3][j];
  }
  UNROLL for (int i = 0; i < 4; ++i) {
    v[(i * 4 + 0) * step] = rows[i][0] - rows[i][2];
    v[(i * 4 + 1) * step] = rows[i][1] + rows[i][2];
    v[(i * 4 + 2) * step] = rows[i][2] - rows[i][1];
    v[(i * 4 + 3) * step] = rows[i][1] - rows[i][3];
  }
}

// y = A' m A
inline void NAME(transform_output)(const lanes m[16], lanes y[2][2]) {
  lanes rows[2][4];
  UNROLL for (int j = 0; j < 4; ++j) {
    rows[0][j] = m[j] + m[4 + j] + m[8 + j];
    rows[1][j] = m[4 + j] - m[8 + j] - m[12 + j];
  }
  UNROLL for (int i = 0; i < 2; ++i) {
    y[i][0] = rows[i][0] + rows[i][1] + rows[i][2];
    y[i][1] = rows[i][1] - rows[i][2] - rows[i][3];
  }
}

// source [sources][in_height][in_width], filters transformed, parameters (for the bias), masked
// [targets][out_height][out_width] (with MASK), target of the same shape, or with POOL, as codes,
// [targets][out_height / 2][out_width / 2]
// grid: image groups, places / T
__kernel void NAME(winograd)(
    __global const float *source, __global const float *filters, __global const float *parameters,
    __global const float *masked, __global float *target, __global uchar *codes,
    const WinogradShape s) {
  __local lanes v[16 * SOURCES * T];
  const int g = image_group(), first = first_index() * T;
  const int size = s.in_height * s.in_width;
  source += group_offset(g, SOURCES * size);

  for (int t = 0; t < T; ++t) {
    // The last work-item's spare places repeat the last one and are not stored.
    const int place = min(first + t, s.places - 1);
    const int top = place / s.places_wide * 2 - s.pad_height;
    const int left = place % s.places_wide * 2 - s.pad_width;
    const bool whole = top >= 0 && left >= 0 && top + 4 <= s.in_height && left + 4 <= s.in_width;
    for (int c = 0; c < SOURCES; ++c) {
      __global const float *x = source + (c * size + top * s.in_width + left) * BLOCK;
      lanes d[4][4];
      if (whole) {
        UNROLL for (int i = 0; i < 4; ++i)
          UNROLL for (int j = 0; j < 4; ++j) d[i][j] = load(x + (i * s.in_width + j) * BLOCK);
      } else {
        UNROLL for (int i = 0; i < 4; ++i)
          UNROLL for (int j = 0; j < 4; ++j)
            d[i][j] = (uint)(top + i) < (uint)s.in_height && (uint)(left + j) < (uint)s.in_width
                ? load(x + (i * s.in_width + j) * BLOCK) : splat(0);
      }
      NAME(transform_input)(d, v + c * T + t, SOURCES * T);
    }
  }

  const int out_size = s.out_height * s.out_width;
  const int blocks = (s.targets + CT - 1) / CT;
  for (int k0 = 0; k0 < s.targets; k0 += CT) {
    lanes m[CT][T][16];
    for (int f = 0; f < 16; ++f) {
      __global const float *u = filters + s.filters + (f * blocks + k0 / CT) * SOURCES * CT;
      __local const lanes *vf = v + f * SOURCES * T;
      lanes sum[CT][T];
      UNROLL for (int k = 0; k < CT; ++k) UNROLL for (int t = 0; t < T; ++t) sum[k][t] = splat(0);
      for (int c = 0; c < SOURCES; ++c) {
        UNROLL for (int k = 0; k < CT; ++k)
          UNROLL for (int t = 0; t < T; ++t)
            sum[k][t] = fma(splat(u[c * CT + k]), vf[c * T + t], sum[k][t]);
      }
      UNROLL for (int k = 0; k < CT; ++k) UNROLL for (int t = 0; t < T; ++t) m[k][t][f] = sum[k][t];
    }
    for (int t = 0; t < T; ++t) {
      const int place = first + t;
      if (place >= s.places) break;
      const int h = place / s.places_wide * 2, w = place % s.places_wide * 2;
      for (int k = 0; k < CT; ++k) {
        if (!exists(k0 + k)) break;
        lanes y[2][2];
        NAME(transform_output)(m[k][t], y);
#if POOL
        const lanes bias = splat(s.bias < 0 ? 0.0f : parameters[s.bias + k0 + k]);
        const int rows = s.out_height / 2, columns = s.out_width / 2;
        const int at = group_offset(g, s.targets * rows * columns)
            + ((k0 + k) * rows * columns + h / 2 * columns + w / 2) * BLOCK;
        lanes best = y[0][0];
        lanes_int code = (lanes_int)(0);
        UNROLL for (int i = 1; i < 4; ++i) {
          const lanes candidate = y[i / 2][i % 2];
          const lanes_int better = candidate > best | candidate != candidate;
          best = better ? candidate : best;
          code = better ? (lanes_int)(i) : code;
        }
        best += bias;
#if RELU
        code = best <= 0 ? (lanes_int)(4) : code;
        best = relu(best);
#endif
        store(target + at, best);
        store_byte(codes + at, to_byte(code));
#else
        const int at = group_offset(g, s.targets * out_size) + (k0 + k) * out_size * BLOCK;
        const float bias = s.bias < 0 ? 0.0f : parameters[s.bias + k0 + k];
        UNROLL for (int i = 0; i < 2; ++i)
          UNROLL for (int j = 0; j < 2; ++j) {
            if (h + i >= s.out_height || w + j >= s.out_width) continue;
            const int pixel = at + ((h + i) * s.out_width + w + j) * BLOCK;
            const lanes value = y[i][j] + splat(bias);
#if RELU
            store(target + pixel, relu(value));
#elif MASK
            store(target + pixel, load(masked + pixel) <= 0 ? splat(0) : value);
#else
            store(target + pixel, value);
#endif
          }
#endif
      }
    }
  }
}

#undef exists
