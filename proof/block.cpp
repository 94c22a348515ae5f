#include "proof/block.h"

#include <fmt/format.h>

#include <algorithm>

#include "generator/spec/binary.h"
#include "generator/spec/protection.h"
#include "generator/spec/structure.h"
#include "proof/booth.h"
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

/// Adds the product of signs, a bit with that coefficient: XNOR = 1 - x - w + 2 x w, or its
/// inverse. One of the two may be missing, which is a 1. Gives what it adds to the constant.
std::int64_t add_signs(const Product& product, bool exclusive, std::int64_t coefficient,
                       std::vector<Product>& products) {
  Product input = product;
  Product weight = product;
  Product both = product;
  input.bit = -1;
  weight.digit = -1;
  input.coefficient = weight.coefficient = exclusive ? coefficient : -coefficient;
  both.coefficient = exclusive ? -2 * coefficient : 2 * coefficient;
  products.insert(products.end(), {input, weight, both});
  return exclusive ? 0 : coefficient;
}

bool joins_products(CellKind kind) {
  return kind == CellKind::or_product || kind == CellKind::inverted_or_product;
}

/// The rows whose products a box joins: neighbours, in their order, in one plane of `digits` and
/// one bit of the `stored` weights.
Product joined_product(Functions& at, const Box& box, const std::map<Net, int>& digits,
                       const std::map<Net, int>& stored, int bits) {
  const Nets& inputs = box.pin("input_i");
  const Nets& weights = box.pin("weight_i");
  Product product;
  product.rows = static_cast<int>(inputs.size());
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const auto digit = digits.find(at.net_of(at(inputs[i])));
    const auto weight = stored.find(at.net_of(at(weights[i])));
    if (digit == digits.end() || weight == stored.end()) {
      at.refute(box.path, fmt::format("product {} that it joins is not that of a digit bit and a "
                                      "stored bit",
                                      i));
    }
    if (i == 0) {
      product.digit = digit->second;
      product.row = weight->second / bits;
      product.bit = weight->second % bits;
    }
    const int row = static_cast<int>(i);
    if (digit->second != product.digit + row ||
        weight->second != (product.row + row) * bits + product.bit) {
      at.refute(box.path, "the products that it joins are not those of neighbouring rows");
    }
  }
  return product;
}

/// Of structured weights: number of the input bit, j * stored rows + r, that each multiplexer
/// selects for stored row r. Its inputs have to be bit j of the rows of that group, its index that
/// of the row.
std::map<Net, int> selected_bits(const Flat& flat, Functions& at, const Nets& weights,
                                 const spec::MacroSpec& spec, BlockProof& proof) {
  std::map<Net, int> selected;
  const std::map<Net, int> digits = index_of(flat.port("digit_i"));
  const std::map<Net, int> stored = index_of(weights);
  const int inputs = spec::first_row_of_group(spec, proof.rows);
  const int stored_bits = spec::stored_bits(spec);
  for (const Box& box : flat.boxes) {
    if (!box.module->name.starts_with("cim_index_select")) continue;
    proof.selections.insert(box.module);
    const auto number = [&](const std::map<Net, int>& bus, const char* pin, std::size_t i) {
      const auto found = bus.find(at.net_of(at(box.pin(pin).at(i))));
      if (found == bus.end()) at.refute(box.path + "." + pin, "it is no bit of a group");
      return found->second;
    };
    const int row = number(stored, "index_i", 0) / stored_bits;
    for (int bit = 0; bit < spec::index_bits(spec); ++bit) {
      const int expected = row * stored_bits + spec.weight.bits + bit;
      if (number(stored, "index_i", static_cast<std::size_t>(bit)) != expected) {
        at.refute(box.path + ".index_i",
                  fmt::format("it has to be the index of stored row {} of the block", row));
      }
    }
    const int first = number(digits, "input_i", 0);
    const int digit_bit = first / inputs;
    for (int m = 0; m < spec.sparsity.group; ++m) {
      const int expected = digit_bit * inputs + spec::first_row_of_group(spec, row) + m;
      if (number(digits, "input_i", static_cast<std::size_t>(m)) != expected) {
        at.refute(
            box.path + ".input_i",
            fmt::format("it has to be one digit bit of the group of stored row {} of the block",
                        row));
      }
    }
    selected.emplace(box.pin("selected_o").at(0), digit_bit * proof.rows + row);
  }
  return selected;
}

}  // namespace

