#include "flows/circuit_dut.h"

#include <algorithm>
#include <array>
#include <type_traits>
#include <utility>
#include <variant>

namespace cimforge::flows {
namespace {

/// A port that is one number of the pins.
struct NumberPort {
  const char* name;
  std::variant<std::uint8_t cim_dut_pins::*, std::uint32_t cim_dut_pins::*> pin;
};

using Pins = cim_dut_pins;

// Those of digital, near-memory and floating macros that a stream of weights and vectors needs.
// Others are inputs at 0.
constexpr std::array input_numbers = {
    NumberPort{"rst_ni", &Pins::rst_n},
    NumberPort{"weight_valid_i", &Pins::weight_valid},
    NumberPort{"weight_bank_i", &Pins::weight_bank},
    NumberPort{"weight_row_i", &Pins::weight_row},
    NumberPort{"weight_integer_i", &Pins::weight_integer},
    NumberPort{"threshold_valid_i", &Pins::threshold_valid},
    NumberPort{"threshold_bank_i", &Pins::threshold_bank},
    NumberPort{"in_valid_i", &Pins::in_valid},
    NumberPort{"in_bank_i", &Pins::in_bank},
    NumberPort{"in_transpose_i", &Pins::in_transpose},
    NumberPort{"in_signed_i", &Pins::in_signed},
    NumberPort{"in_weight_signed_i", &Pins::in_weight_signed},
    NumberPort{"in_fuse_i", &Pins::in_fuse},
    NumberPort{"in_last_bit_i", &Pins::in_last_bit},
    NumberPort{"in_integer_i", &Pins::in_integer},
    NumberPort{"out_ready_i", &Pins::out_ready},
};
constexpr std::array output_numbers = {
    NumberPort{"weight_ready_o", &Pins::weight_ready},
    NumberPort{"threshold_ready_o", &Pins::threshold_ready},
    NumberPort{"in_ready_o", &Pins::in_ready},
    NumberPort{"out_valid_o", &Pins::out_valid},
};

/// Boxes and circuit follow each other so often at most.
constexpr int most_rounds = 16;

}  // namespace

CircuitDut::CircuitDut(const Circuit& circuit, const std::vector<std::unique_ptr<BoxModel>>& boxes,
                       ToggleCount& count, std::uint64_t seed)
    : circuit_(circuit), boxes_(boxes), count_(count), simulator_(circuit) {
  pins_.weight_data = bus("weight_data_i");
  pins_.weight_index = bus("weight_index_i", &pins_.weight_index_bytes);
  pins_.weight_scale = bus("weight_scale_i", &pins_.weight_scale_bytes);
  pins_.weight_class = bus("weight_class_i", &pins_.weight_class_bytes);
  pins_.threshold_data = bus("threshold_data_i", &pins_.threshold_data_bytes);
  pins_.in_scale = bus("in_scale_i", &pins_.in_scale_bytes);
  pins_.in_data = bus("in_data_i");
  pins_.out_data = bus("out_data_o");
  pins_.out_error = bus("out_error_o");
  clock_ = circuit.port("clk_i");
  simulator_.start({}, false);
  // Registers without reset start with values that no correct macro depends on.
  simulator_.randomise(seed);
  simulator_.step();
  last_.resize(circuit.nets);
  for (FlatNet net = 0; net < circuit.nets; ++net) last_[net] = simulator_.value(net) & 1;
  count_.toggles.assign(circuit.nets, 0);
  count_.cycles = 0;
  simulator_.watch();
}

/// The bytes of a port of data; null where there is none.
std::uint8_t* CircuitDut::bus(const char* name, std::uint32_t* bytes) {
  const CircuitPort* port = circuit_.port(name);
  if (port == nullptr) return nullptr;
  // As a Verilated port: whole words.
  auto made = std::make_unique<Bus>(
      Bus{port, std::vector<std::uint8_t>((port->nets.size() + 63) / 64 * 8)});
  std::uint8_t* data = made->bytes.data();
  if (bytes != nullptr) *bytes = static_cast<std::uint32_t>(made->bytes.size());
  (port->is_input ? inputs_ : outputs_).push_back(std::move(made));
  return data;
}

void CircuitDut::drive() {
  for (const NumberPort& each : input_numbers) {
    const CircuitPort* port = circuit_.port(each.name);
    if (port == nullptr) continue;
    simulator_.set(port->nets,
                   std::visit([&](auto pin) -> std::uint32_t { return pins_.*pin; }, each.pin));
  }
  for (const auto& each : inputs_) {
    for (std::size_t bit = 0; bit < each->port->nets.size(); ++bit) {
      simulator_.set(each->port->nets[bit], ((each->bytes[bit / 8] >> (bit % 8)) & 1) != 0);
    }
  }
}

void CircuitDut::read() {
  for (const NumberPort& each : output_numbers) {
    const CircuitPort* port = circuit_.port(each.name);
    if (port == nullptr) continue;
    const std::uint64_t value = simulator_.number(port->nets);
    std::visit(
        [&](auto pin) {
          pins_.*pin = static_cast<std::remove_reference_t<decltype(pins_.*pin)>>(value);
        },
        each.pin);
  }
  for (const auto& each : outputs_) {
    std::ranges::fill(each->bytes, std::uint8_t{0});
    for (std::size_t bit = 0; bit < each->port->nets.size(); ++bit) {
      each->bytes[bit / 8] |=
          static_cast<std::uint8_t>((simulator_.value(each->port->nets[bit]) & 1) << (bit % 8));
    }
  }
}

void CircuitDut::settle() {
  simulator_.step();
  for (int round = 0;; ++round) {
    bool any = false;
    for (const auto& box : boxes_) any = box->follow(simulator_) || any;
    if (!any) break;
    if (round == most_rounds)
      throw tb::ModelError("a black box and its circuit do not come to rest");
    simulator_.step();
  }
  if (simulator_.unstable() != 0) throw tb::ModelError("the mapped netlist oscillates");
  for (const auto& box : boxes_) box->rest(simulator_);
}

void CircuitDut::count() {
  const bool active = pins_.in_valid != 0 && pins_.rst_n != 0;
  for (const FlatNet net : simulator_.changed()) {
    const auto value = static_cast<std::uint8_t>(simulator_.value(net) & 1);
    if (value == last_[net]) continue;
    last_[net] = value;
    if (active) ++count_.toggles[net];
  }
  simulator_.changed().clear();
  if (active && pins_.clk != 0) ++count_.cycles;
}

void CircuitDut::eval() {
  drive();
  const bool edge = clock_ != nullptr && pins_.clk != last_clock_;
  if (edge) {
    // Inputs come from registers of the same clock: what they change, they change in the half cycle
    // before this edge, together with the macro's own registers.
    settle();
    count();
    last_clock_ = pins_.clk;
    simulator_.set(clock_->nets.front(), pins_.clk != 0);
  }
  settle();
  read();
}

}  // namespace cimforge::flows
