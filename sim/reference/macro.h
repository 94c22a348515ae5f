// The golden model of a whole analog macro: how formats are cut into digits of inputs and slices of
// weights, and the exact arithmetic that puts the codes of the converters together again. The RTL
// does the same arithmetic. Array and converters are either ideal integers or any model that gives
// a sum S as a real number and a code of it.
//
// y[c] = sum over r of x[r] W[r][c], but for what the converters lose, shifted and cut to the
// output.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "sim/reference/cells.h"
#include "sim/reference/converter.h"

namespace cimforge::reference {

/// Two's complement if signed: `int1` has the values -1 and 0. Bipolar: one bit, 1 for +1 and 0 for
/// -1.
struct Format {
  int bits = 8;
  bool is_signed = true;
  bool is_bipolar = false;
};

/// How a weight becomes levels of cells.
enum class Encoding {
  differential,  ///< signed weights: two cells a slice, for max(W, 0) and max(-W, 0)
  offset,        ///< signed weights: W + 2^(bits-1), and one reference column for the whole macro
  plain,         ///< unsigned weights: the value itself
  bipolar,       ///< the bit of the weight; a column is a string that counts matches
};

enum class OutputMode { exact, saturate, truncate };

/// What of a column can be adjusted: an exact converter has 0, 4096.
struct Trim {
  int offset = 0;   ///< 1/16 LSB, signed
  int gain = 4096;  ///< 1/4096, unsigned
};

struct MacroParameters {
  std::size_t rows = 1;     ///< R
  std::size_t columns = 1;  ///< C, of weights; device columns and converters follow
  Format input;
  Format weight;
  int code_bits = 1;  ///< k, of an input digit
  int cell_bits = 1;  ///< of a level
  Encoding encoding = Encoding::plain;
  int adc_bits = 8;         ///< B; the converters are signed with the differential encoding
  std::vector<int> ranges;  ///< one a column: an LSB is 2^range product units
  int reference_range = 0;  ///< of the reference column
  std::vector<Trim> trims;  ///< one a column; the reference column has none
  int output_shift = 0;     ///< arithmetic, right
  OutputMode mode = OutputMode::exact;
  int output_bits = 32;
  bool output_signed = true;
};

// ---- Shape ----

/// J: the slices of cell_bits of a weight, ceil(bits / cell_bits). A differential weight needs
/// `bits` bits for the magnitude too: the greatest is 2^(bits-1).
int slices(const MacroParameters& p);
/// Cells of a slice: 2 of a differential pair, else 1.
std::size_t cells_per_slice(const MacroParameters& p);
bool has_reference(const MacroParameters& p);
/// The slice to which the reference column belongs: (bits - 1) / cell_bits.
int reference_slice(const MacroParameters& p);
/// Device columns: (c J + j) cells_per_slice + (0 plus, 1 minus), then the reference column. The
/// order is this model's own.
std::size_t device_columns(const MacroParameters& p);
/// Converters: c J + j, then that of the reference column.
std::size_t converters(const MacroParameters& p);

/// Levels of the cells, rows x device_columns, of weights, rows x columns.
std::vector<int> cell_levels(const MacroParameters& p, std::span<const std::int64_t> weights);

/// One step: what the rows are driven with.
struct Step {
  std::vector<int> codes;  ///< one a row, 0 to 2^k - 1
  bool is_sign = false;    ///< the sign bits, which count -2^(bits-1)
};

/// The digits of k bits of the inputs' magnitude bits, most significant first, and of signed inputs
/// the sign bits as a last step.
std::vector<Step> steps(const MacroParameters& p, std::span<const std::int64_t> inputs);

// ---- Arithmetic ----

/// clamp(floor((S + half) / 2^range)), half = 2^(range-1), 0 for range 0: the code of an ideal
/// converter.
Conversion ideal_code(const MacroParameters& p, std::int64_t sum, int range);

/// v = floor(((16 code - offset) gain 2^range + 2^15) / 2^16): the code in product units, trimmed.
std::int64_t trimmed(std::int64_t code, const Trim& trim, int range);

/// Bits of the largest sum of a column of cells in one step, rows (2^k - 1) (2^cell_bits - 1).
int sum_bits(const MacroParameters& p);
/// v as its register holds it: clamped to sum_bits + 2 bits, two's complement.
std::int64_t clamped_value(const MacroParameters& p, std::int64_t v);

/// The output stage: floor(y / 2^output_shift), then clamped or cut to output_bits.
std::int64_t output_value(const MacroParameters& p, std::int64_t y);

// ---- Array and converters ----

/// S of every device column, in product units, of one step.
using ReadSums = std::function<std::vector<double>(const Step&)>;
/// The code of a sum at a converter.
using ConvertSum = std::function<Conversion(std::size_t converter, double sum, int range)>;

/// S[d] = sum over r of code[r] level[r][d]; bipolar: the rows with code[r] = level[r][d].
ReadSums ideal_sums(const MacroParameters& p, std::span<const std::int64_t> weights);
ConvertSum ideal_conversion(const MacroParameters& p);

/// What a device-model macro is made of. Counters of reads and conversions go on with each step.
struct AnalogParts {
  Array array;  ///< rows x device_columns, programmed
  Conditions conditions;
  std::vector<Converter> converters;
  std::uint64_t reads = 0;                 ///< before
  std::vector<std::uint64_t> conversions;  ///< before, one a converter
};
/// `parts` must outlive the result. Bipolar: the sums are resistances of strings, in ohm, and the
/// conversions those of their delays.
ReadSums device_sums(const MacroParameters& p, AnalogParts& parts);
ConvertSum device_conversion(const MacroParameters& p, AnalogParts& parts);

// ---- The macro ----

struct Result {
  std::vector<std::int64_t> outputs;  ///< one a column
  /// One a column: in some step a conversion of it or its value was clipped, or the output was.
  std::vector<bool> saturated;
  bool reference_saturated = false;
};

class Macro {
 public:
  /// Ideal cells and converters.
  Macro(MacroParameters parameters, std::span<const std::int64_t> weights);
  /// Any model of array and converters.
  Macro(MacroParameters parameters, ReadSums read, ConvertSum convert);

  [[nodiscard]] const MacroParameters& parameters() const { return parameters_; }

  /// One vector of `rows` inputs.
  [[nodiscard]] Result multiply(std::span<const std::int64_t> inputs) const;

 private:
  MacroParameters parameters_;
  ReadSums read_;
  ConvertSum convert_;
};

}  // namespace cimforge::reference
