// OpenCL
