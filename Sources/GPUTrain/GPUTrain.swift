/// All public rooms of the library: whoever imports this one needs no other.
@_exported public import Datasets
@_exported public import Networks
@_exported public import OpenCL
@_exported public import Optimizers
@_exported public import Reports
@_exported public import Schedules
@_exported public import Specs
@_exported public import Training
