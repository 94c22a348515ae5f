#include "tb/scoreboard.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <utility>

namespace cimforge::tb {
namespace {

/// Writes before the oldest pending vector that are remembered, to recognise a late one.
constexpr std::size_t kRemembered = 4;

}  // namespace

Scoreboard::Scoreboard(const spec::MacroSpec& spec)
    : ports_(spec),
      golden_(spec),
      results_(ports_.columns),
      got_(ports_.output_port()),
      last_expected_(ports_.output_port()) {
  if (ports_.has_thresholds()) sums_.resize(ports_.columns);
  if (!spec.approximation.is_exact()) left_out_.resize(ports_.columns);
  slots_.resize(8);
  for (Slot& slot : slots_)
    slot = {0, 0, ports_.mode, ports_.input_codes().values, {}, ports_.output_port()};
  Row empty{ports_.weight_codes().port, ports_.index_codes().port, {}, {}, false};
  if (ports_.is_floating) {
    empty.values = ports_.weight_codes().values;
    empty.scales = ports_.weight_scale_codes().values;
  }
  weights_.assign(static_cast<std::size_t>(ports_.banks) * ports_.stored_rows, empty);
}

std::size_t Scoreboard::weights_index(int bank, int row) const {
  return static_cast<std::size_t>(bank) * ports_.stored_rows + static_cast<std::size_t>(row);
}

void Scoreboard::write(const WeightRow& write) {
  golden_.write_row(write.bank, write.row, write.codes.values,
                    {write.indices.values, write.scales.values, write.integer});
  Row& stored = weights_[weights_index(write.bank, write.row)];
  if (!first_) {
    // Rows that no pending vector and no hint can need are forgotten.
    const std::uint64_t oldest = count_ > 0 ? slot(0).writes : writes_;
    while (overwritten_.size() >= kRemembered && overwritten_[kRemembered - 1].write < oldest) {
      overwritten_.pop_front();
    }
    overwritten_.push_back({writes_, write.bank, write.row, stored});
  }
  stored.codes = write.codes.port;
  stored.indices = write.indices.port;
  if (ports_.is_floating) {
    stored.values = write.codes.values;
    stored.scales = write.scales.values;
    stored.integer = write.integer;
  }
  ++writes_;
}

std::span<const std::int64_t> Scoreboard::accept(const InputVector& vector) {
  if (count_ == slots_.size()) {
    std::rotate(slots_.begin(), slots_.begin() + static_cast<std::ptrdiff_t>(head_), slots_.end());
    head_ = 0;
    slots_.resize(2 * count_,
                  {0, 0, ports_.mode, ports_.input_codes().values, {}, ports_.output_port()});
  }
  golden_.multiply(vector.bank, vector.mode, vector.codes.values, results_, vector.scales.values);
  if (ports_.is_floating) count_errors(vector);
  if (!left_out_.empty()) {
    golden_.approximation_errors(vector.bank, vector.mode, vector.codes.values, left_out_);
    sum_errors_.add(left_out_);
  }
  Slot& owed = slot(count_);
  if (ports_.has_thresholds()) {
    golden_.sums(vector.bank, vector.codes.values, sums_);
    const std::span<const std::int64_t> met = golden_.thresholds(vector.bank);
    owed.thresholds.assign(met.begin(), met.end());
  }
  ++count_;
  owed.bank = vector.bank;
  owed.writes = writes_;
  owed.mode = vector.mode;
  owed.input = vector.codes.values;
  owed.scales = vector.scales.values;
  pack(results_, ports_.output_bits, owed.expected);
  return results_;
}

/// Of the results of a vector of numbers, as the golden model has them: those of a right macro.
void Scoreboard::count_errors(const InputVector& vector) {
  beyond_bound_.clear();
  if (vector.mode.integer) return;
  const auto errors =
      golden_.floating()->errors(vector.bank, vector.codes.values, vector.scales.values);
  for (std::size_t column = 0; column < errors.size(); ++column) {
    if (!errors[column]) continue;
    (gaussian_ ? errors_.gaussian : errors_.others).add(*errors[column]);
    if (errors[column]->of_bound <= 1.0) continue;
    beyond_bound_ = fmt::format(
        "the result {} of column {}, bank {}, is {:.3g} times further from the exact sum than "
        "aligned operands can be",
        sim::result_text(golden_.spec(), results_[column], false), column, vector.bank,
        errors[column]->of_bound);
  }
}

void Scoreboard::take(const std::uint8_t* out_data, std::uint64_t number, std::uint64_t cycle,
                      std::uint64_t trace_time) {
  assert(count_ > 0);
  Slot& owed = slot(0);
  if (!owed.expected.equals(out_data)) {
    got_.read_from(out_data);
    got_.trim();
    if (got_ != owed.expected) {
      ++mismatches_;
      if (!first_) {
        first_.emplace();
        first_->vector = number;
        first_->cycle = cycle;
        first_->trace_time = trace_time;
        record_first(got_);
      }
    }
  }
  ++compared_;
  std::swap(last_expected_, owed.expected);
  any_taken_ = true;
  head_ = (head_ + 1) % slots_.size();
  --count_;
}

void Scoreboard::forget_pending() {
  head_ = 0;
  count_ = 0;
  any_taken_ = false;
}

/// Tells the wrong columns of the oldest pending vector and keeps what its replay needs.
void Scoreboard::record_first(const PortValue& got) {
  const Slot& owed = slot(0);
  std::vector<std::int64_t> expected_values(ports_.columns);
  std::vector<std::int64_t> got_values(ports_.columns);
  unpack(owed.expected, ports_.output_bits, ports_.output_is_signed, expected_values);
  unpack(got, ports_.output_bits, ports_.output_is_signed, got_values);

  Mismatch& mismatch = *first_;
  mismatch.bank = owed.bank;
  for (std::size_t column = ports_.columns; column-- > 0;) {
    if (expected_values[column] == got_values[column]) continue;
    ++mismatch.wrong_columns;
    mismatch.column = static_cast<int>(column);
    mismatch.expected = expected_values[column];
    mismatch.got = got_values[column];
  }
  if (ports_.is_floating) {
    const auto text = [&](std::int64_t code) {
      return sim::result_text(golden_.spec(), code, owed.mode.integer);
    };
    mismatch.expected_text = text(mismatch.expected);
    mismatch.got_text = text(mismatch.got);
  }

  evidence_.input = owed.input;
  evidence_.scales = owed.scales;
  evidence_.mode = owed.mode;
  evidence_.weights = weights_of(owed.bank, owed.writes);
  evidence_.weights.thresholds = owed.thresholds;
  mismatch.hint = hint_for(got);
}

/// The weights of a bank as they were after so many writes.
StoredWeights Scoreboard::weights_of(int bank, std::uint64_t writes) const {
  StoredWeights values;
  values.weights.resize(ports_.stored_rows * ports_.columns);
  if (ports_.index_bits > 0) values.indices.resize(values.weights.size());
  if (ports_.is_floating) values.integer.resize(ports_.stored_rows);
  if (ports_.weight_scale_bits > 0) values.scales.resize(values.weights.size());
  const auto set_row = [&](int row, const Row& stored) {
    const std::size_t first = static_cast<std::size_t>(row) * ports_.columns;
    if (ports_.is_floating) {
      const auto offset = static_cast<std::ptrdiff_t>(first);
      std::ranges::copy(stored.values, values.weights.begin() + offset);
      if (!stored.scales.empty()) std::ranges::copy(stored.scales, values.scales.begin() + offset);
      values.integer[static_cast<std::size_t>(row)] = stored.integer ? 1 : 0;
      return;
    }
    unpack(stored.codes, ports_.weight, std::span(values.weights).subspan(first, ports_.columns));
    if (ports_.index_bits == 0) return;
    unpack(stored.indices, ports_.index_bits, false,
           std::span(values.indices).subspan(first, ports_.columns));
  };
  for (int row = 0; row < static_cast<int>(ports_.stored_rows); ++row) {
    set_row(row, weights_[weights_index(bank, row)]);
  }
  for (auto undone = overwritten_.rbegin(); undone != overwritten_.rend(); ++undone) {
    if (undone->write < writes) break;
    if (undone->bank == bank) set_row(undone->row, undone->before);
  }
  return values;
}

PortValue Scoreboard::results_with(const StoredWeights& weights) const {
  spec::MacroSpec one_bank = golden_.spec();
  one_bank.banks = 1;
  sim::GoldenMacro golden(one_bank);
  write_stored(golden, 0, weights);
  if (ports_.has_thresholds()) golden.write_thresholds(0, evidence_.weights.thresholds);
  PortValue port = ports_.output_port();
  std::vector<std::int64_t> results(ports_.columns);
  golden.multiply(0, evidence_.mode, evidence_.input, results, evidence_.scales);
  pack(results, ports_.output_bits, port);
  return port;
}

/// Compares the first wrong result with results that well-known mistakes would give.
std::string Scoreboard::hint_for(const PortValue& got) const {
  if (any_taken_ && got == last_expected_) return "equals the result before it: taken twice?";
  for (std::size_t index = 1; index < count_; ++index) {
    if (got == slot(index).expected) return "equals the result of a later vector: one lost?";
  }
  const Slot& owed = slot(0);
  const std::uint64_t newest = std::min(writes_, owed.writes + kRemembered);
  for (std::uint64_t writes = owed.writes; writes < newest; ++writes) {
    if (got == results_with(weights_of(owed.bank, writes + 1))) {
      return "a row of weights accepted after the vector is in effect for it";
    }
  }
  // As far back as rows are remembered.
  for (std::uint64_t writes = owed.writes;
       !overwritten_.empty() && writes > overwritten_.front().write; --writes) {
    if (got == results_with(weights_of(owed.bank, writes - 1))) {
      return "a row of weights accepted before the vector is not in effect for it";
    }
  }
  for (int bank = 0; bank < ports_.banks; ++bank) {
    if (bank == owed.bank) continue;
    if (got == results_with(weights_of(bank, owed.writes))) {
      return "equals the result of another bank";
    }
  }
  return "";
}

}  // namespace cimforge::tb
