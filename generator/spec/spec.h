// MacroSpec: what the user asked for, validated once and immutable from then on. No width that
// follows from it, and no plan, is kept here: those belong to generator/plan.
#pragma once

#include <array>
#include <cstdint>
#include <string>

namespace cimforge::spec {

/// What the bits of a code mean: an integer, or sign, exponent and fraction (docs/floating.md).
enum class Element {
  integer,
  fp16,
  bf16,
  fp8_e4m3,
  fp8_e5m2,
  fp6_e3m2,
  fp6_e2m3,
  fp4_e2m1,
};

/// A number format: `bits` wide, unsigned or two's complement. A signed format of one bit has the
/// values 0 and -1. Or bipolar: the bit 1 is +1, the bit 0 is -1 (the name that FINN and Brevitas
/// use); in hardware that is an unsigned bit, which means something else. So is a floating-point
/// code an unsigned integer that means something else; min, max and holds are of the codes.
struct IntegerFormat {
  bool is_signed = true;
  int bits = 4;             ///< 1 to 16
  bool is_bipolar = false;  ///< is_signed is false then, and bits 1
  Element element = Element::integer;
  bool has_scale = false;   ///< a block of codes shares a scale, an E8M0 power of two
  bool is_ternary = false;  ///< of the codes of int2 those of -1, 0 and 1 alone (docs/binary.md)

  static constexpr IntegerFormat bipolar() { return {false, 1, true}; }
  static constexpr IntegerFormat ternary() {
    return {true, 2, false, Element::integer, false, true};
  }

