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

// Whether a batch is the first of an update's.
inline bool begins_update(const uint drawn, const Draw s) {
  return drawn % s.steps % s.accumulate == 0;
}

// The number of the update that a batch belongs to, skipped ones included.
inline uint update_number(const uint drawn, const Draw s) {
  const uint updates = (s.steps + s.accumulate - 1) / s.accumulate;
  return drawn / s.steps * updates + drawn % s.steps / s.accumulate;
}

// The images of all batches of the update that a batch belongs to.
inline int update_images(const uint drawn, const Draw s) {
  const int first = drawn % s.steps / s.accumulate * s.accumulate;
  return min(s.accumulate * s.batch, s.count - first * s.batch);
}
