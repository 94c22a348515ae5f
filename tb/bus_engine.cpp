#include "tb/bus_engine.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <utility>

#include "generator/spec/precision.h"
#include "tb/floating.h"
#include "tb/mode.h"

namespace cimforge::tb {
namespace {

constexpr std::uint64_t kPollPeriod = 64;

}  // namespace

BusEngine::BusEngine(const spec::MacroSpec& spec, std::unique_ptr<Dut> dut,
                     std::function<void()> interrupt)
    : spec_(spec),
      ports_(spec),
      dut_(std::move(dut)),
      pins_(dut_->pins()),
      interrupt_(std::move(interrupt)),
      patience_(1000 + 100 * static_cast<std::uint64_t>(ports_.cycles_per_vector) +
                ports_.most_row_cycles),
      mode_(ports_.mode),
      row_(ports_.weight_codes().port),
      thresholds_(ports_.thresholds().port),
      row_indices_(ports_.index_codes().port),
      float_row_(empty_row(ports_)),
      vector_(ports_.input_codes().port),
      scales_(ports_.input_scale_codes()),
      result_(ports_.output_port()) {
  std::ranges::fill(scales_.values, number::scale_bias);
  if (pins_.out_saturated != nullptr) saturated_.assign(ports_.columns, 0);
  pins_.weight_valid = 0;
  pins_.threshold_valid = 0;
  pins_.in_valid = 0;
  pins_.out_ready = 1;
  pins_.clk = 0;
  pins_.rst_n = 1;
  dut_->eval();
  pins_.rst_n = 0;
  for (int i = 0; i < 2; ++i) {
    pins_.clk = 0;
    dut_->eval();
    pins_.clk = 1;
    dut_->eval();
    ++cycles_;
  }
  pins_.clk = 0;
  pins_.rst_n = 1;
  dut_->eval();
}

template <typename TakeResult>
BusEngine::Moved BusEngine::cycle(TakeResult take_result) {
  pins_.clk = 0;
  dut_->eval();
  const Moved moved = {pins_.weight_valid != 0 && pins_.weight_ready != 0,
                       pins_.threshold_valid != 0 && pins_.threshold_ready != 0,
                       pins_.in_valid != 0 && pins_.in_ready != 0, pins_.out_valid != 0};
  if (moved.output) take_result();
  if (pins_.fault_valid != 0) ++faults_;
  pins_.clk = 1;
  dut_->eval();
  if (++cycles_ % kPollPeriod == 0 && interrupt_) interrupt_();

  const bool any = moved.weights || moved.thresholds || moved.input || moved.output;
  waited_ = any ? 0 : waited_ + 1;
  if (waited_ > patience_) {
    throw ModelError(fmt::format("the macro hangs: {} cycles without {}", patience_,
                                 pins_.weight_valid != 0      ? "weight_ready_o"
                                 : pins_.threshold_valid != 0 ? "threshold_ready_o"
                                 : pins_.in_valid != 0        ? "in_ready_o"
                                                              : "out_valid_o"));
  }
  return moved;
}

std::uint32_t BusEngine::read_register(std::uint32_t page, std::uint32_t index) {
  return access_register(false, page << 16 | index, 0);
}

void BusEngine::write_register(std::uint32_t page, std::uint32_t index, std::uint32_t data) {
  access_register(true, page << 16 | index, data);
}

std::uint32_t BusEngine::access_register(bool write, std::uint32_t address, std::uint32_t data) {
  const auto nothing_due = [] { throw ModelError("a result came that no vector asked for"); };
  pins_.cfg_valid = 1;
  pins_.cfg_write = write ? 1 : 0;
  pins_.cfg_address = address;
  pins_.cfg_data = data;
  pins_.cfg_answer_ready = 1;
  bool taken = false;
  waited_ = 0;  // many accesses in a row move no stream of data
  for (std::uint64_t waited = 0; waited <= patience_; ++waited) {
    // The streams as they are before the edge of the cycle.
    pins_.clk = 0;
    dut_->eval();
    const bool takes = pins_.cfg_valid != 0 && pins_.cfg_ready != 0;
    const bool answers = pins_.cfg_answer_valid != 0;
    const std::uint32_t answer = pins_.cfg_answer;
    cycle(nothing_due);
    if (taken && answers) return answer;
    if (takes) {
      taken = true;
      pins_.cfg_valid = 0;
    }
  }
  throw ModelError(fmt::format("the macro hangs: {} cycles without {}", patience_,
                               taken ? "cfg_answer_valid_o" : "cfg_ready_o"));
}

void BusEngine::set_scales(std::span<const std::int32_t> scales) {
  assert(scales.size() == scales_.values.size());
  scales_.values.assign(scales.begin(), scales.end());
}

/// Puts a row on the pins of a floating macro.
void BusEngine::put_float_row(const StoredWeights& stored, std::size_t row) {
  const auto part = [&](const std::vector<std::int32_t>& all) {
    return std::span(all).subspan(row * ports_.columns, ports_.columns);
  };
  std::ranges::copy(part(stored.weights), float_row_.codes.values.begin());
  if (ports_.weight_scale_bits > 0) {
    std::ranges::copy(part(stored.scales), float_row_.scales.values.begin());
  }
  float_row_.integer = !stored.integer.empty() && stored.integer[row] != 0;
  pack_row(spec_, ports_, float_row_);
  put_row(ports_, float_row_, pins_);
}

void BusEngine::load_weights(int bank, std::span<const std::int32_t> weights) {
  load_stored(bank, stored_weights(spec_, weights));
}

void BusEngine::load_stored(int bank, const StoredWeights& stored) {
  const std::span<const std::int32_t> weights = stored.weights;
  assert(0 <= bank && bank < ports_.banks);
  assert(weights.size() == ports_.stored_rows * ports_.columns);
  assert(ports_.is_floating ||
         std::ranges::all_of(weights, [this](auto w) { return spec_.weight.holds(w); }));

  const auto nothing_due = [] { throw ModelError("a result came that no vector asked for"); };
  waited_ = 0;
  pins_.weight_bank = static_cast<std::uint32_t>(bank);
  for (std::size_t row = 0; row < ports_.stored_rows; ++row) {
    if (ports_.is_floating) {
      put_float_row(stored, row);
    } else {
      pack(weights.subspan(row * ports_.columns, ports_.columns), ports_.weight, row_);
      row_.write_to(pins_.weight_data);
    }
    if (ports_.index_bits > 0) {
      pack(std::span(stored.indices).subspan(row * ports_.columns, ports_.columns),
           ports_.index_bits, row_indices_);
      row_indices_.write_to(pins_.weight_index);
    }
    pins_.weight_row = static_cast<std::uint32_t>(row);
    pins_.weight_valid = 1;
    while (!cycle(nothing_due).weights) continue;
  }
  pins_.weight_valid = 0;
  if (!stored.thresholds.empty()) load_thresholds(bank, stored.thresholds);
}

void BusEngine::load_thresholds(int bank, std::span<const std::int64_t> thresholds) {
  assert(0 <= bank && bank < ports_.banks);
  assert(ports_.has_thresholds() && thresholds.size() == ports_.columns);
  pack(thresholds, ports_.threshold.bits, thresholds_);
  thresholds_.write_to(pins_.threshold_data);
  pins_.threshold_bank = static_cast<std::uint32_t>(bank);
  pins_.threshold_valid = 1;
  waited_ = 0;
  const auto nothing_due = [] { throw ModelError("a result came that no vector asked for"); };
  while (!cycle(nothing_due).thresholds) continue;
  pins_.threshold_valid = 0;
}

void BusEngine::multiply(int bank, std::span<const std::int32_t> inputs,
                         std::span<std::int64_t> outputs, std::span<const std::int32_t> scales) {
  const std::size_t count = inputs.size() / ports_.rows;
  assert(0 <= bank && bank < ports_.banks);
  assert(inputs.size() == count * ports_.rows);
  assert(outputs.size() == count * ports_.columns);
  assert(std::ranges::all_of(inputs, [this](auto x) {
    return (spec::has_precision(spec_) ? spec::input_of(spec::clamped(spec_, mode_))
            : mode_.integer            ? sim::integer_format(spec_)
                                       : spec_.input)
        .holds(x);
  }));

  std::size_t sent = 0;
  std::size_t taken = 0;
  const auto take_result = [&] {
    if (taken == sent) throw ModelError("a result came that no vector asked for");
    result_.read_from(pins_.out_data);
    unpack(result_, ports_.output_bits, ports_.output_is_signed,
           outputs.subspan(taken * ports_.columns, ports_.columns));
    for (std::size_t column = 0; column < saturated_.size(); ++column) {
      saturated_[column] += pins_.out_saturated[column / 8] >> (column % 8) & 1;
    }
    ++taken;
  };
  waited_ = 0;
  pins_.in_bank = static_cast<std::uint32_t>(bank);
  put_mode(mode_, pins_);
  const std::size_t blocks = ports_.input_scale_bits > 0 ? scales_.values.size() : 0;
  assert(scales.empty() || scales.size() == count * blocks);
  if (blocks > 0) {
    pack(scales_.values, ports_.input_scale_bits, scales_.port);
    scales_.port.write_to(pins_.in_scale);
  }
  while (taken < count) {
    if (pins_.in_valid == 0 && sent < count) {
      pack(inputs.subspan(sent * ports_.rows, ports_.rows), ports_.input, vector_);
      vector_.write_to(pins_.in_data);
      if (blocks > 0 && !scales.empty()) {
        pack(scales.subspan(sent * blocks, blocks), ports_.input_scale_bits, scales_.port);
        scales_.port.write_to(pins_.in_scale);
      }
      pins_.in_valid = 1;
    }
    if (cycle(take_result).input) {
      pins_.in_valid = 0;
      ++sent;
    }
  }
}

}  // namespace cimforge::tb
