// A macro in plain C++ that keeps the contract of the ports cycle by cycle, and mutations of it
// that break one property each. The bench must pass the first and catch all others.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "generator/spec/range.h"
#include "generator/spec/spec.h"
#include "tb/codes.h"
#include "tb/dut.hpp"

namespace cimforge::tests {

enum class Mutation {
  none,
  wrong_for_one_pattern,    ///< one too many in the last column where all inputs are at maximum
  swapped_columns,          ///< columns 1 and 2
  first_64_rows,            ///< the others are not summed
  wrong_top_bit,            ///< the top bit of a signed input weighs plus
  wrong_top_bit_of_row_3,   ///< likewise, in one row
  wraps,                    ///< instead of saturating
  off_by_one_at_minimum,    ///< the result of minimum x minimum in all rows
  result_repeated,          ///< each 20th
  result_lost,              ///< each 20th
  results_swapped,          ///< each 20th with the next, where both wait
  spurious_after_idle,      ///< a result that no vector asked for, after 10 idle cycles
  write_too_early,          ///< a vector in computation sees new weights
  write_too_late_on_edge,   ///< a vector accepted on the same edge does not see the weights
  write_too_late_by_cycle,  ///< nor one that is accepted on the next edge
  write_lost_while_computing,
  write_to_wrong_bank,  ///< the last row of each bank goes to bank 0
  write_to_wrong_row,   ///< row 4 goes to row 5
  reads_wrong_bank,     ///< bank 2 is read as bank 1
  data_changes_while_waiting,
  valid_drops,  ///< after 5 cycles of waiting
  in_ready_follows_in_valid,
  in_ready_follows_out_ready,
  weight_ready_follows_data,
  valid_follows_ready,  ///< out_valid only where out_ready
  bubble,               ///< one idle cycle after each 10th vector
  slow,                 ///< one idle cycle after each vector
  valid_in_reset,
  valid_after_reset,  ///< in the first cycle after it
  synchronous_reset,  ///< out_valid falls with the first edge
  survives_reset,     ///< a finished result comes out after the reset
  computation_survives_reset,
  output_hangs,  ///< after 50 vectors
  input_hangs,
  weights_hang,
  hangs_after_long_stall,  ///< of 40 cycles
  waits_for_ready,         ///< out_valid rises only after a cycle with out_ready
  stops_itself,            ///< ModelError after 50 vectors
  takes_data_late,         ///< stores the weights that are on the pins while the clock is high
  longer_latency,          ///< by one cycle
  skips_nothing,           ///< takes all cycles for digits of zeros too
};

/// How the macro may differ without breaking the contract.
struct ReferenceOptions {
  Mutation mutation = Mutation::none;
  int pipeline = 0;  ///< cycles between the computation and the output
  enum class Writes { always, between_vectors, buffered } writes = Writes::between_vectors;
};

/// Cycles from accepting a vector to the edge that sees its result.
inline int reference_latency(const spec::MacroSpec& spec, const ReferenceOptions& options) {
  return tb::Ports(spec).cycles_per_vector + options.pipeline + 1;
}

class ReferenceDut final : public tb::Dut {
 public:
  ReferenceDut(const spec::MacroSpec& spec, const ReferenceOptions& options)
      : spec_(spec),
        options_(options),
        ports_(spec),
        weights_(static_cast<std::size_t>(spec.banks) * ports_.rows,
                 std::vector<std::int32_t>(ports_.columns, 0)),
        weight_pins_(ports_.weight_codes().port.bytes()),
        input_pins_(ports_.input_codes().port.bytes()),
        output_pins_(ports_.output_port().bytes()) {
    pins_.weight_data = weight_pins_.data();
    pins_.in_data = input_pins_.data();
    pins_.out_data = output_pins_.data();
  }

  cim_dut_pins& pins() override { return pins_; }

  void eval() override {
    const bool rising = pins_.clk != 0 && !clock_;
    const bool falling = pins_.clk == 0 && clock_;
    clock_ = pins_.clk != 0;
    if (pins_.rst_n == 0) {
      if (!is(Mutation::synchronous_reset) || rising) reset();
    } else if (rising) {
      edge();
    }
    if (falling && late_write_ && is(Mutation::takes_data_late)) {
      store(late_write_->first, late_write_->second, read_weights());
      late_write_.reset();
    }
    drive_outputs();
  }

