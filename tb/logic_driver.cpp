#include "tb/logic_driver.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "generator/spec/logic.h"

namespace cimforge::tb {
namespace {

using sim::LogicCommand;
using sim::LogicRow;
using spec::LogicOperation;

/// From the last cycle of an operation to the first that sees its result: said by docs/logic.md.
constexpr std::uint64_t kResultCycles = 2;
constexpr std::uint64_t kInertPeriod = 16;
constexpr std::uint64_t kPollPeriod = 64;

void pack(const LogicRow& bits, std::uint8_t* pins) {
  std::memset(pins, 0, (bits.size() + 7) / 8);
  for (std::size_t i = 0; i < bits.size(); ++i) {
    pins[i / 8] = static_cast<std::uint8_t>(pins[i / 8] | (bits[i] << (i % 8)));
  }
}

std::string hexadecimal(const std::uint8_t* bytes, std::size_t bits) {
  std::string text = "0x";
  for (std::size_t i = (bits + 7) / 8; i-- > 0;) text += fmt::format("{:02x}", bytes[i]);
  return text;
}

const char* width_bin(int bits, const spec::MacroSpec& spec) {
  if (bits == 1) return "one bit";
  if (bits == spec.logic.operand_bits) return "all bits";
  return bits > spec.logic.operand_bits ? "more bits" : "some bits";
}

bool has_width(LogicOperation operation) {
  return operation != LogicOperation::read && operation != LogicOperation::load &&
         operation != LogicOperation::nothing;
}

}  // namespace

LogicBins logic_bins(const spec::MacroSpec& spec) {
  LogicBins bins;
  const int most = static_cast<int>(std::bit_ceil(static_cast<unsigned>(spec.logic.operand_bits)));
  for (std::size_t i = 0; i < spec::logic_operation_names.size(); ++i) {
    const auto operation = static_cast<LogicOperation>(i);
    const std::string name = spec::to_string(operation);
    if (has_width(operation)) {
      for (int bits = 1; bits <= std::max(2, most); ++bits) {
        bins[fmt::format("{} of {}", name, width_bin(bits, spec))] = 0;
      }
    }
    for (const char* flag : {"key", "signed", "where", "negate"}) {
      bins[fmt::format("{} {}", name, flag)] = 0;
    }
  }
  for (const char* name :
       {"result on an operand", "result that overlaps an operand", "rows that do not exist",
        "row and command on one edge", "row waits for an operation", "result waits",
        "two results wait", "reset during an operation", "command waits for room"}) {
    bins[name] = 0;
  }
  if (std::has_single_bit(static_cast<unsigned>(spec.rows))) bins.erase("rows that do not exist");
  return bins;
}

LogicDriver::LogicDriver(Dut& dut, const spec::MacroSpec& spec, Random& random,
                         std::function<void(std::uint64_t)> poll)
    : dut_(dut),
      pins_(dut.pins()),
      spec_(spec),
      random_(random),
      poll_(std::move(poll)),
      golden_(spec),
      bins_(logic_bins(spec)),
      held_((static_cast<std::size_t>(spec::logic_result_bits(spec)) + 7) / 8, 0) {}

void LogicDriver::find(const std::string& code, const std::string& message) {
  findings_.add(code, cycles_, message);
}

void LogicDriver::eval() {
  dut_.eval();
}

void LogicDriver::power_up() {
  pins_.clk = 0;
  pins_.rst_n = 1;
  pins_.in_valid = pins_.weight_valid = pins_.out_ready = 0;
  eval();
  reset();
}

void LogicDriver::reset() {
  pins_.rst_n = 0;
  pins_.in_valid = pins_.weight_valid = 0;
  pins_.clk = 0;
  eval();
  if (pins_.out_valid != 0) find("valid-in-reset", "out_valid_o is high while rst_ni is low");
  for (int i = 0; i < 2; ++i) {
    pins_.clk = 1;
    eval();
    pins_.clk = 0;
    eval();
    ++cycles_;
  }
  pins_.rst_n = 1;
  eval();
  if (pins_.out_valid != 0) find("valid-after-reset", "out_valid_o is high after the reset");
  if (pins_.in_ready == 0 || pins_.weight_ready == 0) {
    find("not-ready-after-reset", "a macro that does nothing takes neither operation nor row");
  }
  if (busy_until_ > cycles_) ++bins_["reset during an operation"];
  expected_.clear();
  is_held_ = is_row_waiting_ = false;
  busy_until_ = 0;
}

int LogicDriver::pause(const Pauses& pauses) {
  if (pauses.one_in == 0 || !random_.once_in(pauses.one_in)) return 0;
  return random_.between(pauses.shortest, pauses.longest);
}

void LogicDriver::present(const LogicCommand& command) {
  pins_.in_valid = 1;
  pins_.in_operation = sim::operation_code(command);
  pins_.in_first = command.first;
  pins_.in_second = command.second;
  pins_.in_result = command.result;
  pins_.in_bits = static_cast<std::uint32_t>(command.bits - 1);
  for (int i = 0; i < (spec_.logic.operand_bits + 7) / 8; ++i) {
    pins_.in_data[i] = static_cast<std::uint8_t>(command.key_value >> (8 * i));
  }
}

void LogicDriver::present(const LogicWrite& write) {
  pins_.weight_valid = 1;
  pins_.weight_row = write.row;
  pack(write.bits, pins_.weight_data);
}

/// Outputs follow state alone: what the inputs are while the clock stands still does not matter.
void LogicDriver::check_inert() {
  const std::array before = {pins_.in_ready, pins_.weight_ready, pins_.out_valid};
  const cim_dut_pins inputs = pins_;
  const std::vector<std::uint8_t> out(pins_.out_data, pins_.out_data + held_.size());
  pins_.in_valid ^= 1U;
  pins_.weight_valid ^= 1U;
  pins_.out_ready ^= 1U;
  pins_.in_operation ^= 0xffU;
  eval();
  if (before != std::array{pins_.in_ready, pins_.weight_ready, pins_.out_valid} ||
      !std::equal(out.begin(), out.end(), pins_.out_data)) {
    find("output-follows-input", "an output changed with the inputs while the clock stood still");
  }
  pins_.in_valid = inputs.in_valid;
  pins_.weight_valid = inputs.weight_valid;
  pins_.out_ready = inputs.out_ready;
  pins_.in_operation = inputs.in_operation;
  eval();
}

void LogicDriver::observe(const LogicCommand& command) {
  const std::string name = spec::to_string(command.operation);
  const auto hit = [&](const std::string& bin) {
    if (const auto found = bins_.find(bin); found != bins_.end()) ++found->second;
  };
  if (has_width(command.operation)) {
    hit(fmt::format("{} of {}", name, width_bin(command.bits, spec_)));
  }
  if (command.key) hit(name + " key");
  if (command.is_signed) hit(name + " signed");
  if (command.where) hit(name + " where");
  if (command.negate) hit(name + " negate");
  if (command.operation == LogicOperation::add) {
    if (command.result == command.first) hit("result on an operand");
    if (!golden_.is_plain(command)) hit("result that overlaps an operand");
  }
  const auto rows = static_cast<std::uint32_t>(spec_.rows);
  if (command.first >= rows || command.second >= rows) hit("rows that do not exist");
}

void LogicDriver::take_result() {
  if (expected_.empty()) {
    find("result-without-command", "a result came that no operation gives");
    return;
  }
  const Expected& right = expected_.front();
  std::vector<std::uint8_t> wanted(held_.size(), 0);
  pack(right.result, wanted.data());
  ++compared_;
  if (!std::equal(wanted.begin(), wanted.end(), pins_.out_data)) {
    ++mismatches_;
    find("wrong-result", fmt::format("{}: expected {}, got {}", sim::to_text(right.command),
                                     hexadecimal(wanted.data(), right.result.size()),
                                     hexadecimal(pins_.out_data, right.result.size())));
  }
  expected_.pop_front();
}

void LogicDriver::cycle() {
  // Inputs change with the clock low.
  if (pins_.in_valid == 0 && command_pause_ > 0) --command_pause_;
  if (pins_.in_valid == 0 && command_pause_ == 0 && next_command_ < commands_.size()) {
    present(commands_[next_command_]);
  }
  if (pins_.weight_valid == 0 && row_pause_ > 0) --row_pause_;
  if (pins_.weight_valid == 0 && row_pause_ == 0 && next_row_ < rows_.size()) {
    present(rows_[next_row_]);
  }
  if (out_pause_ > 0) {
    --out_pause_;
  } else {
    out_pause_ = pause(traffic_.out);
  }
  pins_.out_ready = out_pause_ == 0 ? 1 : 0;
  eval();
  if (cycles_ % kInertPeriod == 0) check_inert();
  if (poll_ && cycles_ % kPollPeriod == 0) poll_(compared_);

  const bool out_valid = pins_.out_valid != 0;
  if (is_held_ && (!out_valid || !std::equal(held_.begin(), held_.end(), pins_.out_data))) {
    find("out-data-changed", "a result changed or went away while it waited");
  }
  const bool writes = pins_.weight_valid != 0 && pins_.weight_ready != 0;
  const bool accepts = pins_.in_valid != 0 && pins_.in_ready != 0;
  const bool takes = out_valid && pins_.out_ready != 0;
  if (traffic_.is_full_rate) {
    if (out_valid && !expected_.empty() && expected_.front().due != cycles_) {
      find("wrong-latency",
           fmt::format("{}: its result came in cycle {}, {} was right",
                       sim::to_text(expected_.front().command), cycles_, expected_.front().due));
    }
    if (pins_.in_valid != 0 && accepts != (cycles_ >= free_at_)) {
      find("wrong-cycles", fmt::format("an operation was {} in cycle {}; the one before takes the "
                                       "macro until {}",
                                       accepts ? "taken" : "not taken", cycles_, free_at_));
    }
  }
  if (out_valid && !takes) ++bins_["result waits"];
  if (out_valid && !takes && pins_.in_valid != 0 && !accepts && expected_.size() > 2) {
    ++bins_["two results wait"];
  }
  if (pins_.in_valid != 0 && !accepts && cycles_ >= busy_until_ && out_valid && !takes) {
    ++bins_["command waits for room"];
  }
  if (pins_.weight_valid != 0 && !writes) ++bins_["row waits for an operation"];
  if (writes && accepts) ++bins_["row and command on one edge"];
  if (is_row_waiting_ && accepts && !writes) {
    find("row-overtaken", "an operation was taken before a row that already waited");
  }
  is_row_waiting_ = pins_.weight_valid != 0 && !writes;

  held_.assign(pins_.out_data, pins_.out_data + held_.size());
  is_held_ = out_valid && !takes;
  if (takes) take_result();
  // A row is in effect for a command that is accepted on the same edge.
  if (writes) {
    golden_.write_row(rows_[next_row_].row, rows_[next_row_].bits);
    ++next_row_;
  }
  if (accepts) {
    const LogicCommand& command = commands_[next_command_++];
    observe(command);
    ++accepted_;
    const auto taken =
        static_cast<std::uint64_t>(spec::logic_cycles(command.operation, command.bits));
    free_at_ = cycles_ + taken;
    busy_until_ = cycles_ + 1 + taken;
    if (std::optional<LogicRow> result = golden_.execute(command)) {
      expected_.push_back({command, std::move(*result), cycles_ + taken + kResultCycles});
    }
  }
  const bool waits = pins_.in_valid != 0 || pins_.weight_valid != 0 || !expected_.empty();
  waited_ = waits && !writes && !accepts && !takes && out_pause_ == 0 ? waited_ + 1 : 0;
  const auto most = static_cast<std::uint64_t>(
      spec::logic_cycles(LogicOperation::multiply, 2 * spec_.logic.operand_bits));
  if (waited_ > most + 16) throw Hang("nothing moves although every stream may");
  pins_.clk = 1;
  eval();
  if (writes) {
    pins_.weight_valid = 0;
    row_pause_ = pause(traffic_.rows);
  }
  if (accepts) {
    pins_.in_valid = 0;
    command_pause_ = pause(traffic_.commands);
  }
  pins_.clk = 0;
  ++cycles_;
}

void LogicDriver::run(const LogicTraffic& traffic, std::span<const LogicCommand> commands,
                      std::span<const LogicWrite> rows) {
  traffic_ = traffic;
  commands_ = commands;
  rows_ = rows;
  next_command_ = next_row_ = 0;
  command_pause_ = row_pause_ = out_pause_ = 0;
  free_at_ = cycles_;
  const std::uint64_t begin = cycles_;
  while (next_command_ < commands_.size() || next_row_ < rows_.size()) {
    if (traffic.stop_after != 0 && cycles_ - begin >= traffic.stop_after) return;
    cycle();
  }
}

void LogicDriver::drain() {
  commands_ = {};
  rows_ = {};
  next_command_ = next_row_ = 0;
  const bool is_full_rate = traffic_.is_full_rate;
  traffic_ = {};
  traffic_.is_full_rate = is_full_rate;
  out_pause_ = 0;
  while (!expected_.empty()) cycle();
  // What comes now is too much, and what still runs ends.
  const auto rest = busy_until_ > cycles_ ? busy_until_ - cycles_ : 0;
  for (std::uint64_t i = 0; i < rest + 4; ++i) cycle();
}

}  // namespace cimforge::tb
