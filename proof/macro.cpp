#include "proof/macro.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "generator/spec/binary.h"
#include "generator/spec/precision.h"
#include "generator/spec/protection.h"
#include "generator/spec/range.h"
#include "generator/spec/structure.h"
#include "proof/booth.h"
#include "proof/column.h"
#include "proof/leaves.h"
#include "proof/protection.h"
#include "proof/wiring.h"

namespace cimforge::proof {
namespace {

/// The top module with its cells as boxes.
class Top : private Wiring {
 public:
  Top(const Design& design, const spec::MacroSpec& spec)
      : Wiring(design,
               [&](const Module& child) {
                 return is_leaf(child) || child.name == spec.name + "_slice" ||
                        (spec.recoding == spec::Recoding::booth &&
                         child.name == booth_count_module(spec)) ||
                        is_weights(child, spec);
               }),
        spec_(spec),
        has_modes_(spec::has_precision(spec)) {}

  Macro prove() {
    Macro macro;
    macro.slice = find_slices();
    macro.slices = slice_modules();
    macro.sequencer = find(has_modes_     ? "cim_precision_sequencer"
                           : skips(spec_) ? "cim_skipping_sequencer"
                                          : "cim_sequencer",
                           sequencer_);
    if (!spec_.weights_outside) macro.weight_port = find("cim_weight_port", weight_port_);
    macro.output_stage = find("cim_output_stage", output_stage_);
    const bool booth = spec_.recoding == spec::Recoding::booth;
    macro.serializer =
        find(booth                                              ? "cim_booth_input"
             : has_modes_ || skips(spec_)                       ? "cim_digit_selector"
             : spec_.sparsity.zero_rows == spec::ZeroRows::gate ? "cim_gated_serializer"
                                                                : "cim_input_serializer",
             serializer_);
    if (booth) find(booth_count_module(spec_), count_);
    if (spec::has_thresholds(spec_)) {
      macro.threshold_port = find("cim_threshold_port", threshold_port_);
    }
    if (spec_.storage != spec::Storage::flop) {
      macro.word_line_gate = find(
          spec_.test_mode == spec::TestMode::pin ? "cim_word_line_test_gate" : "cim_word_line_gate",
          gate_);
    }
    if (const Port* feed = macro.slice->port("feed_i"); feed != nullptr) {
      macro.feed = find("cim_digit_feed", feed_);
    }
    if (macro.slice->port("start_i") != nullptr) {
      macro.offset = find("cim_skipped_offset", offset_);
    }
    for (const Box& box : flat_.boxes) {
      if (!is_leaf(*box.module)) continue;
      for (const auto& [name, bits] : box.parameters) {
        macro.parameters[box.module->name][name] = value_of(bits);
      }
    }
    if (transposes(spec_)) {
      macro.transpose = find("cim_weight_transpose", transpose_);
      macro.direction = find("cim_direction", direction_);
      for (const Box& box : flat_.boxes) {
        if (is_weights(*box.module, spec_)) macro.weights = box.module;
      }
      macro.lanes = static_cast<int>(slices_.front().count);
      check_transpose(macro.parameters["cim_weight_transpose"]);
    }
    if (spec::is_protected(spec_)) macro.monitor = find("cim_error_monitor", monitor_);
    if (spec::scrubs(spec_)) macro.scrubber = find("cim_scrubber", scrubber_);
    check_control();
    if (weight_port_ != nullptr) {
      check_weight_port();
      check_weight_port_parameters(macro.parameters["cim_weight_port"]);
    }
    for (const Lanes& each : slices_) check_slice(each);
    if (monitor_ != nullptr) check_errors();
    if (scrubber_ != nullptr) check_scrubber();
    return macro;
  }

 private:
  /// A slice and its columns.
  struct Lanes {
    const Box* box;
    std::size_t first, count;
  };

  static bool is_weights(const Module& module, const spec::MacroSpec& spec) {
    return module.name == spec.name + "_weights";
  }

