#line 2 "winograd_filters.cl"
// u = G w G' of every 3 x 3 filter, for winograd.cl: once as it is, once turned around for the
// gradient of the input.
// parameters: w [filters / tile][channels][3][3][tile]
// transformed: [16][filters / forward_tile][channels][forward_tile], then
//              [16][channels / backward_tile][filters][backward_tile]
// grid: filters, channels, both rounded up to whole tiles
__kernel void winograd_filters(
    __global const float *parameters, __global float *transformed, const WinogradFilterShape s) {
  const int k = get_global_id(0), c = get_global_id(1);
  float u[4][4];
  for (int i = 0; i < 4; ++i)
    for (int j = 0; j < 4; ++j) u[i][j] = 0;
  if (k < s.filters && c < s.channels) {
    __global const float *w = parameters + s.weights
        + ((k / s.tile * s.channels + c) * 9) * s.tile + k % s.tile;
    float rows[4][3];
    for (int j = 0; j < 3; ++j) {
      const float a = w[j * s.tile], b = w[(3 + j) * s.tile], d = w[(6 + j) * s.tile];
      rows[0][j] = a;
      rows[1][j] = 0.5f * (a + b + d);
      rows[2][j] = 0.5f * (a - b + d);
      rows[3][j] = d;
    }
    for (int i = 0; i < 4; ++i) {
      const float a = rows[i][0], b = rows[i][1], d = rows[i][2];
      u[i][0] = a;
      u[i][1] = 0.5f * (a + b + d);
      u[i][2] = 0.5f * (a - b + d);
      u[i][3] = d;
    }
  }
  const int forward_blocks = (s.filters + s.forward_tile - 1) / s.forward_tile;
  const int backward_blocks = (s.channels + s.backward_tile - 1) / s.backward_tile;
  __global float *forward = transformed
      + (k / s.forward_tile * s.channels + c) * s.forward_tile + k % s.forward_tile;
  __global float *backward = transformed + 16 * forward_blocks * s.channels * s.forward_tile
      + (c / s.backward_tile * s.filters + k) * s.backward_tile + c % s.backward_tile;
  // Turning a filter around swaps its first and last rows and columns: so do rows of G w G'.
  const int turned[4] = {3, 1, 2, 0};
  for (int i = 0; i < 4; ++i) {
    for (int j = 0; j < 4; ++j) {
      const int f = i * 4 + j;
      if (k < forward_blocks * s.forward_tile && c < s.channels)
        forward[f * forward_blocks * s.channels * s.forward_tile] = u[i][j];
      if (c < backward_blocks * s.backward_tile && k < s.filters)
        backward[f * backward_blocks * s.filters * s.backward_tile] = u[turned[i]][turned[j]];
    }
  }
}
