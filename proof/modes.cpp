#include "proof/modes.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <map>

#include "generator/spec/precision.h"
#include "generator/spec/range.h"
#include "generator/spec/structure.h"
#include "proof/functions.h"
#include "proof/leaf.h"
#include "proof/leaves.h"

namespace cimforge::proof {
namespace {

std::size_t size(int count) {
  return static_cast<std::size_t>(count);
}

/// A slice with its columns, its adders and its output register as boxes.
class Columns {
 public:
  Columns(const Design& design, const Module& module, const spec::MacroSpec& spec)
      : spec_(spec),
        flat_(flatten(design, module,
                      [&](const Module& child) {
                        return is_leaf(child) || child.name == spec.name + "_columns";
                      })),
        at_(flat_, module.name) {
    for (const Box& box : flat_.boxes) {
      if (box.module->name == spec.name + "_columns") {
        by_result_[box.pin("result_o").at(0)] = &box;
      } else if (box.module->name == "cim_column_fusion") {
        only(box, fusion_);
      } else if (box.module->name == "cim_output_register") {
        only(box, output_);
      }
    }
    if (fusion_ == nullptr) at_.refute("cim_column_fusion", "there is none");
    if (output_ == nullptr) at_.refute("cim_output_register", "there is none");
    lanes_ = output_->pin("codes_o").size() / size(spec::output_width(spec));
  }

  FusedSlice prove() {
    FusedSlice result;
    result.fusion = fusion_->module;
    result.output = output_->module;
    check_result();
    result.parameters = parameters();
    for (std::size_t lane = 0; lane < lanes_; ++lane) {
      const Box& column = column_at(lane);
      result.column = column.module;
      check_column(column, lane);
      result.negate.push_back(sign_of(column, "negate_i"));
      result.sum_signed.push_back(sign_of(column, "sum_signed_i"));
    }
    if (by_result_.size() != lanes_) at_.refute(flat_.module->name, "there are more columns");
    return result;
  }

 private:
  void only(const Box& box, const Box*& which) {
    if (which != nullptr) at_.refute(box.path, "there are two of them");
    which = &box;
  }
  void require(const Box& box, const std::string& pin, const Nets& source,
               const std::string& name) {
    at_.require(at_(box.pin(pin)), at_(source), box.path + "." + pin,
                fmt::format("it has to be {}", name));
  }

  void check_result() {
    for (const char* pin : {"fuse_i", "input_signed_i", "result_signed_i"}) {
      require(*fusion_, pin, flat_.port(pin), pin);
    }
    require(*fusion_, "enable_i", flat_.port("result_valid_i"), "result_valid_i");
    require(*output_, "clk_i", flat_.port("clk_i"), "clk_i");
    require(*output_, "load_i", flat_.port("result_load_i"), "result_load_i");
    require(*output_, "load_skid_i", flat_.port("result_load_skid_i"), "result_load_skid_i");
    require(*output_, "move_i", flat_.port("result_move_i"), "result_move_i");
    require(*output_, "planes_i", fusion_->pin("planes_o"), "the fused columns");
    at_.require(at_(flat_.port("out_data_o")), at_(output_->pin("codes_o")), "out_data_o",
                "it has to be the output register");
  }

  /// With more lanes than a proof has the cells are black boxes, of which these are known.
  std::map<std::string, std::int64_t> parameters() {
    std::map<std::string, std::int64_t> result;
    for (const Box* box : {fusion_, output_}) {
      for (const auto& [name, bits] : box->parameters) {
        if (name != "LANES") result[box->module->name + "." + name] = value_of(bits);
      }
      const auto lanes = box->parameters.find("LANES");
      if (lanes == box->parameters.end() ||
          value_of(lanes->second) != static_cast<std::int64_t>(lanes_)) {
        at_.refute(box->path + ".LANES", "it has another number of lanes than columns");
      }
    }
    return result;
  }

