// OpenCL 1.2 is the floor: what every installable driver implements, with clCreateCommandQueue
// not yet deprecated. clblast_c.h would otherwise choose 1.1.
#define CL_TARGET_OPENCL_VERSION 120
#include <CL/opencl.h>
#include <clblast_c.h>
