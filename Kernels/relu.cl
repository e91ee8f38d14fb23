#line 2 "relu.cl"
// A ReLU that no neighbour could take in. x and y [floats], in any layout; grid: vectors of V.

// y = max(x, 0), NaN stays NaN
__kernel void relu_forward(__global const float *x, __global float *y) {
  const int i = get_global_id(0) * V;
  store(y + i, relu(load(x + i)));
}

// dx = dy where y > 0 (or NaN), else 0
__kernel void relu_backward(
    __global const float *dy, __global const float *y, __global float *dx) {
  const int i = get_global_id(0) * V;
  store(dx + i, load(y + i) <= 0 ? splat(0) : load(dy + i));
}