  [[nodiscard]] constexpr std::int64_t min() const {
    if (is_bipolar || is_ternary) return -1;
    return is_signed ? -(std::int64_t{1} << (bits - 1)) : 0;
  }
  [[nodiscard]] constexpr std::int64_t max() const {
    return is_signed ? (std::int64_t{1} << (bits - 1)) - 1 : (std::int64_t{1} << bits) - 1;
  }
  [[nodiscard]] constexpr bool holds(std::int64_t value) const {
    return min() <= value && value <= max() && !(is_bipolar && value == 0);
  }
  /// The value of a code of zeros.
  [[nodiscard]] constexpr std::int32_t rest() const { return is_bipolar ? -1 : 0; }
  /// Neither bipolar, nor ternary, nor with an exponent, nor with a scale.
  [[nodiscard]] constexpr bool is_integer() const {
    return !is_bipolar && !is_ternary && !has_scale && element == Element::integer;
  }
  /// `int4`, `uint8`, `bipolar`, `ternary`, `bf16`, `mxfp8_e4m3`.
  [[nodiscard]] std::string name() const;
  bool operator==(const IntegerFormat&) const = default;
};

enum class Kind { digital, analog, hybrid, near_memory, floating, logic };
enum class Storage { latch, flop, bitcell };
/// Transistors of a bitcell (docs/storage.md).
enum class Bitcell { six_t, eight_t, twelve_t, transposable_8t, two_bit };
/// Fixed forms; and three that the planner makes of as few adders as it takes, whose cells are
/// chosen for the least area, for time at little more area, or for time (flows/adder_mapping.h).
enum class AdderTree { loop, ripple, wallace, dadda, area, balanced, speed };

/// Whether the planner orders the adders by arrival, column by column.
constexpr bool is_planned(AdderTree tree) {
  return tree >= AdderTree::area;
}

/// exact: every reachable sum fits. saturate: a sum past the range of `bits` becomes its end.
/// truncate: the low `bits` of the sum are kept, the rest is dropped (arithmetic modulo 2^bits).
/// sign: one bit, 1 where the sum is at least the threshold of its column (docs/binary.md).
enum class OutputMode { exact, saturate, truncate, sign };

/// How signed weights are stored in an analog array. differential: two devices, one for positive
/// and one for negative weights, whose currents are subtracted. offset: weight + 2^(bits - 1) in
/// one device, and a reference column takes the offset off. Unsigned weights need neither.
enum class Encoding { differential, offset };
/// Kinds of analog-to-digital converter. A conversion takes 1, `bits`, 2^bits and 2^bits cycles.
enum class Adc { flash, sar, ramp, time };
/// What stands for the array of cells in simulation: plain Verilog of exact integers, or the model
/// of the device, its wires and converters behind DPI-C (docs/analog_model.md).
enum class ArrayModel { exact, device };
enum class InactiveRow { grounded, floating };
enum class CellKind { passive, one_transistor };

/// Whether a vector may ask for the product with the transposed matrix (docs/transpose.md).
enum class Transpose { never, per_vector };
/// How the input bits of a cycle become partial products: each bit one, or a radix-4 Booth digit
/// for two of them (docs/booth.md).
enum class Recoding { none, booth };
/// Whether widths and signs are those of the specification or those that each vector brings
/// (docs/precision.md).
enum class PrecisionMode { fixed, per_vector };
/// What happens in a cycle whose input bits are zero in every row, and to the register of a row
/// whose input is zero (docs/sparsity.md).
enum class ZeroPlanes { compute, skip };
enum class ZeroRows { load, gate };

/// What the exponents of the operands of a floating macro are aligned to: the largest one of the
/// format, of the vector, of a block of rows, or of the products of a block in each column
/// (docs/floating.md).
enum class InputTarget { format, vector, block, product };
enum class WeightTarget { format, block };
/// Where weights are aligned: by software, before they are written; at the write port; or when they
/// are read, for each vector.
enum class WeightAligner { offline, write, read };
/// What becomes of the bits that alignment shifts out. sticky: the lowest bit is the OR of itself
/// and of them.
enum class Rounding { truncate, nearest_even, sticky };
enum class ResultFormat { fp32, bf16, integer };

/// What stands beside each stored weight so that an error in it is seen, or mended
/// (docs/protection.md).
enum class Code { none, parity, secded };
/// Whether rows are read, and written again where a bit of them was mended, while no vector
/// computes.
enum class Scrubbing { never, idle };
/// Whether a pin holds the clock gates open and resets the state of scan chains.
enum class TestMode { none, pin };

/// What a specification calls the values of the enumerations above, in their order.
inline constexpr std::array kind_names = {"digital",     "analog",   "hybrid",
                                          "near_memory", "floating", "logic"};
inline constexpr std::array storage_names = {"latch", "flop", "bitcell"};
inline constexpr std::array bitcell_names = {"6T", "8T", "12T", "8T_transposable", "2bit"};
inline constexpr std::array adder_tree_names = {"loop", "ripple",   "wallace", "dadda",
                                                "area", "balanced", "speed"};
inline constexpr std::array encoding_names = {"differential", "offset"};
inline constexpr std::array adc_names = {"flash", "sar", "ramp", "time"};
inline constexpr std::array array_model_names = {"exact", "device"};
inline constexpr std::array inactive_row_names = {"grounded", "floating"};
inline constexpr std::array cell_kind_names = {"passive", "one_transistor"};
inline constexpr std::array transpose_names = {"never", "per_vector"};
inline constexpr std::array recoding_names = {"none", "booth"};
inline constexpr std::array precision_mode_names = {"fixed", "per_vector"};
inline constexpr std::array zero_plane_names = {"compute", "skip"};
inline constexpr std::array zero_row_names = {"load", "gate"};
inline constexpr std::array input_target_names = {"format", "vector", "block", "product"};
inline constexpr std::array weight_target_names = {"format", "block"};
inline constexpr std::array weight_aligner_names = {"offline", "write", "read"};
inline constexpr std::array rounding_names = {"truncate", "nearest_even", "sticky"};
inline constexpr std::array result_format_names = {"fp32", "bf16", "integer"};
inline constexpr std::array output_mode_names = {"exact", "saturate", "truncate", "sign"};
inline constexpr std::array code_names = {"none", "parity", "secded"};
inline constexpr std::array scrubbing_names = {"never", "idle"};
inline constexpr std::array test_mode_names = {"none", "pin"};

/// Timing constraints that go to the SDC file, in nanoseconds. Where a specification leaves a delay
/// out, it is a fifth of the clock period.
struct Timing {
  double clock_period_ns = 10.0;
  double input_delay_ns = 2.0;   ///< after the clock edge, on every input but clk_i and rst_ni
  double output_delay_ns = 2.0;  ///< before the clock edge, on every output
  bool operator==(const Timing&) const = default;
};

/// What only a macro with an analog array has: cells, converters, programming.
struct Analog {
  std::string device = "reram_neurram";  ///< a preset or a TOML file (docs/devices.md)
  Encoding encoding = Encoding::differential;
  int cell_bits = 2;        ///< of a weight in one device, 1 to 8
  int columns_per_adc = 8;  ///< columns that take turns at a converter, 1 to 4096
  Adc adc = Adc::sar;
  int adc_bits = 8;   ///< 1 to 16
  int adc_range = 0;  ///< one step is 2^adc_range products of the lowest bits, after reset
  std::string converter = "ideal";  ///< `ideal`, or a TOML file with the converters' errors
  int settle_cycles = 1;            ///< from the row drivers to the first conversion of a step
  int pulse_cycles = 1;             ///< length of a programming pulse
  int program_retries = 16;         ///< pulses to a row before its cells are reported
  int program_tolerance = 0;        ///< levels that a cell may be off
  ArrayModel model = ArrayModel::exact;
  double row_ohm = 0.0;     ///< between neighbouring cells of a row
  double column_ohm = 0.0;  ///< between neighbouring cells of a column
  double driver_ohm = 0.0;
  double sense_ohm = 0.0;
  double array_area_um2 = 0.0;   ///< of cells, drivers and converters; 0: not known
  double array_setup_ns = 2.0;   ///< of the array's inputs before the clock edge
  double array_output_ns = 2.0;  ///< of its outputs after it
  InactiveRow inactive_rows = InactiveRow::grounded;
  CellKind cell = CellKind::passive;
  bool operator==(const Analog&) const = default;
};

/// What only a hybrid macro has (generator/spec/parts.h).
struct Hybrid {
  int digital_bits = 1;  ///< high-order bits of a weight that the digital macro holds
  bool operator==(const Hybrid&) const = default;
};

/// What only a near-memory macro has: the memory beside its multiply-accumulate units.
struct Memory {
  double area_um2 = 0.0;        ///< 0: not known
  double read_energy_pj = 0.0;  ///< of one word; 0: not known
  double setup_ns = 2.0;        ///< of its inputs before the clock edge
  double output_ns = 2.0;       ///< of its output after it
  bool operator==(const Memory&) const = default;
};

/// What only Storage::bitcell has: the black box of a column of bitcells.
struct BitcellArray {
  Bitcell cell = Bitcell::six_t;
  double um2 = 0.0;        ///< of one cell; 0: not known
  double setup_ns = 1.0;   ///< of the bit lines before a word line rises
  double output_ns = 1.0;  ///< from there, or from the bank, to the stored bits
  bool operator==(const BitcellArray&) const = default;
};

/// Precision at run time.
struct Precision {
  PrecisionMode mode = PrecisionMode::fixed;
  int fused_columns = 1;  ///< most neighbouring columns that hold one weight: 1, 2, 4, 8 or 16
  bool operator==(const Precision&) const = default;
};

/// What is left out where operands are zero.
struct Sparsity {
  ZeroPlanes zero_planes = ZeroPlanes::compute;
  ZeroRows zero_rows = ZeroRows::load;
  int nonzero = 1;  ///< N: of `group` rows so many have weights, in each column others
  int group = 1;    ///< M
  [[nodiscard]] bool is_structured() const { return group > 1; }
  bool operator==(const Sparsity&) const = default;
};

/// What is left out although it counts.
struct Approximation {
  int or_rows = 1;          ///< rows whose products of one bit are joined by OR
  int dropped_columns = 0;  ///< lowest columns of the heap of a step that are not added
  [[nodiscard]] bool is_exact() const { return or_rows == 1 && dropped_columns == 0; }
  bool operator==(const Approximation&) const = default;
};

/// What only a floating macro has: how exponents are taken off before the array, which is one of
/// integers, and put back behind it (generator/spec/floating.h).
struct Floating {
  int block_rows = 64;  ///< rows that share a scale, and an integer array
  InputTarget align_inputs_to = InputTarget::block;
  int input_guard_bits = 3;  ///< below the significand of the largest exponent
  WeightTarget align_weights_to = WeightTarget::block;
  WeightAligner align_weights_at = WeightAligner::write;
  int weight_guard_bits = 3;
  Rounding rounding = Rounding::nearest_even;
  int sum_guard_bits = 0;  ///< below the sum of the block with the largest exponent
  int integer_bits = 0;    ///< of both operands of a vector in integer mode; 0: there is none
  ResultFormat result = ResultFormat::fp32;
  bool operator==(const Floating&) const = default;
};

/// What a macro tests by itself (docs/self_test.md).
struct SelfTest {
  std::string march = "none";  ///< the name of a march test, or its elements
  int backgrounds = 1;         ///< data backgrounds that the march test is run with
  int compute_vectors = 0;     ///< of the compute self-test; 0: there is none
  [[nodiscard]] bool has_march() const { return march != "none"; }
  [[nodiscard]] bool any() const { return has_march() || compute_vectors > 0; }
  bool operator==(const SelfTest&) const = default;
};

/// Rows and columns that take the place of faulty ones (docs/repair.md).
struct Repair {
  int spare_rows = 0;
  int spare_columns = 0;
  [[nodiscard]] bool any() const { return spare_rows > 0 || spare_columns > 0; }
  bool operator==(const Repair&) const = default;
};

/// Check bits beside each stored weight.
struct Protection {
  Code code = Code::none;
  Scrubbing scrubbing = Scrubbing::never;
  int counter_bits = 8;  ///< of the counters of mended and of flagged errors, which saturate
  bool operator==(const Protection&) const = default;
};

/// What only a logic macro has: operations of bits on stored rows (docs/logic.md).
struct Logic {
  int operand_bits = 8;  ///< rows of the widest operand of a bit-serial operation
  bool operator==(const Logic&) const = default;
};

/// What a vector brings beside its codes and its bank, where the macro lets it choose.
struct Mode {
  int input_bits = 0;  ///< the input codes have so many
  bool input_signed = false;
  int fused_columns = 1;  ///< so many neighbouring columns hold one weight
  bool weight_signed = false;
  bool transposed = false;  ///< W^T x
  bool integer = false;     ///< codes are integers of a floating macro
  bool operator==(const Mode&) const = default;
};

/// A validated specification of a macro; docs/specification.md documents every key.
struct MacroSpec {
  std::string name;  ///< a Verilog identifier, the name of the top module
  Kind kind = Kind::digital;