  /// The slices in order of their columns: by the bit of out_data_o that they drive first.
  const Module* find_slices() {
    std::map<Net, const Box*> by_output;
    for (const Box& box : flat_.boxes) {
      if (is_weights(*box.module, spec_)) {
        weights_[box.pin("weight_o").at(0)] = &box;
      } else if (box.module->name == spec_.name + "_slice") {
        by_output[box.pin("out_data_o").at(0)] = &box;
      }
    }
    const Nets& out = flat_.port("out_data_o");
    const auto bits = static_cast<std::size_t>(spec::output_width(spec_));
    const auto columns = static_cast<std::size_t>(spec_.columns);
    for (std::size_t column = 0; column < columns;) {
      const std::size_t bit = column * bits;
      const Net net = bit < out.size() ? at_.net_of(at_(out[bit])) : -1;
      const auto found = by_output.find(net);
      if (found == by_output.end()) {
        at_.refute(fmt::format("out_data_o[{}]", bit),
                   fmt::format("it is not the lowest bit of a slice: column {}", column));
      }
      const std::size_t lanes = found->second->pin("out_data_o").size() / bits;
      if (lanes == 0) at_.refute(found->second->path, "it has no lane");
      slices_.push_back({found->second, column, lanes});
      column += lanes;
    }
    return slices_.front().box->module;
  }

  [[nodiscard]] std::set<const Module*> slice_modules() const {
    std::set<const Module*> modules;
    for (const Lanes& each : slices_) modules.insert(each.box->module);
    return modules;
  }

  void check_control() {
    const Nets zero = {0};
    const bool banks = spec_.banks > 1;
    const Nets& in_bank = banks ? flat_.port("in_bank_i") : zero;
    for (const Box* box : {sequencer_, weight_port_, output_stage_, feed_, threshold_port_}) {
      if (box == nullptr) continue;
      require_port(*box, "clk_i", "clk_i");
      require_port(*box, "rst_ni", "rst_ni");
    }
    if (threshold_port_ == nullptr) {
      require_port(*sequencer_, "in_valid_i", "in_valid_i");
      require_output("in_ready_o", *sequencer_, "in_ready_o");
    } else {
      check_threshold_port();
    }
    require(*sequencer_, "in_bank_i", in_bank, "in_bank_i");
    if (weight_port_ == nullptr) require(*sequencer_, "hold_i", zero, "0");
    require(*sequencer_, "result_ready_i", *output_stage_, "result_ready_o");

    require(*output_stage_, "result_valid_i", *sequencer_, "result_valid_o");
    require_port(*output_stage_, "out_ready_i", "out_ready_i");
    require_output("out_valid_o", *output_stage_, "out_valid_o");
    if (feed_ != nullptr) require(*feed_, "enable_i", *sequencer_, "accumulate_o");

    require_port(*serializer_, "clk_i", "clk_i");
    require(*serializer_, "load_i", *sequencer_, "take_o");
    if (serializer_->module->port("test_mode_i") != nullptr) {
      const bool tested = spec_.test_mode == spec::TestMode::pin &&
                          spec_.sparsity.zero_rows == spec::ZeroRows::gate;
      require(*serializer_, "test_mode_i", tested ? flat_.port("test_mode_i") : zero,
              tested ? "test_mode_i" : "0");
    }
    if (has_modes_) {
      require(*serializer_, "select_i", *sequencer_, "plane_o");
      if (skips(spec_)) require(*sequencer_, "nonzero_i", *serializer_, "nonzero_o");
      check_mode();
    } else if (skips(spec_)) {
      require(*serializer_, "select_i", *sequencer_, "digit_o");
      require(*sequencer_, "nonzero_i", *serializer_, "nonzero_o");
    } else if (steps(spec_) > 1) {
      require(*serializer_, "shift_i", *sequencer_, "shift_o");
    } else {
      require(*serializer_, "shift_i", zero, "0");
    }
    require_port(*serializer_, "codes_i", "in_data_i");
    if (offset_ != nullptr) {
      require(*offset_, "first_i", *sequencer_, "first_o");
      require(*offset_, "visited_i", *sequencer_, "visited_o");
    }
    if (count_ != nullptr) check_booth();
  }