 private:
  using Result = std::vector<std::int64_t>;
  struct Computation {
    int bank;
    std::vector<std::int32_t> input;
    Result result;
    int cycles_left;
  };

  [[nodiscard]] bool is(Mutation mutation) const { return options_.mutation == mutation; }

  void reset() {
    if (is(Mutation::survives_reset) && !finished_.empty()) surviving_ = {finished_.front()};
    if (is(Mutation::computation_survives_reset) && computing_) surviving_ = {computing_->result};
    computing_.reset();
    pipeline_.clear();
    finished_.clear();
    delayed_write_.reset();
    late_write_.reset();
    just_reset_ = true;
    waited_ = idle_ = pause_ = buffered_ = 0;
    offered_ = false;
  }

  void edge() {
    const bool write = pins_.weight_valid != 0 && weight_ready();
    const bool accept = pins_.in_valid != 0 && in_ready();
    const bool take = out_valid() && pins_.out_ready != 0;
    just_reset_ = false;
    if (!surviving_.empty()) {
      finished_ = surviving_;
      surviving_.clear();
    }

    // Output.
    if (out_valid() && !take) ++waited_;
    if (take) {
      ++taken_;
      waited_ = 0;
      offered_ = false;
      const bool repeat = is(Mutation::result_repeated) && taken_ % 20 == 0;
      if (!repeat && !finished_.empty()) finished_.pop_front();
    } else if (!finished_.empty() && pins_.out_ready != 0) {
      offered_ = true;  // waits_for_ready
    }
    if (waited_ >= 40) stalled_long_ = true;

    // Computation: results move on before a new vector comes.
    for (auto& [result, cycles_left] : pipeline_) --cycles_left;
    if (computing_ && --computing_->cycles_left == 0) {
      finish(computing_->result);
      computing_.reset();
    }
    while (!pipeline_.empty() && pipeline_.front().second <= 0) {
      finished_.push_back(pipeline_.front().first);
      pipeline_.pop_front();
      if (is(Mutation::results_swapped) && finished_.size() >= 2 && ++swaps_ % 20 == 0) {
        std::swap(finished_[finished_.size() - 1], finished_[finished_.size() - 2]);
      }
    }
    const bool idle = !computing_ && pipeline_.empty() && finished_.empty() && !accept;
    idle_ = idle ? idle_ + 1 : 0;
    if (is(Mutation::spurious_after_idle) && idle_ == 10 && accepted_ > 20) {
      finished_.push_back(Result(ports_.columns, 0));
    }

    // Weights before the input of the same edge.
    if (buffered_ > 0) --buffered_;
    if (pause_ > 0) --pause_;
    const bool late = is(Mutation::write_too_late_on_edge) || is(Mutation::write_too_late_by_cycle);
    if (is(Mutation::write_too_late_by_cycle)) {
      if (accept) begin_computation();
      commit_delayed();
    } else if (late && accept) {
      begin_computation();
    }
    if (write) accept_write(late);
    if (accept && !late) begin_computation();
    if (is(Mutation::stops_itself) && accepted_ == 50) {
      throw tb::ModelError("$fatal in reference_dut.h");
    }
  }

  void accept_write(bool late) {
    ++written_;
    if (options_.writes == ReferenceOptions::Writes::buffered) buffered_ = 2;
    int bank = static_cast<int>(pins_.weight_bank);
    auto row = static_cast<std::size_t>(pins_.weight_row);
    if (ports_.banks == 1) bank = 0;
    if (ports_.rows == 1) row = 0;
    if (is(Mutation::write_to_wrong_bank) && row == ports_.rows - 1) bank = 0;
    if (is(Mutation::write_to_wrong_row) && row == 4) row = 5;
    if (is(Mutation::write_lost_while_computing) && computing_ && computing_->bank != bank) return;
    if (is(Mutation::takes_data_late)) {
      late_write_ = {bank, row};
      return;
    }
    if (late && is(Mutation::write_too_late_by_cycle)) {
      delayed_write_ = {{bank, row}, read_weights()};
      return;
    }
    store(bank, row, read_weights());
    if (is(Mutation::write_too_early) && computing_ && computing_->bank == bank) {
      computing_->result = multiply(computing_->bank, computing_->input);
    }
  }