  const Box& column_at(std::size_t lane) {
    const Net net = at_.net_of(at_(fusion_->pin("planes_i").at(lane)));
    const auto found = by_result_.find(net);
    if (found == by_result_.end()) {
      at_.refute(fmt::format("{}.planes_i[{}]", fusion_->path, lane),
                 fmt::format("it is not the lowest bit of a column: column {}", lane), "result_o",
                 net < 0 ? "a function" : at_.name(net));
    }
    return *found->second;
  }

  void check_column(const Box& column, std::size_t lane) {
    const Nets& planes = fusion_->pin("planes_i");
    Nets own;
    for (std::size_t i = lane; i < planes.size(); i += lanes_) own.push_back(planes[i]);
    at_.require(at_(own), at_(column.pin("result_o")), fusion_->path + ".planes_i",
                fmt::format("column {} has to be {}", lane, column.path));
    const std::size_t bits = size(spec_.weight.bits);
    const Nets& weights = flat_.port("weight_data_i");
    Nets data;
    for (std::size_t i = lane * bits; i < std::min(weights.size(), (lane + 1) * bits); ++i) {
      data.push_back(weights[i]);
    }
    require(column, "weight_data_i", data, fmt::format("that of column {}", lane));
    for (const auto& [pin, nets] : column.pins) {
      if (pin == "weight_data_i" || pin == "result_o" || pin == "negate_i" ||
          pin == "sum_signed_i") {
        continue;
      }
      require(column, pin, flat_.port(pin), pin);
    }
    const auto lanes = column.parameters.find("LANES");
    if (lanes == column.parameters.end() || value_of(lanes->second) != 1) {
      at_.refute(column.path + ".LANES", "it has another number of lanes than 1");
    }
  }

  /// The bit of the slice's pin that the column has.
  std::size_t sign_of(const Box& column, const std::string& pin) {
    const Nets& signs = flat_.port(pin);
    const Net net = at_.net_of(at_(column.pin(pin).at(0)));
    const auto found = std::find(signs.begin(), signs.end(), net);
    if (found == signs.end()) {
      at_.refute(column.path + "." + pin, fmt::format("it is not a bit of {}", pin), pin,
                 net < 0 ? "a function" : at_.name(net));
    }
    return static_cast<std::size_t>(found - signs.begin());
  }

  const spec::MacroSpec& spec_;
  Flat flat_;
  Functions at_;
  const Box* fusion_ = nullptr;
  const Box* output_ = nullptr;
  std::map<Net, const Box*> by_result_;  ///< columns, by the lowest bit of their result
  std::size_t lanes_ = 0;
};

/// The sequencer, cycle by cycle.
class Run {
 public:
  Run(Leaf& leaf, const spec::MacroSpec& spec, int negate_stage)
      : leaf_(leaf), at_(leaf.at), spec_(spec), negate_stage_(negate_stage) {}

  ModeRun prove(const spec::Mode& mode) {
    mode_ = spec::name_of(spec_, mode);
    take(mode);
    ModeRun run{mode, std::vector<ModeStep>(size(mode.input_bits))};
    const int ranks = spec_.pipeline_stages;
    const int last = mode.input_bits - 1 + ranks + (fuse_log(spec_) > 0 ? 1 : 0);
    for (int cycle = 0; cycle <= last; ++cycle) {
      if (cycle > 0) advance();
      const auto step = [&](int stage) -> ModeStep* {
        const int index = cycle - stage;
        return index < 0 || index >= mode.input_bits ? nullptr : &run.steps[size(index)];
      };
      if (ModeStep* here = step(0)) here->plane = bit_of("plane_o");
      if (ModeStep* here = step(negate_stage_)) here->negate = signs("negate_o");
      if (ModeStep* here = step(ranks)) {
        here->first = known("first_o");
        here->subtract = known("subtract_o");
        here->sum_signed = signs("sum_signed_o");
        if (skips(spec_)) here->place = bit_of("place_o");
        require("accumulate_o", true);
      }
      for (int rank = 0; rank < ranks; ++rank) {
        if (step(rank) == nullptr) continue;
        at_.require(at_(leaf_.nets("rank_enable_o", size(ranks))[size(rank)]), Bdd::one,
                    fmt::format("rank_enable_o[{}]", rank), sentence());
      }
    }
    check_result(mode);
    return run;
  }

