// What a macro is made of, counted: the terms that its area, delay and energy are sums of.
#pragma once

#include <array>
#include <cstddef>
#include <initializer_list>
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
    AreaTermName{"mux_more_bit", Part::block},  ///< of more than four banks: one for each read bit
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
    AreaTermName{"loop_full_adder", Part::block},
    AreaTermName{"loop_half_adder", Part::block},
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
  control,     ///< from and to the sequencer, the input and the weight port
};
inline constexpr std::size_t path_count = 6;

struct DelayTermName {
  std::string_view name;
  Path path;
};

/// The terms of the delay of each path, in the order of Features::delay. A net with many loads has
/// a tree of buffers: `levels` is how many there are on its way, `loads` what all nets of the way
/// drive together. `units` are full adders' delays, in the trees that are made of other cells
/// apart; `slack` is what the longest path of a column has more of them: there balanced trees keep
/// their small cells.
inline constexpr std::array delay_terms = {
    DelayTermName{"first", Path::first},
    DelayTermName{"first_digit_levels", Path::first},  ///< of an input bit; several banks: 0
    DelayTermName{"first_digit_loads", Path::first},
    DelayTermName{"first_banked", Path::first},  ///< there are several banks
    DelayTermName{"first_bank_bits", Path::first},
    DelayTermName{"first_bank_levels", Path::first},  ///< of a bit of the bank; one bank: 0
    DelayTermName{"first_bank_loads", Path::first},
    DelayTermName{"first_bank_products",
                  Path::first},  ///< logarithm of those of a bit that is read
    DelayTermName{"first_units_fixed", Path::first},
    DelayTermName{"first_units_area", Path::first},
    DelayTermName{"first_units_balanced", Path::first},
    DelayTermName{"first_units_speed", Path::first},
    DelayTermName{"first_loop", Path::first},
    DelayTermName{"first_loop_levels", Path::first},  ///< of carry-save adders for a block's rows
    DelayTermName{"first_loop_chain", Path::first},   ///< logarithms of the adders of a row's digit
    DelayTermName{"first_loop_weight_bit", Path::first},
    DelayTermName{"first_loop_units", Path::first},  ///< behind the loop
    DelayTermName{"first_saturates", Path::first},
    DelayTermName{"first_saturates_signed", Path::first},

    DelayTermName{"later", Path::later},
    DelayTermName{"later_units", Path::later},
    DelayTermName{"later_units_balanced", Path::later},
    DelayTermName{"later_units_speed", Path::later},
    DelayTermName{"later_single", Path::later},  ///< a vector takes one step
    DelayTermName{"later_saturates", Path::later},
    DelayTermName{"later_saturates_signed", Path::later},

    DelayTermName{"accumulate", Path::accumulate},
    DelayTermName{"accumulate_levels", Path::accumulate},
    DelayTermName{"accumulate_loads", Path::accumulate},
    DelayTermName{"accumulate_units", Path::accumulate},
    DelayTermName{"accumulate_units_balanced", Path::accumulate},
    DelayTermName{"accumulate_units_speed", Path::accumulate},
    DelayTermName{"accumulate_slack_balanced", Path::accumulate},
    DelayTermName{"accumulate_saturates", Path::accumulate},
    DelayTermName{"accumulate_saturates_signed", Path::accumulate},

    DelayTermName{"word_line", Path::word_line},
    DelayTermName{"word_line_rows", Path::word_line},
    DelayTermName{"word_line_bank_bits", Path::word_line},
    DelayTermName{"word_line_banked", Path::word_line},

    DelayTermName{"row_enable", Path::row_enable},
    DelayTermName{"row_enable_rows", Path::row_enable},
    DelayTermName{"row_enable_banks", Path::row_enable},
    DelayTermName{"row_enable_levels", Path::row_enable},
    DelayTermName{"row_enable_loads", Path::row_enable},

    DelayTermName{"control", Path::control},
    DelayTermName{"control_levels", Path::control},  ///< of the enable of the input's registers
    DelayTermName{"control_loads", Path::control},
    DelayTermName{"control_serial", Path::control},
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
  int cycles_per_vector = 1;
  int latency_cycles = 0;
};

/// What a net's way through its trees of buffers is, when its sinks stand in levels of the
/// hierarchy: `sinks[0]` cells in the innermost module, `sinks[1]` of those in the next, ... As
/// flows::buffer_fanout builds them, with at most `most_loads` behind a net.
struct FanOut {
  int levels = 0;  ///< buffers on the way
  int loads = 0;   ///< of all nets of the way
};
inline constexpr int most_loads = 8;
FanOut fan_out(std::initializer_list<int> sinks);

/// Counts what a covered specification (estimate.h) is made of, with the trees of its column.
Features count_features(const spec::MacroSpec& spec, const Column& column);

}  // namespace cimforge::estimate