  void commit_delayed() {
    if (!delayed_write_) return;
    store(delayed_write_->first.first, delayed_write_->first.second, delayed_write_->second);
    delayed_write_.reset();
  }

  void store(int bank, std::size_t row, const std::vector<std::int32_t>& weights) {
    weights_[static_cast<std::size_t>(bank) * ports_.rows + row] = weights;
  }

  [[nodiscard]] std::vector<std::int32_t> read_weights() const {
    tb::Codes codes = ports_.weight_codes();
    codes.port.read_from(weight_pins_.data());
    tb::unpack(codes.port, spec_.weight.bits, spec_.weight.is_signed, codes.values);
    return codes.values;
  }

  void begin_computation() {
    ++accepted_;
    tb::Codes codes = ports_.input_codes();
    codes.port.read_from(input_pins_.data());
    tb::unpack(codes.port, spec_.input.bits, spec_.input.is_signed, codes.values);
    int bank = ports_.banks == 1 ? 0 : static_cast<int>(pins_.in_bank);
    if (is(Mutation::reads_wrong_bank) && bank == 2) bank = 1;
    const int cycles =
        is(Mutation::skips_nothing) ? ports_.cycles_per_vector : ports_.cycles_of({bank, codes});
    computing_ = {bank, codes.values, multiply(bank, codes.values), cycles};
    if (is(Mutation::bubble) && accepted_ % 10 == 0) pause_ = ports_.cycles_per_vector;
    if (is(Mutation::slow)) pause_ = ports_.cycles_per_vector;
  }

  void finish(const Result& result) {
    ++finished_count_;
    if (is(Mutation::result_lost) && finished_count_ % 20 == 0) return;
    if (is(Mutation::output_hangs) && finished_count_ >= 50) return;
    const int longer = is(Mutation::longer_latency) ? 1 : 0;
    pipeline_.emplace_back(result, options_.pipeline + longer);
  }

  [[nodiscard]] Result multiply(int bank, const std::vector<std::int32_t>& input) const {
    Result sums(ports_.columns, 0);
    for (std::size_t row = 0; row < ports_.rows; ++row) {
      if (is(Mutation::first_64_rows) && row >= 64) break;
      std::int64_t x = input[row];
      const bool wrong_row = is(Mutation::wrong_top_bit_of_row_3) && row == 3;
      if ((is(Mutation::wrong_top_bit) || wrong_row) && x < 0) {
        x += std::int64_t{1} << spec_.input.bits;
      }
      const auto& weights = weights_[static_cast<std::size_t>(bank) * ports_.rows + row];
      for (std::size_t column = 0; column < ports_.columns; ++column) {
        sums[column] += x * weights[column];
      }
    }
    const std::int64_t greatest = spec::sum_range(spec_).max;
    for (std::int64_t& sum : sums) {
      if (is(Mutation::off_by_one_at_minimum) && sum == greatest) --sum;
      sum = output_of(sum);
    }
    const auto is_max = [&](std::int32_t x) { return x == spec_.input.max(); };
    if (is(Mutation::wrong_for_one_pattern) && std::ranges::all_of(input, is_max)) ++sums.back();
    if (is(Mutation::swapped_columns)) std::swap(sums[1], sums[2]);
    return sums;
  }

  [[nodiscard]] std::int64_t output_of(std::int64_t sum) const {
    sum >>= spec_.output_shift;
    if (spec_.output_mode != spec::OutputMode::saturate || is(Mutation::wraps)) return sum;
    const int bits = ports_.output_bits;
    const std::int64_t least = ports_.output_is_signed ? -(std::int64_t{1} << (bits - 1)) : 0;
    return std::clamp(sum, least, least + (std::int64_t{1} << bits) - 1);
  }

  // Outputs, from the state alone but for the mutations.