 private:
  [[nodiscard]] std::string sentence() const {
    return fmt::format("it is wrong for a vector of {}", mode_);
  }

  /// A vector is accepted. Nothing is in the input register; what is in flight may be anything.
  void take(const spec::Mode& mode) {
    at_.release();
    at_.set(leaf_.nets("busy_q", 1), 0);
    at_.set(leaf_.nets("in_valid_i", 1), 1);
    at_.set(leaf_.nets("in_signed_i", 1), mode.input_signed ? 1 : 0);
    at_.set(leaf_.nets("in_weight_signed_i", 1), mode.weight_signed ? 1 : 0);
    at_.set(leaf_.nets("in_last_bit_i", size(address_bits(spec_.input.bits))),
            static_cast<std::uint64_t>(mode.input_bits - 1));
    std::uint64_t fuse = 0;
    while ((1 << fuse) < mode.fused_columns) ++fuse;
    at_.set(leaf_.nets("in_fuse_i", size(address_bits(fuse_log(spec_) + 1))), fuse);
    // No bit is zero in every row: what is left out of a sum is nothing in it.
    if (skips(spec_)) {
      at_.set(leaf_.nets("nonzero_i", size(spec_.input.bits)),
              (std::uint64_t{1} << spec_.input.bits) - 1);
    }
    advance();
  }

  /// To the next cycle: nothing holds, results find room, and other vectors may wait at the pins.
  void advance() {
    at_.set(leaf_.nets("hold_i", 1), 0);
    at_.set(leaf_.nets("result_ready_i", 1), 1);
    std::vector<std::pair<Net, Bdd::Node>> contents;
    for (const Register& each : leaf_.flat().registers) {
      contents.emplace_back(each.q, at_.next(each));
    }
    at_.release();
    for (const auto& [q, value] : contents) at_.set(q, value);
    at_.set(leaf_.nets("hold_i", 1), 0);
    at_.set(leaf_.nets("result_ready_i", 1), 1);
  }

  void require(const std::string& output, bool expected) {
    at_.require(leaf_.bit(output), expected ? Bdd::one : Bdd::zero, output, sentence());
  }
  bool known(Bdd::Node function, const std::string& output) {
    if (function > Bdd::one) at_.refute(output, sentence() + ": another vector changes it");
    return function == Bdd::one;
  }
  bool known(const std::string& output) { return known(leaf_.bit(output), output); }
  std::uint64_t number(const std::string& output, std::size_t width) {
    std::uint64_t value = 0;
    const Word word = leaf_.word(output, width);
    for (std::size_t i = 0; i < width; ++i) {
      value |= static_cast<std::uint64_t>(known(word[i], output) ? 1 : 0) << i;
    }
    return value;
  }
  std::uint64_t signs(const std::string& output) {
    return number(output, size(fuse_log(spec_)) + 1);
  }
  int bit_of(const std::string& output) {
    const std::uint64_t asked = number(output, size(spec_.input.bits));
    if (!std::has_single_bit(asked)) at_.refute(output, sentence(), "one-hot", "something else");
    return std::countr_zero(asked);
  }

  void check_result(const spec::Mode& mode) {
    require("result_valid_o", true);
    require("input_signed_o", mode.input_signed);
    require("result_signed_o", spec::is_signed_result(mode));
    if (signs("fuse_o") != static_cast<std::uint64_t>(mode.fused_columns)) {
      at_.refute("fuse_o", sentence(), fmt::format("{} columns", mode.fused_columns), "others");
    }
  }

