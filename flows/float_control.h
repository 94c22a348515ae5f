// The control of a floating macro, proved by the rules that it keeps
// (proof/reference/float_control_rules.v).
#pragma once

#include <chrono>

#include "flows/float_workbench.h"
#include "proof/prove.h"

namespace cimforge::flows {

inline constexpr const char* float_control = "cim_float_control";

/// The rules hold in every state that it can reach from reset, and each ready is a function of
/// registers and of the array's readies. Throws Unproved where not, Undecided at the limit.
proof::ProvedPart prove_float_control(const FloatWorkbench& bench, const Parameters& parameters,
                                      std::chrono::milliseconds limit);

}  // namespace cimforge::flows
