#line 2 "draw.h"
// Which images a batch holds: a pure function of (seed, epoch, position). No index lives in memory.

inline int drawn_image(const uint drawn, const int lane, const Draw s) {
  const uint position = drawn % s.steps * s.batch + lane;
  uint image = position;
  if (s.shuffle)
    image = shuffled(position, s.count, PURPOSE_SHUFFLE, drawn / s.steps, s.seed_low, s.seed_high);
  image += s.first;
  if (s.split)
    image = shuffled(image, s.total, PURPOSE_SPLIT, 0, s.seed_low, s.seed_high);
  return (int)image;
}

inline int active_images(const uint drawn, const Draw s) {
  return min(s.batch, s.count - (int)(drawn % s.steps) * s.batch);
}
