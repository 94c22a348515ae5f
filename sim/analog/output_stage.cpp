#include "sim/analog/output_stage.h"

#include <algorithm>

#include "generator/spec/range.h"

namespace cimforge::analog {

OutputStage::OutputStage(const spec::MacroSpec& spec)
    : shift_(spec.output_shift),
      bits_(spec::output_width(spec)),
      is_signed_(spec::output_is_signed(spec)),
      truncates_(spec.output_mode == spec::OutputMode::truncate) {}

std::int64_t OutputStage::operator()(std::int64_t sum, bool& fits) const {
  const std::int64_t shifted = sum >> shift_;
  fits = true;
  if (bits_ >= 64) return shifted;
  if (truncates_) {
    const auto low = static_cast<std::uint64_t>(shifted) << (64 - bits_);
    return is_signed_ ? static_cast<std::int64_t>(low) >> (64 - bits_)
                      : static_cast<std::int64_t>(low >> (64 - bits_));
  }
  const std::int64_t half = std::int64_t{1} << (bits_ - 1);
  const std::int64_t most = is_signed_ ? half - 1 : half - 1 + half;
  const std::int64_t clamped = std::clamp(shifted, is_signed_ ? -half : 0, most);
  fits = clamped == shifted;
  return clamped;
}

}  // namespace cimforge::analog
