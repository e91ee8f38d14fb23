#include <zlib.h>

// inflateInit2 is a macro, which Swift does not import. 15 is the largest window, 16 asks for gzip.
static inline int inflate_gzip_begin(z_streamp stream) { return inflateInit2(stream, 15 + 16); }
