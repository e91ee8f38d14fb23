#line 2 "loss.cl"
// loss = -log(exp(z[label]) / sum over k of exp(z[k])), in the stable form: with m the greatest z,
// loss = log(sum of exp(z[k] - m)) - (z[label] - m). z [classes], labels [images], -1: inactive.

// The greatest logit and its first place; a NaN wins, so that it shows.
inline lanes greatest(__global const float *z, const int classes, lanes_int *place) {
  lanes m = load(z);
  *place = (lanes_int)(0);
  for (int k = 1; k < classes; ++k) {
    const lanes v = load(z + k * BLOCK);
    const lanes_int better = v > m | v != v;
    m = better ? v : m;
    *place = better ? (lanes_int)(k) : *place;
  }
  return m;
}

// dz[k] = (softmax(z)[k] - [k = label]) / images of the update, zero for inactive images, so that the
// gradients of an update's batches add up to the mean's; the loss and whether the first greatest
// logit is the label's go to losses and hits, one float an image.
// grid: image groups
__kernel void softmax_cross_entropy(
    __global const float *z, __global const int *labels, __global float *dz,
    __global float *losses, __global float *hits, __global const Progress *progress,
    const int classes, const Draw s) {
  const int g = image_group();
  const int at = group_offset(g, classes);
  const lanes_int label = load_int(labels + g * V);
  const lanes_int inactive = label < 0;
  const float share = 1.0f / update_images(progress->drawn, s);
  lanes_int place;
  const lanes m = greatest(z + at, classes, &place);
  lanes sum = splat(0), picked = splat(0);
  for (int k = 0; k < classes; ++k) {
    const lanes v = load(z + at + k * BLOCK) - m;
    const lanes e = exp(v);
    sum += e;
    picked = label == (lanes_int)(k) ? v : picked;
    store(dz + at + k * BLOCK, e);
  }
  const lanes scale = share / sum;
  for (int k = 0; k < classes; ++k) {
    const lanes p = load(dz + at + k * BLOCK) * scale;
    const lanes d = label == (lanes_int)(k) ? p - share : p;
    store(dz + at + k * BLOCK, inactive ? splat(0) : d);
  }
  store(losses + g * V, inactive ? splat(0) : log(sum) - picked);
  store(hits + g * V, place == label ? splat(1) : splat(0));
}

// The same without gradient, added up over the batches of an evaluation. grid: image groups
__kernel void score(
    __global const float *z, __global const int *labels, __global float *losses,
    __global float *hits, __global Progress *progress, const int classes) {
  const int g = image_group();
  const int at = group_offset(g, classes);
  const lanes_int label = load_int(labels + g * V);
  lanes_int place;
  const lanes m = greatest(z + at, classes, &place);
  lanes sum = splat(0), picked = splat(0);
  for (int k = 0; k < classes; ++k) {
    const lanes v = load(z + at + k * BLOCK) - m;
    sum += exp(v);
    picked = label == (lanes_int)(k) ? v : picked;
  }
  const lanes loss = label < 0 ? splat(0) : log(sum) - picked;
  const lanes hit = place == label ? splat(1) : splat(0);
  const bool first = progress->drawn == 0;
  store(losses + g * V, first ? loss : load(losses + g * V) + loss);
  store(hits + g * V, first ? hit : load(hits + g * V) + hit);
  if (g == 0) progress->next_drawn = progress->drawn + 1;
}
