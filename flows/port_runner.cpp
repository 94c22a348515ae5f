#include "flows/port_runner.h"

#include <utility>

#include "tb/mode.h"

namespace cimforge::flows {
namespace {

/// Cycles that a macro may keep a transfer waiting, and how often an interrupt is looked for.
constexpr int patience = 2000;
constexpr std::uint64_t poll_period = 1024;

}  // namespace

PortRunner::PortRunner(const spec::MacroSpec& spec, std::unique_ptr<tb::Dut> dut,
                       std::function<void()> interrupt)
    : ports_(spec),
      dut_(std::move(dut)),
      pins_(dut_->pins()),
      interrupt_(std::move(interrupt)),
      vector_(ports_.input_codes().port),
      result_(ports_.output_port()) {
  // The edge of a reset that was not there before.
  pins_.clk = 0;
  pins_.rst_n = 1;
  dut_->eval();
}

void PortRunner::reset() {
  pins_.weight_valid = pins_.in_valid = pins_.out_ready = 0;
  pins_.bist_start = pins_.bist_error_ready = 0;
  pins_.repair_load = pins_.protection_clear = 0;
  pins_.rst_n = 0;
  cycle();
  cycle();
  pins_.rst_n = 1;
  cycle();
}

void PortRunner::cycle() {
  pins_.clk = 1;
  dut_->eval();
  pins_.clk = 0;
  dut_->eval();
  if (++cycles_ % poll_period == 0 && interrupt_) interrupt_();
}

bool PortRunner::write(int bank, int row, const tb::PortValue& weights) {
  pins_.weight_bank = static_cast<std::uint32_t>(bank);
  pins_.weight_row = static_cast<std::uint32_t>(row);
  weights.write_to(pins_.weight_data);
  pins_.weight_valid = 1;
  bool taken = false;
  for (int i = 0; !taken && i < patience; ++i) {
    dut_->eval();
    taken = pins_.weight_ready != 0;
    cycle();
  }
  pins_.weight_valid = 0;
  return taken;
}

bool PortRunner::send(int bank, std::span<const std::int32_t> input) {
  tb::pack(input, ports_.input, vector_);
  vector_.write_to(pins_.in_data);
  tb::put_mode(ports_.mode, pins_);
  pins_.in_bank = static_cast<std::uint32_t>(bank);
  pins_.in_valid = 1;
  bool taken = false;
  for (int i = 0; !taken && i < patience; ++i) {
    dut_->eval();
    taken = pins_.in_ready != 0;
    cycle();
  }
  pins_.in_valid = 0;
  return taken;
}

std::vector<std::int64_t> PortRunner::take(bool* flagged) {
  pins_.out_ready = 1;
  std::vector<std::int64_t> values;
  for (int i = 0; values.empty() && i < patience; ++i) {
    dut_->eval();
    if (pins_.out_valid != 0) {
      values.resize(ports_.columns);
      result_.read_from(pins_.out_data);
      tb::unpack(result_, ports_.output_bits, ports_.output_is_signed, values);
      for (std::size_t byte = 0;
           flagged != nullptr && pins_.out_error != nullptr && byte < (ports_.columns + 7) / 8;
           ++byte) {
        *flagged = *flagged || pins_.out_error[byte] != 0;
      }
    }
    cycle();
  }
  pins_.out_ready = 0;
  return values;
}

PortRunner::SelfTest PortRunner::self_test(bool compute, bool stops, std::uint64_t limit) {
  SelfTest result;
  pins_.bist_compute = compute ? 1 : 0;
  pins_.bist_error_ready = 1;
  pins_.bist_start = 1;
  cycle();
  pins_.bist_start = 0;
  const std::uint64_t begin = cycles_;
  while (cycles_ - begin < limit && pins_.bist_done == 0 && !(stops && pins_.bist_fail != 0)) {
    cycle();
  }
  result.is_done = pins_.bist_done != 0;
  result.has_failed = pins_.bist_fail != 0;
  result.signature = pins_.bist_signature;
  result.cycles = cycles_ - begin;
  return result;
}

}  // namespace cimforge::flows
