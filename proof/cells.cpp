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

/// Products joined by OR, or its inverse, of input_i and weight_i of the same width; `other` where
/// it is something else.
CellKind or_kind(const Design& design, const Module& module) {
  const Port* input = module.port("input_i");
  const Port* weight = module.port("weight_i");
  const Port* product = module.port("product_o");
  if (module.ports.size() != 3 || input == nullptr || weight == nullptr || product == nullptr ||
      product->bits.size() != 1 || input->bits.size() != weight->bits.size() ||
      input->bits.size() < 2) {
    return CellKind::other;
  }
  const Flat flat = flatten(design, module, [](const Module&) { return false; });
  if (!flat.registers.empty()) return CellKind::other;
  Functions functions(flat, module.name);
  // A row's two bits stand together in the order of the variables: small diagrams.
  Bdd::Node joined = Bdd::zero;
  for (std::size_t row = 0; row < input->bits.size(); ++row) {
    const Bdd::Node x = functions.variable(flat.port("input_i")[row]);
    const Bdd::Node w = functions.variable(flat.port("weight_i")[row]);
    joined = functions.bdd.either(joined, functions.bdd.both(x, w));
  }
  const Bdd::Node got = functions(flat.port("product_o").front());
  if (got == joined) return CellKind::or_product;
  if (got == functions.bdd.inverse(joined)) return CellKind::inverted_or_product;
  return CellKind::other;
}

SmallCell look_at(const Design& design, const Module& module) {
  SmallCell cell;
  cell.kind = or_kind(design, module);
  if (cell.kind != CellKind::other) return cell;
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