  Leaf& leaf_;
  Functions& at_;
  const spec::MacroSpec& spec_;
  int negate_stage_;
  std::string mode_;
};

/// 2^bit, negative for the sign bit.
std::int64_t weight_of(const spec::IntegerFormat& format, int bit) {
  const std::int64_t value = std::int64_t{1} << bit;
  return format.is_signed && bit == format.bits - 1 ? -value : value;
}

[[noreturn]] void refute(const std::string& part, const std::string& bit, const std::string& what,
                         std::vector<std::pair<std::string, std::string>> values = {},
                         const std::string& expected = "", const std::string& got = "") {
  throw Refuted{{part, bit, what, std::move(values), expected, got}};
}

/// The sum of a step, of a column whose weights have a sign or not.
void check_step(const ColumnProof& column, bool is_signed, const spec::MacroSpec& spec) {
  const std::uint64_t mask = (std::uint64_t{1} << column.width) - 1;
  const spec::IntegerFormat format{is_signed, spec.weight.bits};
  const auto check = [&](const std::string& what, std::int64_t expected, std::uint64_t got, int x,
                         int row, int bit) {
    const std::uint64_t difference = (static_cast<std::uint64_t>(expected) ^ got) & mask;
    if (difference == 0) return;
    std::vector<std::pair<std::string, std::string>> values = {
        {"mode", "uint1 x " + format.name()}};
    if (x >= 0) {
      values.emplace_back(fmt::format("x[{}]", x), "1");
      values.emplace_back(fmt::format("W[{}]", row), fmt::format("{}", weight_of(format, bit)));
    } else {
      values.emplace_back("every x and W", "0");
    }
    refute("column", fmt::format("bit {} of the sum", std::countr_zero(difference)), what,
           std::move(values),
           fmt::format("{} modulo 2^{}", static_cast<std::uint64_t>(expected) & mask, column.width),
           fmt::format("{} modulo 2^{}", got & mask, column.width));
  };
  const std::int64_t constant = is_signed ? column.constant_first : column.constant_later;
  check("its constant is wrong", is_signed ? std::int64_t{1} << (column.sum_bits - 1) : 0,
        static_cast<std::uint64_t>(constant), -1, 0, 0);
  const std::size_t bits = size(spec.weight.bits);
  // The input of a stored row of structured weights is what its index selects.
  const int rows = spec::stored_rows(spec);
  std::vector<std::uint64_t> got(size(rows) * bits, 0);
  for (const Product& each : is_signed ? column.first : column.later) {
    if (each.digit != each.row) {
      check("an input and a weight of two rows count", 0,
            static_cast<std::uint64_t>(each.coefficient), each.digit, each.row, each.bit);
      continue;
    }
    got[size(each.row) * bits + size(each.bit)] += static_cast<std::uint64_t>(each.coefficient);
  }
  for (int row = 0; row < rows; ++row) {
    for (int bit = 0; bit < spec.weight.bits; ++bit) {
      check(fmt::format("x[{}] times bit {} of W[{}] counts wrongly; all others are 0", row, bit,
                        row),
            weight_of(format, bit), got[size(row) * bits + size(bit)], row, row, bit);
    }
  }
}

/// The least and the greatest result of a mode.
spec::ResultRange range_of(const spec::MacroSpec& spec, const spec::Mode& mode) {
  spec::MacroSpec one = spec;
  one.precision = {};
  one.input = spec::input_of(mode);
  one.weight = spec::weight_of(spec, mode);
  return spec::sum_range(one);
}

bool fits(const spec::ResultRange& range, int width, bool is_signed) {
  const std::int64_t end = std::int64_t{1} << (is_signed ? width - 1 : width);
  return range.min >= (is_signed ? -end : 0) && range.max < end;
}

/// Within a weight of the mode: each group of 2^level columns holds its sum, as the next adders, or
/// the codes, extend it.
void check_widths(const spec::Mode& mode, const std::vector<int>& widths,
                  const spec::MacroSpec& spec) {
  const auto group_mode = [&](int columns, bool last) {
    return spec::Mode{mode.input_bits, mode.input_signed, columns, last && mode.weight_signed,
                      false};
  };
  for (int level = 0; (1 << level) <= mode.fused_columns; ++level) {
    const int groups = mode.fused_columns >> level;
    const int width = widths.at(size(level));
    for (int group = 0; group < groups; ++group) {
      const bool left = groups == 1 || group % 2 == 1;
      const bool is_signed = group + 1 == groups ? spec::is_signed_result(mode) : mode.input_signed;
      const spec::ResultRange range = range_of(spec, group_mode(1 << level, group + 1 == groups));
      if (fits(range, width, is_signed)) continue;
      // What is moved up to the highest bit of the next sum is not extended.
      const int up = (1 << level) * spec.weight.bits;
      if (left && groups > 1 && widths.at(size(level + 1)) - up <= width) continue;
      refute("modes", fmt::format("result of {} columns", 1 << level),
             "it is too narrow for every result",
             {{"mode", spec::name_of(spec, mode)}, {"sum", fmt::format("{}", range.max)}},
             fmt::format("{} to {}", range.min, range.max),
             fmt::format("{} bits, {}signed", width, is_signed ? "" : "un"));
    }
  }
}

/// What the steps make of bit i of the inputs, and in which columns the weights have a sign.
void check_steps(const ModeRun& run, std::size_t lane, const FusedSlice& slice,
                 const spec::MacroSpec& spec) {
  const std::string name = spec::name_of(spec, run.mode);
  const spec::IntegerFormat input = spec::input_of(run.mode);
  const std::size_t columns = size(run.mode.fused_columns);
  const bool ends = run.mode.weight_signed && lane % columns + 1 == columns;
  std::vector<std::int64_t> factors(size(spec.input.bits), 0);
  for (const ModeStep& step : run.steps) {
    for (std::int64_t& factor : factors) factor *= step.first ? 0 : skips(spec) ? 1 : 2;
    const std::int64_t added = skips(spec) ? std::int64_t{1} << step.place : 1;
    factors[size(step.plane)] += step.subtract ? -added : added;
    const bool negative = (step.negate >> slice.negate[lane] & 1U) != 0;
    const bool has_sign = (step.sum_signed >> slice.sum_signed[lane] & 1U) != 0;
    if (negative == ends && has_sign == ends) continue;
    refute("modes", fmt::format("column {}", lane),
           negative == has_sign ? "the sign of its weights is wrong"
                                : "its sum and its accumulator have different signs",
           {{"mode", name}, {"bit of x", fmt::format("{}", step.plane)}},
           ends ? "signed" : "unsigned", ends ? "unsigned" : "signed");
  }
  for (int bit = 0; bit < spec.input.bits; ++bit) {
    const std::int64_t expected = bit < input.bits ? weight_of(input, bit) : 0;
    if (factors[size(bit)] == expected) continue;
    refute("modes", fmt::format("bit {} of the inputs", bit), "it counts wrongly", {{"mode", name}},
           fmt::format("{}", expected), fmt::format("{}", factors[size(bit)]));
  }
}

}  // namespace

FusedSlice prove_fused_slice(const Design& design, const Module& slice,
                             const spec::MacroSpec& spec) {
  return Columns(design, slice, spec).prove();
}

std::vector<ModeRun> prove_mode_runs(const Design& design, const Module& sequencer,
                                     const spec::MacroSpec& spec, int negate_stage) {
  Leaf leaf(design, sequencer, "sequencer");
  Run run(leaf, spec, negate_stage);
  std::vector<ModeRun> runs;
  for (const spec::Mode& mode : spec::modes_of(spec)) runs.push_back(run.prove(mode));
  return runs;
}

void prove_steps(const ColumnProof& column, const spec::MacroSpec& spec) {
  for (const bool is_signed : {false, true}) check_step(column, is_signed, spec);
}

void prove_modes(const ColumnProof& column, const FusedSlice& slice,
                 const std::vector<ModeRun>& runs, const std::vector<int>& widths,
                 const spec::MacroSpec& spec) {
  const int width = spec::output_width(spec);
  if (column.width != width || widths.front() != width) {
    refute("modes", "accumulator", "it has another width than a result", {},
           fmt::format("{} bits", width), fmt::format("{} bits", column.width));
  }
  for (const ModeRun& run : runs) {
    check_widths(run.mode, widths, spec);
    for (std::size_t lane = 0; lane < slice.negate.size(); ++lane) {
      check_steps(run, lane, slice, spec);
    }
  }
}

}  // namespace cimforge::proof
