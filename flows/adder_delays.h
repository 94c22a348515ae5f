// What the adders of a library take, as the unit delays that a plan orders its trees by.
#pragma once

#include <optional>

#include "flows/cell_library.h"
#include "generator/plan/plan.h"
#include "generator/spec/spec.h"

namespace cimforge::flows {

/// The delays of the first library for trees of this form, in units of 1/32 of the longest way
/// through a full adder: of the adder cells for `area` and the fixed forms, of the four gates
/// (adder_mapping.h) for `speed`, and the mean of both for `balanced`, where both are used; of what
/// there is where the library has only one of them. A way is the mean of its rising and falling
/// edges, each output with the input of a full adder as its load and slews as they come out of
/// such a way. Nothing where the library has neither, or no tables of delays.
std::optional<plan::LibraryDelays> adder_delays(const CellLibrary& library, spec::AdderTree form);

}  // namespace cimforge::flows
