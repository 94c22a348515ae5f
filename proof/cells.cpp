#include "proof/cells.h"

#include <algorithm>
#include <bit>

#include "proof/functions.h"

namespace cimforge::proof {
namespace {

/// Whether output 0 + 2 output 1 is the sum of the inputs and one offset in every row of the
/// tables.
bool is_adder(SmallCell& cell) {
  const unsigned rows = 1U << cell.inputs.size();
  for (unsigned row = 0; row < rows; ++row) {
    const int out = (cell.outputs[0].table >> row & 1) + 2 * (cell.outputs[1].table >> row & 1);
    const int offset = out - std::popcount(row);
    if (row == 0) cell.offset = offset;
    if (offset != cell.offset) return false;
  }
  return true;
}

SmallCell look_at(const Design& design, const Module& module) {
  SmallCell cell;
  Nets inputs;
  for (const Port& port : module.ports) {
    if (port.bits.size() != 1 || port.bits.front() < 2) return {};
    if (port.output) {
      cell.outputs.push_back({port.name, 0});
    } else {
      cell.inputs.push_back(port.name);
      inputs.push_back(port.bits.front());
    }
  }
  if (cell.inputs.size() > 3 || cell.outputs.empty()) return {};
  const Flat flat = flatten(design, module, [](const Module&) { return false; });
  if (!flat.registers.empty()) return {};
  Functions functions(flat, module.name);
  for (std::uint64_t row = 0; row < 8; ++row) {
    functions.set(inputs, row);
    for (SmallCell::Output& output : cell.outputs) {
      const Bdd::Node value = functions(flat.port(output.port).front());
      if (value > Bdd::one) return {};
      output.table |= static_cast<std::uint8_t>(value << row);
    }
  }
  cell.kind = CellKind::table;
  const bool three = cell.inputs.size() == 3;
  const std::uint8_t parity = 0b01100110;
  const std::uint8_t carry = 0b10001000;
  if (cell.inputs.size() < 2) return cell;
  if (cell.outputs.size() == 2) {
    if (is_adder(cell)) {
      cell.kind = CellKind::adder;
    } else {
      std::swap(cell.outputs[0], cell.outputs[1]);
      if (is_adder(cell)) cell.kind = CellKind::adder;
    }
  } else if (cell.outputs.size() == 1 && !three) {
    const std::uint8_t table = cell.outputs[0].table;
    if (table == carry) cell.kind = CellKind::product;
    if (table == static_cast<std::uint8_t>(~carry)) cell.kind = CellKind::inverted_product;
    cell.inverted = table == static_cast<std::uint8_t>(~parity);
    if (table == parity || cell.inverted) cell.kind = CellKind::exclusive;
  }
  return cell;
}

}  // namespace

const SmallCell& SmallCells::operator[](const Module& module) {
  const auto found = known_.find(&module);
  if (found != known_.end()) return found->second;
  return known_.emplace(&module, look_at(design_, module)).first->second;
}

}  // namespace cimforge::proof
