// What a macro's streams do, cycle by cycle, for the timing diagram of the datasheet: two vectors
// one behind the other, and a receiver that keeps the first result waiting for two cycles.
#pragma once

#include <string>
#include <vector>

#include "generator/plan/plan.h"

namespace cimforge::collateral {

/// The ports during one cycle, between two rising edges.
struct TimingColumn {
  bool in_valid = false;
  bool in_ready = false;
  int in_vector = 0;    ///< 1, 2: the vector that is offered
  int step_vector = 0;  ///< the vector whose digit is in the array
  int step = 0;         ///< from 1
  bool out_valid = false;
  bool out_ready = false;
  int out_vector = 0;  ///< whose result is offered
};

/// The cycle in which the first vector is accepted, at its end.
inline constexpr int accept_column = 1;
/// Cycles in which the first result waits.
inline constexpr int waiting_columns = 2;

/// The scenario above, until both results are taken and one cycle more.
std::vector<TimingColumn> timing(const plan::MacroPlan& plan);

/// The diagram in WaveDrom's JSON.
std::string wavedrom(const plan::MacroPlan& plan);

}  // namespace cimforge::collateral