  [[nodiscard]] bool out_valid() const {
    if (is(Mutation::valid_in_reset) && pins_.rst_n == 0) return true;
    if (is(Mutation::valid_after_reset) && pins_.rst_n != 0 && just_reset_) return true;
    if (finished_.empty()) return false;
    if (is(Mutation::valid_drops) && waited_ == 5) return false;
    if (is(Mutation::valid_follows_ready)) return pins_.out_ready != 0;
    if (is(Mutation::waits_for_ready)) return offered_;
    return !(is(Mutation::hangs_after_long_stall) && stalled_long_);
  }

  [[nodiscard]] bool in_ready() const {
    if (is(Mutation::input_hangs) && accepted_ >= 50) return false;
    if (is(Mutation::in_ready_follows_in_valid) && pins_.in_valid == 0) return false;
    if (is(Mutation::in_ready_follows_out_ready) && pins_.out_ready == 0) return false;
    const std::size_t held = pipeline_.size() + finished_.size() + (computing_ ? 1U : 0U);
    const bool room = held < static_cast<std::size_t>(3 + options_.pipeline);
    return room && between_vectors() && buffered_ == 0 && pause_ == 0;
  }

  [[nodiscard]] bool weight_ready() const {
    if (is(Mutation::weights_hang) && written_ >= 60) return false;
    if (is(Mutation::weight_ready_follows_data) && (weight_pins_[0] & 1) != 0) return false;
    switch (options_.writes) {
      case ReferenceOptions::Writes::always:
        return true;
      case ReferenceOptions::Writes::between_vectors:
        return between_vectors();
      case ReferenceOptions::Writes::buffered:
        return buffered_ == 0;
    }
    return true;
  }

  [[nodiscard]] bool between_vectors() const { return !computing_ || computing_->cycles_left == 1; }

  void drive_outputs() {
    pins_.weight_ready = weight_ready() ? 1 : 0;
    pins_.in_ready = in_ready() ? 1 : 0;
    pins_.out_valid = out_valid() ? 1 : 0;
    if (finished_.empty()) return;
    Result result = finished_.front();
    if (is(Mutation::data_changes_while_waiting) && waited_ == 3) result[0] ^= 1;
    tb::PortValue port = ports_.output_port();
    tb::pack(result, ports_.output_bits, port);
    port.write_to(output_pins_.data());
  }

  spec::MacroSpec spec_;
  ReferenceOptions options_;
  tb::Ports ports_;
  cim_dut_pins pins_{};
  bool clock_ = false;

  std::vector<std::vector<std::int32_t>> weights_;  ///< [bank][row][column]
  std::optional<Computation> computing_;
  std::deque<std::pair<Result, int>> pipeline_;  ///< results and the cycles to their end
  std::deque<Result> finished_;                  ///< the first is on the pins
  int buffered_ = 0;                             ///< cycles in which a write is carried out

  std::uint64_t accepted_ = 0;
  std::uint64_t written_ = 0;
  std::uint64_t finished_count_ = 0;
  std::uint64_t taken_ = 0;
  std::uint64_t swaps_ = 0;
  int waited_ = 0;
  int idle_ = 0;
  int pause_ = 0;
  bool just_reset_ = false;
  bool offered_ = false;
  bool stalled_long_ = false;
  std::deque<Result> surviving_;
  std::optional<std::pair<int, std::size_t>> late_write_;
  std::optional<std::pair<std::pair<int, std::size_t>, std::vector<std::int32_t>>> delayed_write_;

  std::vector<std::uint8_t> weight_pins_;
  std::vector<std::uint8_t> input_pins_;
  std::vector<std::uint8_t> output_pins_;
};

class ReferenceFactory final : public tb::DutFactory {
 public:
  explicit ReferenceFactory(spec::MacroSpec spec, ReferenceOptions options = {})
      : spec_(std::move(spec)), options_(options) {}
  [[nodiscard]] std::unique_ptr<tb::Dut> make(const std::string&) const override {
    return std::make_unique<ReferenceDut>(spec_, options_);
  }

 private:
  spec::MacroSpec spec_;
  ReferenceOptions options_;
};

}  // namespace cimforge::tests
