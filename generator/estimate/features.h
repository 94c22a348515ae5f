// What a macro is made of, counted: the terms that its area, delay and energy are sums of.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "generator/estimate/column.h"
#include "generator/plan/tree.h"
#include "generator/spec/spec.h"

namespace cimforge::estimate {

inline constexpr std::size_t tree_count = spec::adder_tree_names.size();

/// Where a term of the area stands in the hierarchy.
enum class Part { block, slice, top };

/// A term of the area: so many of something in the whole macro.
struct AreaTermName {
  std::string_view name;
  Part part;
};

/// The terms of the area, in the order of Features::area. Adders and products of trees that are
/// made of different cells (flows/adder_mapping.h) are different terms: `fixed` are ripple, wallace
/// and dadda.
inline constexpr std::array area_terms = {
    // Storage.
    AreaTermName{"latch_bit", Part::block},
    AreaTermName{"flop_bit", Part::block},
    AreaTermName{"flop_bit_speed", Part::block},
    AreaTermName{"flop_read_bit", Part::block},  ///< of one bank
    // Read bits, by the number of banks: behind the multiplexer one product, which it is joined
    // with, or with several bits a cycle as many products. In trees for speed they are made of
    // other
    // cells, as all of the column.
    AreaTermName{"bank_mux_2", Part::block},
    AreaTermName{"bank_mux_3", Part::block},
    AreaTermName{"bank_mux_4", Part::block},
    AreaTermName{"bank_mux_more", Part::block},  ///< of more: (banks - 1) for each read bit
    AreaTermName{"shared_mux_2", Part::block},
    AreaTermName{"shared_mux_3", Part::block},
    AreaTermName{"shared_mux_4", Part::block},
    AreaTermName{"shared_mux_more", Part::block},
    AreaTermName{"bank_mux_2_speed", Part::block},
    AreaTermName{"bank_mux_3_speed", Part::block},
    AreaTermName{"bank_mux_4_speed", Part::block},
    AreaTermName{"bank_mux_more_speed", Part::block},
    AreaTermName{"shared_mux_2_speed", Part::block},
    AreaTermName{"shared_mux_3_speed", Part::block},
    AreaTermName{"shared_mux_4_speed", Part::block},
    AreaTermName{"shared_mux_more_speed", Part::block},
    AreaTermName{"bank_decoder", Part::block},  ///< banks - 1 in each block
    AreaTermName{"block", Part::block},
    // Products: `plain` enter the heap as they are, `negative` inverted; `digit` is an input bit of
    // a block.
    AreaTermName{"product_plain_fixed", Part::block},
    AreaTermName{"product_negative_fixed", Part::block},
    AreaTermName{"digit_fixed", Part::block},
    AreaTermName{"product_plain_area", Part::block},
    AreaTermName{"product_negative_area", Part::block},
    AreaTermName{"digit_area", Part::block},
    AreaTermName{"product_plain_balanced", Part::block},
    AreaTermName{"product_negative_balanced", Part::block},
    AreaTermName{"digit_balanced", Part::block},
    AreaTermName{"product_plain_speed", Part::block},
    AreaTermName{"product_negative_speed", Part::block},
    AreaTermName{"digit_speed", Part::block},
    AreaTermName{"product_plain_loop", Part::block},
    AreaTermName{"product_negative_loop", Part::block},
    AreaTermName{"digit_loop", Part::block},
    // Adders of the trees.
    AreaTermName{"full_adder_fixed", Part::block},
    AreaTermName{"half_adder_fixed", Part::block},
    AreaTermName{"full_adder_area", Part::block},
    AreaTermName{"half_adder_area", Part::block},
    AreaTermName{"full_adder_balanced", Part::block},
    AreaTermName{"half_adder_balanced", Part::block},
    AreaTermName{"full_adder_speed", Part::block},
    AreaTermName{"half_adder_speed", Part::block},
    /// Bits of accumulator and result behind trees for speed, whose logic is made fast with them.
    AreaTermName{"column_bit_speed", Part::block},
    AreaTermName{"loop_full_adder", Part::block},  ///< bits that a loop takes off its heap
    AreaTermName{"loop_sum_bit", Part::block},
    AreaTermName{"block_register", Part::block},  ///< pipeline bits in blocks
    // A column.
    AreaTermName{"slice_full_adder", Part::slice},
    AreaTermName{"slice_half_adder", Part::slice},
    AreaTermName{"slice_register", Part::slice},  ///< pipeline bits behind the blocks
    AreaTermName{"inverter", Part::slice},        ///< conditional, of the input's sign plane
    AreaTermName{"accumulator_full_adder", Part::slice},
    AreaTermName{"accumulator_half_adder", Part::slice},
    AreaTermName{"accumulator_bit", Part::slice},   ///< registers
    AreaTermName{"accumulator_zero", Part::slice},  ///< AND with `first`
    AreaTermName{"accumulator_one", Part::slice},   ///< OR with `first`
    AreaTermName{"constant_bit", Part::slice},      ///< of the adder of a constant
    AreaTermName{"constant_one", Part::slice},      ///< of them those that add a one
    AreaTermName{"write_buffer_bit", Part::slice},
    AreaTermName{"result_bit", Part::slice},
    AreaTermName{"skid_bit", Part::slice},
    AreaTermName{"saturated_bit", Part::slice},
    AreaTermName{"saturation_dropped_bit", Part::slice},
    AreaTermName{"column", Part::slice},
    // What all columns share.
    AreaTermName{"input_bit", Part::top},         ///< registers that only load
    AreaTermName{"input_shift_bit", Part::top},   ///< that load or shift
    AreaTermName{"input_lowest_bit", Part::top},  ///< of them those that zeros are shifted into
    AreaTermName{"word_line_gate", Part::top},
    AreaTermName{"word_line_decoder", Part::top},
    AreaTermName{"row_address_bit", Part::top},
    AreaTermName{"bank_address_bit", Part::top},
    AreaTermName{"bank", Part::top},
    AreaTermName{"step_bit", Part::top},
    AreaTermName{"serial", Part::top},
    AreaTermName{"rank", Part::top},
    AreaTermName{"feed_digit", Part::top},
    AreaTermName{"feed", Part::top},
    AreaTermName{"skid", Part::top},
    AreaTermName{"top", Part::top},
};
inline constexpr std::size_t area_term_count = area_terms.size();

/// Kinds of paths between registers, the slowest of which sets the clock.
enum class Path {
  first,       ///< from the input or the bank through products to a register
  later,       ///< from one rank of registers to the next
  accumulate,  ///< from the tag of the first step through the accumulator's carry chain
  word_line,   ///< to the word lines of latches, times two: it has half a period
  row_enable,  ///< to the enables of rows of flip-flops
  control,     ///< from the sequencer to the enables of the input
};
inline constexpr std::size_t path_count = 6;

struct DelayTermName {
  std::string_view name;
  Path path;
};

/// The terms of the delay of each path, in the order of Features::delay. `loads` are logarithms to
/// the base 2 of what a net drives, for the levels of its buffers; `units` full adders' delays, in
/// the trees that are made of other cells apart.
inline constexpr std::array delay_terms = {
    DelayTermName{"first", Path::first},
    DelayTermName{"first_digit_loads", Path::first},
    DelayTermName{"first_bank_loads", Path::first},     ///< of a bit of the bank; one bank: 0
    DelayTermName{"first_bank_products", Path::first},  ///< of a bit of several banks
    DelayTermName{"first_units_fixed", Path::first},
    DelayTermName{"first_units_area", Path::first},
    DelayTermName{"first_units_balanced", Path::first},
    DelayTermName{"first_units_speed", Path::first},
    DelayTermName{"first_loop", Path::first},
    DelayTermName{"first_loop_rows", Path::first},   ///< logarithm of the bits of a block's heap
    DelayTermName{"first_loop_bit", Path::first},    ///< of a block's sum
    DelayTermName{"first_loop_units", Path::first},  ///< behind the loop
    DelayTermName{"first_saturated_bit", Path::first},
    DelayTermName{"first_constant_bit", Path::first},
    DelayTermName{"first_result", Path::first},  ///< it ends in the register of the result

    DelayTermName{"later", Path::later},
    DelayTermName{"later_units", Path::later},
    DelayTermName{"later_units_balanced", Path::later},
    DelayTermName{"later_units_speed", Path::later},
    DelayTermName{"later_saturated_bit", Path::later},
    DelayTermName{"later_constant_bit", Path::later},

    DelayTermName{"accumulate", Path::accumulate},
    DelayTermName{"accumulate_loads", Path::accumulate},
    DelayTermName{"accumulate_units", Path::accumulate},
    DelayTermName{"accumulate_units_balanced", Path::accumulate},
    DelayTermName{"accumulate_units_speed", Path::accumulate},
    DelayTermName{"accumulate_fed", Path::accumulate},  ///< digits of the constant are fed
    DelayTermName{"accumulate_saturated_bit", Path::accumulate},

    DelayTermName{"word_line", Path::word_line},
    DelayTermName{"word_line_rows", Path::word_line},
    DelayTermName{"word_line_bank_bit", Path::word_line},

    DelayTermName{"row_enable", Path::row_enable},
    DelayTermName{"row_enable_rows", Path::row_enable},
    DelayTermName{"row_enable_banks", Path::row_enable},
    DelayTermName{"row_enable_loads", Path::row_enable},

    DelayTermName{"control", Path::control},
    DelayTermName{"control_loads", Path::control},
    DelayTermName{"control_serial", Path::control},
    DelayTermName{"control_ranks", Path::control},
};
inline constexpr std::size_t delay_term_count = delay_terms.size();

/// Terms of the energy of a vector: so many of something, times the cycles that the vector takes.
/// Trees of `balanced` and `speed` are made of other cells than the rest.
inline constexpr std::array<std::string_view, 11> energy_terms = {
    "product",         "full_adder", "full_adder_fast", "half_adder",
    "column_register",  ///< bits of pipelines, accumulators, results and write buffers
    "flop_bit",         ///< of the storage, which the clock reaches
    "word_line_gate",   ///< likewise, of latches
    "input_bit",        ///< registers
    "accumulator_bit",  ///< adders
    "column",          "top"};
inline constexpr std::size_t energy_term_count = energy_terms.size();

/// A specification, counted.
struct Features {
  std::array<double, area_term_count> area{};
  std::array<double, delay_term_count> delay{};
  std::array<double, energy_term_count> energy{};
  Column column;  ///< the trees of one column
  int rows = 0;
  int banks = 1;
  int cycles_per_vector = 1;
  int latency_cycles = 0;
};

/// Counts what a covered specification (estimate.h) is made of, with the trees of its column.
Features count_features(const spec::MacroSpec& spec, const Column& column);

}  // namespace cimforge::estimate
