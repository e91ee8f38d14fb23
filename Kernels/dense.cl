#line 2 "dense.cl"
// y[k] = b[k] + sum over c of w[k][c] x[c], for every image
//
// Specialised by TAG, tiles of CT outputs x NV image groups forward, CI inputs x NV image groups
// backward to the input, FT outputs (of a CT) x GI inputs backward to the weights. RELU is applied
// to y before it is stored. RAGGED: the outputs are no multiple of CT; the weights of the missing
// ones exist and are zero. RAGGED_INPUTS: the inputs are no multiple of CI or of GI.
// Weights are packed [outputs / CT][inputs][CT].

#if RAGGED
#define exists(k) ((k) < s.outputs)
#else
#define exists(k) 1
#endif
#if RAGGED_INPUTS
#define enters(c) ((c) < s.inputs)
#else
#define enters(c) 1
#endif

// x [inputs], parameters, y [outputs]; grid: image groups / NV, 1, outputs / CT
__kernel void NAME(dense_forward)(
    __global const float *x, __global const float *parameters, __global float *y,
    const DenseShape s) {
  const int g = image_group(), k0 = second_index() * CT, stride = s.groups / NV;
  __global const float *w = parameters + s.weights + k0 * s.inputs;
  int from[NV];
  lanes sum[CT][NV];
  UNROLL for (int n = 0; n < NV; ++n) {
    from[n] = group_offset(g + n * stride, s.inputs);
    UNROLL for (int k = 0; k < CT; ++k)
      sum[k][n] = splat(s.bias < 0 ? 0.0f : parameters[s.bias + k0 + k]);
  }
  for (int c = 0; c < s.inputs; ++c) {
    UNROLL for (int n = 0; n < NV; ++n) {
      const lanes v = load(x + from[n] + c * BLOCK);
      UNROLL for (int k = 0; k < CT; ++k) sum[k][n] = fma(splat(w[c * CT + k]), v, sum[k][n]);
    }
  }
  UNROLL for (int n = 0; n < NV; ++n) {
    __global float *to = y + group_offset(g + n * stride, s.outputs) + k0 * BLOCK;
    UNROLL for (int k = 0; k < CT; ++k) {
      if (!exists(k0 + k)) continue;
#if RELU
      store(to + k * BLOCK, relu(sum[k][n]));
#else
      store(to + k * BLOCK, sum[k][n]);
#endif
    }
  }
}

// dx[c] = sum over k of w[k][c] dy[k]; with MASK cut where x, the output of a ReLU, is 0.
// dy [outputs], x and dx [inputs]; grid: image groups / NV, inputs / CI
__kernel void NAME(dense_backward_input)(
    __global const float *dy, __global const float *parameters, __global const float *x,
    __global float *dx, const DenseShape s) {
  const int g = image_group(), c0 = first_index() * CI, stride = s.groups / NV;
  int from[NV];
  lanes sum[CI][NV];
  UNROLL for (int n = 0; n < NV; ++n) {
    from[n] = group_offset(g + n * stride, s.outputs);
    UNROLL for (int c = 0; c < CI; ++c) sum[c][n] = splat(0);
  }
  for (int k0 = 0; k0 < s.outputs; k0 += CT) {
    __global const float *w = parameters + s.weights + k0 * s.inputs + c0 * CT;
    UNROLL for (int k = 0; k < CT; ++k) {
      if (!exists(k0 + k)) continue;
      UNROLL for (int n = 0; n < NV; ++n) {
        const lanes v = load(dy + from[n] + (k0 + k) * BLOCK);
        UNROLL for (int c = 0; c < CI; ++c)
          if (enters(c0 + c)) sum[c][n] = fma(splat(w[c * CT + k]), v, sum[c][n]);
      }
    }
  }
  UNROLL for (int n = 0; n < NV; ++n) {
    const int at = group_offset(g + n * stride, s.inputs) + c0 * BLOCK;
    UNROLL for (int c = 0; c < CI; ++c) {
      if (!enters(c0 + c)) continue;
#if MASK
      store(dx + at + c * BLOCK, load(x + at + c * BLOCK) <= 0 ? splat(0) : sum[c][n]);
#else
      store(dx + at + c * BLOCK, sum[c][n]);
#endif
    }
  }
}

// dw[k][c] = sum over n of dy[k] x[c], db[k] = sum over n of dy[k]
// gradients: laid out as the parameters; grid: GROUP x inputs / GI, outputs / FT
__kernel void NAME(dense_backward_filters)(
    __global const float *x, __global const float *dy, __global float *gradients,
    const DenseShape s) {
#if GROUP > 1
  const int lane = get_local_id(0);
  __local float shared[(GI + 1) * FT * GROUP];
#else
  const int lane = 0;
#endif
  const int c0 = first_index() * GI, k0 = second_index() * FT;
  lanes sum[FT][GI], bias[FT];
  UNROLL for (int k = 0; k < FT; ++k) {
    bias[k] = splat(0);
    UNROLL for (int c = 0; c < GI; ++c) sum[k][c] = splat(0);
  }
  for (int g = lane; g < s.groups; g += GROUP) {
    __global const float *xg = x + group_offset(g, s.inputs) + c0 * BLOCK;
    __global const float *dyg = dy + group_offset(g, s.outputs) + k0 * BLOCK;
    lanes v[FT];
    UNROLL for (int k = 0; k < FT; ++k) {
      v[k] = exists(k0 + k) ? load(dyg + k * BLOCK) : splat(0);
      if (c0 == 0) bias[k] += v[k];
    }
    UNROLL for (int c = 0; c < GI; ++c) {
      if (!enters(c0 + c)) continue;
      const lanes xv = load(xg + c * BLOCK);
      UNROLL for (int k = 0; k < FT; ++k) sum[k][c] = fma(v[k], xv, sum[k][c]);
    }
  }
  __global float *dw = gradients + s.weights + (k0 / CT * s.inputs + c0) * CT + k0 % CT;
  __global float *db = gradients + s.bias + k0;
  const bool with_bias = s.bias >= 0 && c0 == 0;
#if GROUP > 1
  UNROLL for (int k = 0; k < FT; ++k) {
    UNROLL for (int c = 0; c < GI; ++c) shared[(c * FT + k) * GROUP + lane] = lane_sum(sum[k][c]);
    shared[(GI * FT + k) * GROUP + lane] = lane_sum(bias[k]);
  }
  barrier(CLK_LOCAL_MEM_FENCE);
  for (int i = lane; i < (GI + (with_bias ? 1 : 0)) * FT; i += GROUP) {
    float total = 0;
    for (int j = 0; j < GROUP; ++j) total += shared[i * GROUP + j];
    if (i >= GI * FT) db[i - GI * FT] = total;
    else if (enters(c0 + i / FT)) dw[i / FT * CT + i % FT] = total;
  }
#else
  UNROLL for (int c = 0; c < GI; ++c)
    UNROLL for (int k = 0; k < FT; ++k)
      if (enters(c0 + c)) dw[c * CT + k] = lane_sum(sum[k][c]);
  if (with_bias) UNROLL for (int k = 0; k < FT; ++k) db[k] = lane_sum(bias[k]);
#endif
}

#undef exists
#undef enters
