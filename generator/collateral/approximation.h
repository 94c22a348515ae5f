// What an approximate macro says of itself: what it leaves out, and the error that this makes.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "generator/plan/plan.h"

namespace cimforge::collateral {

/// `OR over 4 rows: 16 bits a plane in place of 64; 3 of 16 planes are dropped`
std::string approximation_text(const plan::MacroPlan& plan);
/// `-1200 to 900; mean -3.2, RMS 40.1, magnitude 31.9 (uniformly random codes)`
std::string error_text(const plan::MacroPlan& plan);
/// A section of the datasheet.
std::string approximation_section(const plan::MacroPlan& plan);
/// Keys: groups, dropped_planes, worst_error (least, greatest), mean_error, rms_error,
/// mean_error_magnitude, magnitude_samples (0: exact).
nlohmann::ordered_json approximation_json(const plan::MacroPlan& plan);

}  // namespace cimforge::collateral