  /// The stream of thresholds, which holds vectors back.
  void check_threshold_port() {
    const Nets zero = {0};
    const Box& port = *threshold_port_;
    const bool banks = spec_.banks > 1;
    require_port(port, "threshold_valid_i", "threshold_valid_i");
    require_output("threshold_ready_o", port, "threshold_ready_o");
    require(port, "threshold_bank_i", banks ? flat_.port("threshold_bank_i") : zero,
            "threshold_bank_i");
    require(port, "take_i", *sequencer_, "take_o");
    require(port, "take_bank_i", banks ? flat_.port("in_bank_i") : zero, "in_bank_i");
    const auto bit = [&](const Nets& nets) { return at_(nets.at(0)); };
    const Bdd::Node passes = at_.bdd.inverse(bit(port.pin("wait_o")));
    at_.require(bit(port.pin("done_i")),
                at_.bdd.both(bit(sequencer_->pin("result_valid_o")),
                             bit(output_stage_->pin("result_ready_o"))),
                port.path + ".done_i", "it has to be the edge at which a result is complete");
    at_.require(bit(sequencer_->pin("in_valid_i")),
                at_.bdd.both(bit(flat_.port("in_valid_i")), passes),
                sequencer_->path + ".in_valid_i", "vectors have to wait for thresholds");
    at_.require(bit(flat_.port("in_ready_o")),
                at_.bdd.both(bit(sequencer_->pin("in_ready_o")), passes), "in_ready_o",
                "vectors have to wait for thresholds");
  }

  void check_weight_port() {
    const Nets zero = {0};
    const bool banks = spec_.banks > 1;
    const Nets& in_bank = banks ? flat_.port("in_bank_i") : zero;
    const Nets& weight_bank = banks ? flat_.port("weight_bank_i") : zero;
    const Nets& weight_row = spec::stored_rows(spec_) > 1 ? flat_.port("weight_row_i") : zero;
    require(*sequencer_, "hold_i", *weight_port_, "hold_o");
    // With a scrubber between them, the stream is what that gets.
    const Box& stream = scrubber_ != nullptr ? *scrubber_ : *weight_port_;
    require_port(stream, "weight_valid_i", "weight_valid_i");
    require(stream, "weight_bank_i", weight_bank, "weight_bank_i");
    require(stream, "weight_row_i", weight_row, "weight_row_i");
    if (scrubber_ != nullptr) {
      require(*weight_port_, "weight_valid_i", *scrubber_, "port_valid_o");
      require(*weight_port_, "weight_bank_i", *scrubber_, "port_bank_o");
      require(*weight_port_, "weight_row_i", *scrubber_, "port_row_o");
    }
    require(*weight_port_, "take_i", *sequencer_, "take_o");
    require(*weight_port_, "take_bank_i", in_bank, "in_bank_i");
    require(*weight_port_, "busy_i", *sequencer_, "busy_o");
    require(*weight_port_, "busy_bank_i", *sequencer_, "bank_o");
    require_output("weight_ready_o", *weight_port_, "weight_ready_o");
    if (gate_ != nullptr) {
      require_port(*gate_, "clk_i", "clk_i");
      require(*gate_, "enable_i", *weight_port_, "enable_o");
    }
  }

  /// What a vector brings beside its codes; a pin is absent where there is nothing to choose.
  void check_mode() {
    const Nets zero = {0};
    require_port(*sequencer_, "in_signed_i", "in_signed_i");
    require_port(*sequencer_, "in_weight_signed_i", "in_weight_signed_i");
    const auto require_choice = [&](const char* pin, bool chooses) {
      require(*sequencer_, pin, chooses ? flat_.port(pin) : zero, chooses ? pin : "0");
    };
    require_choice("in_last_bit_i", spec_.input.bits > 1);
    require_choice("in_fuse_i", fuse_log(spec_) > 0);
  }

  /// The mode of the sums in a slice.
  void check_mode(const Lanes& lanes) {
    const Box& slice = *lanes.box;
    const std::size_t fused = std::size_t{1} << fuse_log(spec_);
    if (lanes.first % fused != 0 || lanes.count % fused != 0) {
      at_.refute(slice.path, "columns that may hold one weight stand in two slices");
    }
    for (const char* name : {"negate", "sum_signed"}) {
      const std::string output = fmt::format("{}_o", name);
      Nets signs = sequencer_->pin(output);
      // Without fused columns a bit for each column.
      if (fused == 1) signs.assign(lanes.count, signs.at(0));
      require(slice, fmt::format("{}_i", name), signs, sequencer_->path + "." + output);
    }
    for (const char* name : {"first", "subtract", "accumulate"}) {
      require(slice, fmt::format("{}_i", name), *sequencer_, fmt::format("{}_o", name));
    }
    if (skips(spec_)) require(slice, "place_i", *sequencer_, "place_o");
    if (fused == 1) return;
    for (const char* name : {"fuse", "input_signed", "result_signed", "result_valid"}) {
      require(slice, fmt::format("{}_i", name), *sequencer_, fmt::format("{}_o", name));
    }
  }