BlockProof prove_block(const Design& design, const Module& block, const spec::MacroSpec& spec,
                       SmallCells& cells) {
  const Flat flat = flatten(design, block, [&](const Module& child) {
    return is_leaf(child) || is_code_module(child, spec) ||
           (spec.storage == spec::Storage::bitcell &&
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
  if ((storage == nullptr) != spec.weights_outside) {
    at.refute(block.name, storage == nullptr ? "there is no storage" : "there is a storage");
  }
  if (storage != nullptr) proof.storage = storage->module;
  const int bits = spec::stored_bits(spec);
  proof.rows = stores_in_blocks(spec)
                   ? static_cast<int>(flat.port("word_line_i").size()) / spec.banks
                   : static_cast<int>(flat.port("weight_i").size()) / bits;
  Nets weights = storage == nullptr ? flat.port("weight_i") : storage->pin("weight_o");
  if (spec::is_protected(spec)) {
    weights = decoded_words(flat, at, weights, proof.rows, spec, proof.errors);
  }
  if (weights.size() != static_cast<std::size_t>(proof.rows * bits)) {
    at.refute(storage == nullptr ? "weight_i" : storage->path, "it has another size",
              fmt::format("{} bits", proof.rows * bits), fmt::format("{} bits", weights.size()));
  }
  const auto wired = [&](const char* pin, const char* port) {
    at.require(at(storage->pin(pin)), at(flat.port(port)), storage->path + "." + pin,
               fmt::format("it has to be {}", port));
  };
  if (transposes(spec)) {
    for (const char* pin : {"transpose_i", "weight_i", "weight_t_i"}) wired(pin, pin);
  } else if (storage != nullptr) {
    wired("word_line_i", "word_line_i");
    wired("data_i", "write_data_i");
    if (spec.banks > 1) wired("bank_i", "bank_i");
    if (spec.storage == spec::Storage::flop) wired("clk_i", "clk_i");
  }

  const std::map<Net, int> digits = spec.sparsity.is_structured()
                                        ? selected_bits(flat, at, weights, spec, proof)
                                        : index_of(flat.port("digit_i"));
  const std::map<Net, int> stored = index_of(weights);
  Heap heap(at, cells, [](Net) { return 0; });
  std::map<const Module*, BoothCell> booth_cells;
  const auto booth_kind = [&](const Box* box) {
    if (box == nullptr || spec.recoding != spec::Recoding::booth) return BoothCell::no;
    const auto found = booth_cells.find(box->module);
    if (found != booth_cells.end()) return found->second;
    return booth_cells.emplace(box->module, booth_cell(design, *box->module)).first->second;
  };
  const auto booth_product = [&](const Box& box, Net net) {
    BoothProduct product;
    product.row = -1;
    const auto pair = [&](const char* select, const char* weight, int& which, int& bit) {
      const Bdd::Node selected = at(box.pin(select).at(0));
      if (selected == Bdd::zero) return;
      const auto digit = digits.find(at.net_of(selected));
      const auto place = stored.find(at.net_of(at(box.pin(weight).at(0))));
      if (digit == digits.end() || place == stored.end()) {
        at.refute(at.name(net), "it is not the product of a digit and a stored bit");
      }
      which = digit->second;
      bit = place->second % bits;
      if (product.row >= 0 && product.row != place->second / bits) {
        at.refute(at.name(net), "its stored bits are of two rows");
      }
      product.row = place->second / bits;
    };
    pair("one_i", "weight_i", product.one, product.bit);
    pair("two_i", "below_i", product.two, product.below);
    const auto sign = digits.find(at.net_of(at(box.pin("negative_i").at(0))));
    if (product.row < 0 || sign == digits.end()) {
      at.refute(at.name(net), "it is not the product of a digit and a stored bit");
    }
    product.negative = sign->second;
    return product;
  };
  // Of a digit bit and a stored bit; or, of bipolar operands, of one of them and a 1.
  const auto plain_product = [&](const Box& box, Net net, bool signs) {
    const SmallCell& cell = cells[*box.module];
    if (box.pin("input_i").empty() || box.pin("weight_i").empty()) {
      at.refute(at.name(net), "its digit bit has to be input_i, which all lanes share");
    }
    const Bdd::Node input = at(box.pin("input_i").at(0));
    const Bdd::Node weight = at(box.pin("weight_i").at(0));
    const bool may_miss = spec::is_binary(spec) && !signs;
    Product product;
    product.digit = product.bit = product.row = -1;
    if (!may_miss || input != Bdd::one) {
      const auto digit = digits.find(at.net_of(input));
      if (digit == digits.end()) {
        // With more lanes than one, the cells differ: one input bit for all of them.
        if (digits.contains(at.net_of(weight))) {
          at.refute(at.name(net), "its digit bit has to be input_i, which all lanes share",
                    "input_i", "weight_i");
        }
        at.refute(at.name(net), "it is not the product of a digit bit and a stored bit");
      }
      product.digit = digit->second;
    }
    if (!may_miss || weight != Bdd::one) {
      const auto place = stored.find(at.net_of(weight));
      if (place == stored.end() || place->second % bits >= spec.weight.bits) {
        at.refute(at.name(net), "it is not the product of a digit bit and a stored bit");
      }
      product.row = place->second / bits;
      product.bit = place->second % bits;
    }
    if (cell.inputs.size() != 2 || (product.digit < 0 && product.bit < 0)) {
      at.refute(at.name(net), "it is not the product of a digit bit and a stored bit");
    }
    if (product.row < 0) product.row = product.digit % proof.rows;
    return product;
  };
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
      if (const BoothCell booth = booth_kind(box); booth != BoothCell::no) {
        BoothProduct product = booth_product(*box, net);
        const bool inverted = booth == BoothCell::inverted_product;
        if (inverted) inverted_bits += coefficient;
        product.coefficient = inverted ? -coefficient : coefficient;
        word.booth.push_back(product);
        continue;
      }
      if (box != nullptr && joins_products(cells[*box->module].kind)) {
        Product product = joined_product(at, *box, digits, stored, bits);
        product.coefficient = coefficient;
        if (cells[*box->module].kind == CellKind::inverted_or_product) {
          inverted_bits += coefficient;
          product.coefficient = -coefficient;
        }
        word.products.push_back(product);
        continue;
      }
      const CellKind kind = box == nullptr ? CellKind::other : cells[*box->module].kind;
      const bool signs = kind == CellKind::exclusive && spec::is_binary(spec);
      if (kind != CellKind::product && kind != CellKind::inverted_product && !signs) {
        at.refute(at.name(net), "it is added and is no product");
      }
      Product product = plain_product(*box, net, signs);
      if (signs) {
        // An exclusive cell is inverted where it is the XNOR.
        inverted_bits +=
            add_signs(product, !cells[*box->module].inverted, coefficient, word.products);
        continue;
      }
      const bool inverted = kind == CellKind::inverted_product;
      if (inverted) inverted_bits += coefficient;
      product.coefficient = inverted ? -coefficient : coefficient;
      word.products.push_back(product);
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
