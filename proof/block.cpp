#include "proof/block.h"

#include <fmt/format.h>

#include <algorithm>

#include "proof/heap.h"
#include "proof/leaves.h"

namespace cimforge::proof {
namespace {

/// The outputs `<prefix><i>_o` and `<prefix><i>_1_o`, of weight 2^i.
std::vector<BlockWord::Output> outputs_of(const Flat& flat, const std::string& prefix) {
  constexpr int most_bits = 50;
  std::vector<BlockWord::Output> outputs;
  for (int i = 0; i < most_bits; ++i) {
    for (const char* second : {"", "_1"}) {
      const std::string port = fmt::format("{}{}{}_o", prefix, i, second);
      if (!flat.port(port).empty()) outputs.push_back({port, std::int64_t{1} << i, -1});
    }
  }
  return outputs;
}

/// Index of each net in a bus.
std::map<Net, int> index_of(const Nets& bus) {
  std::map<Net, int> index;
  for (std::size_t i = 0; i < bus.size(); ++i) index.emplace(bus[i], static_cast<int>(i));
  return index;
}

}  // namespace

BlockProof prove_block(const Design& design, const Module& block, const spec::MacroSpec& spec,
                       SmallCells& cells) {
  const Flat flat = flatten(design, block, [&](const Module& child) {
    return is_leaf(child) || (spec.storage == spec::Storage::bitcell &&
                              child.name.starts_with(bitcells_prefix(spec)));
  });
  Functions at(flat, fmt::format("block {}", block.name));
  BlockProof proof;

  const Box* storage = nullptr;
  for (const Box& box : flat.boxes) {
    if (box.pin("weight_o").empty()) continue;
    if (storage != nullptr) at.refute(box.path, "there are two storages");
    storage = &box;
  }
  if (storage == nullptr) at.refute(block.name, "there is no storage");
  proof.storage = storage->module;
  const int bits = spec.weight.bits;
  proof.rows = transposes(spec)
                   ? static_cast<int>(flat.port("weight_i").size()) / bits
                   : static_cast<int>(flat.port("word_line_i").size()) / spec.banks;
  const Nets& weights = storage->pin("weight_o");
  if (weights.size() != static_cast<std::size_t>(proof.rows * bits)) {
    at.refute(storage->path, "it has another size", fmt::format("{} bits", proof.rows * bits),
              fmt::format("{} bits", weights.size()));
  }
  const auto wired = [&](const char* pin, const char* port) {
    at.require(at(storage->pin(pin)), at(flat.port(port)), storage->path + "." + pin,
               fmt::format("it has to be {}", port));
  };
  if (transposes(spec)) {
    for (const char* pin : {"transpose_i", "weight_i", "weight_t_i"}) wired(pin, pin);
  } else {
    wired("word_line_i", "word_line_i");
    wired("data_i", "write_data_i");
    if (spec.banks > 1) wired("bank_i", "bank_i");
    if (spec.storage == spec::Storage::flop) wired("clk_i", "clk_i");
  }

  const std::map<Net, int> digits = index_of(flat.port("digit_i"));
  const std::map<Net, int> stored = index_of(weights);
  Heap heap(at, cells, [](Net) { return 0; });
  const auto prove_word = [&](const char* prefix, BlockWord& word) {
    word.outputs = outputs_of(flat, prefix);
    std::vector<Term> terms;
    for (const auto& output : word.outputs) {
      terms.push_back({flat.port(output.port).front(), output.weight});
    }
    Sum sum = heap.sum(terms);
    for (std::size_t i = 0; i < terms.size(); ++i) word.outputs[i].rank = sum.ranks[i];
    Range range;
    std::int64_t inverted_bits = 0;
    for (const auto& [net, coefficient] : sum.bits) {
      range.add(coefficient);
      const Box* box = heap.box_at(net);
      const CellKind kind = box == nullptr ? CellKind::other : cells[*box->module].kind;
      if (kind != CellKind::product && kind != CellKind::inverted_product) {
        at.refute(at.name(net), "it is added and is no product");
      }
      const SmallCell& cell = cells[*box->module];
      Net a = at.net_of(at(box->pin(cell.inputs[0]).at(0)));
      Net b = at.net_of(at(box->pin(cell.inputs[1]).at(0)));
      if (!digits.contains(a)) std::swap(a, b);
      if (!digits.contains(a) || !stored.contains(b)) {
        at.refute(at.name(net), "it is not the product of a digit bit and a stored bit");
      }
      // With more lanes than one, the cells differ: one input bit for all of them.
      if (box->pin("input_i").empty() || at.net_of(at(box->pin("input_i").front())) != a) {
        at.refute(at.name(net), "its digit bit has to be input_i, which all lanes share", "input_i",
                  "weight_i");
      }
      const int weight = stored.at(b);
      const bool inverted = kind == CellKind::inverted_product;
      if (inverted) inverted_bits += coefficient;
      word.products.push_back(
          {digits.at(a), weight / bits, weight % bits, inverted ? -coefficient : coefficient});
    }
    Heap::drop_carries(sum, range);
    word.modulus = sum.modulus;
    word.least = sum.constant + range.least;
    word.greatest = sum.constant + range.greatest;
    word.constant = sum.constant + inverted_bits;
    proof.products += static_cast<std::int64_t>(sum.bits.size());
  };
  prove_word("sum", proof.fixed);
  prove_word("top", proof.top);
  proof.adders = heap.adders();
  for (const auto& [rank, enable] : heap.enables()) {
    proof.enables[rank] = enable < 0 ? "" : at.name(enable);
  }
  for (const Register& each : flat.registers) {
    if (each.clock < 0 || each.clock != flat.port("clk_i").at(0)) {
      at.refute(at.name(each.q), "it is not clocked by clk_i");
    }
  }
  return proof;
}

}  // namespace cimforge::proof