  void check_booth() {
    if (booth_planes(spec_).fills) {
      require(*serializer_, "first_i", *sequencer_, "negate_o");
    }
    require(*count_, "digit_i", *serializer_, "digit_o");
    for (const Port& port : count_->module->ports) {
      if (port.name == "clk_i") require_port(*count_, "clk_i", "clk_i");
    }
    require_enables(*count_);
  }

  /// Of the ranks of registers inside.
  void require_enables(const Box& box) {
    for (int rank = 1; rank <= spec_.pipeline_stages; ++rank) {
      const std::string pin = fmt::format("stage{}_enable_i", rank);
      if (box.module->port(pin) == nullptr) continue;
      const Nets& enables = sequencer_->pin("rank_enable_o");
      require(box, pin, {enables.at(static_cast<std::size_t>(rank - 1))},
              fmt::format("rank_enable_o[{}]", rank - 1));
    }
  }

  /// It may be a black box: its parameters have to be those of the specification.
  void check_weight_port_parameters(const std::map<std::string, std::int64_t>& parameters) {
    const int rows = spec::stored_rows(spec_);
    const std::map<std::string, std::int64_t> expected = {{"ROWS", rows},
                                                          {"BANKS", spec_.banks},
                                                          {"ROW_BITS", address_bits(rows)},
                                                          {"BANK_BITS", address_bits(spec_.banks)}};
    if (parameters != expected) {
      at_.refute(weight_port_->path, "its parameters are not those of the specification");
    }
  }

  /// The bits of the columns of a slice, so many of each.
  static Nets columns_of(const Lanes& lanes, const Nets& all, int bits) {
    const auto width = static_cast<std::size_t>(bits);
    Nets result;
    const std::size_t end = std::min(all.size(), (lanes.first + lanes.count) * width);
    for (std::size_t i = lanes.first * width; i < end; ++i) {
      result.push_back(all[i]);
    }
    return result;
  }

  /// The transposed view and the direction; the parameters but for the lanes.
  void check_transpose(std::map<std::string, std::int64_t>& parameters) {
    const std::map<std::string, std::int64_t> expected = {
        {"SIZE", spec_.rows},
        {"BITS", spec_.weight.bits},
        {"LANES", static_cast<std::int64_t>(slices_.front().count)},
        {"CODES", 0},
        {"BANKS", spec_.banks},
        {"BANK_BITS", address_bits(spec_.banks)}};
    if (parameters != expected) {
      at_.refute(transpose_->path, "its parameters are not those of the specification");
    }
    parameters.erase("LANES");
    require_port(*direction_, "clk_i", "clk_i");
    require(*direction_, "take_i", *sequencer_, "take_o");
    require_port(*direction_, "in_transpose_i", "in_transpose_i");
  }

  /// Both views of the weights of a slice, and what writes them.
  void check_views(const Lanes& lanes) {
    const Box& slice = *lanes.box;
    const Nets& view = slice.pin("weight_i");
    const auto found = weights_.find(view.empty() ? -1 : at_.net_of(at_(view.front())));
    if (found == weights_.end()) at_.refute(slice.path + ".weight_i", "nothing stores it");
    const Box& weights = *found->second;
    if (value_of(weights.parameters.at("LANES")) != static_cast<std::int64_t>(lanes.count)) {
      at_.refute(weights.path + ".LANES", "it has another number of lanes than its slice");
    }
    const int bits = spec_.rows * spec_.weight.bits;
    require(slice, "weight_i", weights, "weight_o");
    require(slice, "transpose_i", *direction_, "transpose_o");
    require(slice, "weight_t_i", columns_of(lanes, transpose_->pin("weight_t_o"), bits),
            fmt::format("weight_t_o of column {} and on", lanes.first));
    const bool two_ports = spec_.storage == spec::Storage::bitcell;
    const char* port = two_ports ? "weight_t_o" : "weight_o";
    at_.require(at_(columns_of(lanes, transpose_->pin("weight_i"), bits)), at_(weights.pin(port)),
                transpose_->path + ".weight_i",
                fmt::format("it has to be {}.{}", weights.path, port));
    check_writing(lanes, weights);
  }