  int rows = 64;     ///< inputs of the dot product, 1 to 4096
  int columns = 64;  ///< outputs, 1 to 4096
  int banks = 1;     ///< weight sets that share one compute unit, 1 to 64
  Storage storage = Storage::latch;
  Transpose transpose = Transpose::never;
  /// Weights come from outside at every moment and nothing is stored: the integer array of a
  /// floating macro that aligns its weights as it reads them. No key sets it.
  bool weights_outside = false;
  BitcellArray bitcell;  ///< of Storage::bitcell

  IntegerFormat input;
  IntegerFormat weight;

  int input_bits_per_cycle = 1;  ///< k: bits of every input taken each cycle, 1 to input.bits
  Recoding recoding = Recoding::none;
  AdderTree adder_tree = AdderTree::dadda;
  int pipeline_stages = 0;  ///< ranks of registers in the adder tree, 0 to 4
  int rows_per_block = 0;   ///< rows that share one block module; 0: the planner's default

  OutputMode output_mode = OutputMode::exact;
  int output_bits = 0;   ///< width of a result; 0: what every sum needs (spec::output_width)
  int output_shift = 0;  ///< low bits of the sum dropped (floor) before saturation or truncation

  Precision precision;
  Sparsity sparsity;
  Approximation approximation;

  Timing timing;
  Analog analog;      ///< of Kind::analog and Kind::hybrid
  Hybrid hybrid;      ///< of Kind::hybrid
  Memory memory;      ///< of Kind::near_memory
  Floating floating;  ///< of Kind::floating
  Logic logic;        ///< of Kind::logic

  SelfTest self_test;
  Repair repair;
  Protection protection;
  TestMode test_mode = TestMode::none;

  bool operator==(const MacroSpec&) const = default;
};

/// The mode of a macro that has one alone, and the one that commands use which have no other.
constexpr Mode mode_of(const MacroSpec& spec) {
  return {spec.input.bits, spec.input.is_signed, 1, spec.weight.is_signed, false, false};
}

const char* to_string(Kind kind);
const char* to_string(Storage storage);
const char* to_string(Bitcell cell);
const char* to_string(AdderTree tree);
const char* to_string(OutputMode mode);
const char* to_string(Encoding encoding);
const char* to_string(Adc adc);
const char* to_string(ArrayModel model);

/// The specification as canonical TOML: every key of its kind, defaults written out, fixed order.
/// Two specifications are equal if and only if these texts are; the specification's hash is taken
/// of it.
std::string to_toml(const MacroSpec& spec);

}  // namespace cimforge::spec