  /// What writes the weights of the columns of a slice.
  void check_writing(const Lanes& lanes, const Box& box) {
    require(box, "weight_load_i", *weight_port_, "load_o");
    require(box, "weight_data_i", columns_of(lanes, flat_.port("weight_data_i"), spec_.weight.bits),
            fmt::format("weight_data_i of column {} and on", lanes.first));
    if (spec_.sparsity.is_structured()) {
      require(box, "weight_index_i",
              columns_of(lanes, flat_.port("weight_index_i"), spec::index_bits(spec_)),
              fmt::format("weight_index_i of column {} and on", lanes.first));
    }
    if (gate_ != nullptr) {
      require(box, "word_line_i", *gate_, "word_line_o");
    } else {
      require(box, "word_line_i", *weight_port_, "enable_o");
    }
    if (spec_.banks > 1) {
      require(box, "bank_i", scrubber_ != nullptr ? *scrubber_ : *sequencer_, "bank_o");
    }
    require_port(box, "clk_i", "clk_i");
  }

  /// Whether any slice has this output high.
  Bdd::Node any_slice(const char* output) {
    Bdd::Node any = Bdd::zero;
    for (const Lanes& each : slices_) any = at_.bdd.either(any, at_(each.box->pin(output).at(0)));
    return any;
  }

  void require_bit(const Box& box, const std::string& pin, Bdd::Node value,
                   const std::string& what) {
    at_.require(at_(box.pin(pin).at(0)), value, box.path + "." + pin, what);
  }

  /// Flags of every column, and what counts them.
  void check_errors() {
    Nets flags;
    for (const Lanes& each : slices_) {
      const Nets& own = each.box->pin("out_error_o");
      flags.insert(flags.end(), own.begin(), own.end());
    }
    at_.require(at_(flat_.port("out_error_o")), at_(flags), "out_error_o",
                "it has to be those of the slices");
    const Box& monitor = *monitor_;
    require_port(monitor, "clk_i", "clk_i");
    require_port(monitor, "rst_ni", "rst_ni");
    require_port(monitor, "clear_i", "protection_clear_i");
    const Bdd::Node handed_over = at_.bdd.both(at_(output_stage_->pin("out_valid_o").at(0)),
                                               at_(flat_.port("out_ready_i").at(0)));
    Bdd::Node flagged = Bdd::zero;
    for (const Net flag : flags) flagged = at_.bdd.either(flagged, at_(flag));
    require_bit(monitor, "flagged_i", at_.bdd.both(handed_over, flagged),
                "it has to be a flagged result that is handed over");
    if (scrubber_ != nullptr) {
      require(monitor, "mended_i", *scrubber_, "rewrite_o");
      require(monitor, "fatal_i", *scrubber_, "fatal_o");
    } else {
      require(monitor, "fatal_i", Nets{0}, "0");
      require_bit(
          monitor, "mended_i",
          counts_mended(spec_) ? at_.bdd.both(handed_over, any_slice("out_mended_o")) : Bdd::zero,
          "it has to be a result of mended weights that is handed over");
    }
    require_output("protection_irq_o", monitor, "irq_o");
    require_output("protection_flagged_o", monitor, "flagged_o");
    if (spec::mends(spec_)) require_output("protection_mended_o", monitor, "mended_o");
  }

  void check_scrubber() {
    const Box& scrubber = *scrubber_;
    require_port(scrubber, "clk_i", "clk_i");
    require_port(scrubber, "rst_ni", "rst_ni");
    require(scrubber, "busy_i", *sequencer_, "busy_o");
    require(scrubber, "busy_bank_i", *sequencer_, "bank_o");
    require(scrubber, "port_ready_i", *weight_port_, "weight_ready_o");
    require(scrubber, "enable_i", *weight_port_, "enable_o");
    require_bit(scrubber, "mended_i", any_slice("scrub_mended_o"),
                "it has to be that of any slice");
    require_bit(scrubber, "uncorrectable_i", any_slice("scrub_uncorrectable_o"),
                "it has to be that of any slice");
    for (const Lanes& each : slices_) {
      require(*each.box, "scrub_line_i", scrubber, "line_o");
      require(*each.box, "rewrite_i", scrubber, "rewrite_o");
    }
  }

  void check_slice(const Lanes& lanes) {
    const Box& slice = *lanes.box;
    const auto lanes_parameter = slice.parameters.find("LANES");
    if (lanes_parameter == slice.parameters.end() ||
        value_of(lanes_parameter->second) != static_cast<std::int64_t>(lanes.count)) {
      at_.refute(slice.path + ".LANES", "it has another number of lanes than columns",
                 fmt::format("{}", lanes.count), "another");
    }
    require_port(slice, "clk_i", "clk_i");
    if (transposes(spec_)) {
      check_views(lanes);
    } else if (spec_.weights_outside) {
      require(slice, "weight_i",
              columns_of(lanes, flat_.port("weight_i"), spec_.rows * spec_.weight.bits),
              fmt::format("weight_i of column {} and on", lanes.first));
    } else {
      check_writing(lanes, slice);
    }
    require(slice, "digit_i", *serializer_, "digit_o");
    require_enables(slice);
    if (count_ != nullptr) require(slice, "negatives_i", *count_, "count_o");
    if (has_modes_) {
      check_mode(lanes);
    } else if (slice.module->port("negate_i") != nullptr) {
      require(slice, "negate_i", *sequencer_, "negate_o");
    }
    if (steps(spec_) > 1 && !has_modes_) {
      require(slice, "first_i", *sequencer_, "first_o");
      require(slice, "accumulate_i", *sequencer_, "accumulate_o");
      if (feed_ != nullptr) require(slice, "feed_i", *feed_, "digit_o");
      if (skips(spec_)) require(slice, "place_i", *sequencer_, "place_o");
      if (offset_ != nullptr) require(slice, "start_i", *offset_, "start_o");
    }
    if (threshold_port_ != nullptr) {
      require(slice, "threshold_load_i", *threshold_port_, "load_o");
      require(slice, "threshold_data_i",
              columns_of(lanes, flat_.port("threshold_data_i"), spec::threshold_format(spec_).bits),
              fmt::format("threshold_data_i of column {} and on", lanes.first));
      if (spec_.banks > 1) require(slice, "threshold_bank_i", *threshold_port_, "bank_o");
    }
    require(slice, "result_load_i", *output_stage_, "load_o");
    if (has_second_entry(spec_)) {
      require(slice, "result_load_skid_i", *output_stage_, "load_skid_o");
      require(slice, "result_move_i", *output_stage_, "move_o");
    }
    at_.require(at_(columns_of(lanes, flat_.port("out_data_o"), spec::output_width(spec_))),
                at_(slice.pin("out_data_o")),
                fmt::format("out_data_o of column {} and on", lanes.first),
                "it has to be that of its slice");
  }

  const spec::MacroSpec& spec_;
  bool has_modes_;  ///< vectors bring their precision
  std::vector<Lanes> slices_;
  const Box* sequencer_ = nullptr;
  const Box* weight_port_ = nullptr;
  const Box* gate_ = nullptr;
  const Box* output_stage_ = nullptr;
  const Box* feed_ = nullptr;
  const Box* offset_ = nullptr;
  const Box* serializer_ = nullptr;
  const Box* threshold_port_ = nullptr;
  const Box* count_ = nullptr;         ///< of negative Booth digits
  std::map<Net, const Box*> weights_;  ///< of a transposable macro, by the first bit of weight_o
  const Box* transpose_ = nullptr;
  const Box* direction_ = nullptr;
  const Box* monitor_ = nullptr;   ///< of a macro with check bits
  const Box* scrubber_ = nullptr;  ///< of one that is scrubbed
};

}  // namespace

Macro prove_wiring(const Design& design, const spec::MacroSpec& spec) {
  return Top(design, spec).prove();
}

}  // namespace cimforge::proof
