// What a transposable macro has beside the plain one.
#include <fmt/format.h>

#include <algorithm>

#include "proof/column.h"
#include "proof/leaf.h"
#include "proof/leaves.h"

namespace cimforge::proof {
namespace {

std::size_t size(int count) {
  return static_cast<std::size_t>(count);
}

/// Where bit b of row r of column c stands in a view: the slices one after the other, of `lanes`
/// columns each but for the last.
std::size_t place(const spec::MacroSpec& spec, int lanes, int column, int row, int bit) {
  const int first = column / lanes * lanes;
  const int here = std::min(lanes, spec.columns - first);
  return size(first) * size(spec.rows * spec.weight.bits) +
         size(row * spec.weight.bits + bit) * size(here) + size(column - first);
}

}  // namespace

void prove_select(const Design& design, const Module& module, std::size_t bits) {
  Leaf leaf(design, module, "choice of the view");
  Functions& at = leaf.at;
  const Bdd::Node transpose = leaf.bit("transpose_i");
  const Word other = leaf.word("weight_t_i", bits);
  const Word own = leaf.word("weight_i", bits);
  at.require(leaf.word("weight_o", bits), choose(at.bdd, transpose, other, own), "weight_o",
             "it has to be weight_t_i where transpose_i is high, and weight_i else");
}

void prove_transpose(const Design& design, const Module& module, const spec::MacroSpec& spec,
                     int lanes) {
  Leaf leaf(design, module, fmt::format("transposed view, slices of {}", lanes));
  const std::size_t total = size(spec.rows * spec.weight.bits) * size(spec.columns);
  const Nets& weights = leaf.nets("weight_i", total);
  const Nets& other = leaf.nets("weight_t_o", total);
  for (int row = 0; row < spec.rows; ++row) {
    for (int column = 0; column < spec.columns; ++column) {
      for (int bit = 0; bit < spec.weight.bits; ++bit) {
        const std::size_t to = place(spec, lanes, column, row, bit);
        leaf.at.require(leaf.at(other[to]), leaf.at(weights[place(spec, lanes, row, column, bit)]),
                        fmt::format("weight_t_o[{}]", to),
                        fmt::format("row {} of column {} has to see bit {} of W[{}][{}]", row,
                                    column, bit, column, row));
      }
    }
  }
}

void prove_direction(const Design& design, const Module& module) {
  Leaf leaf(design, module, "direction");
  const Bdd::Node kept = leaf.bit("transpose_q");
  leaf.at.require(leaf.bit("transpose_o"), kept, "transpose_o", "the output is wrong");
  leaf.require_next("transpose_q",
                    {leaf.at.bdd.choose(leaf.bit("take_i"), leaf.bit("in_transpose_i"), kept)});
}

void prove_weights(const Design& design, const Module& module, const spec::MacroSpec& spec) {
  const Flat flat = flatten(design, module, [&](const Module& child) {
    return is_leaf(child) || child.name.starts_with(bitcells_prefix(spec));
  });
  Functions at(flat, "weights");
  const Box* buffer = nullptr;
  const Box* cells = nullptr;
  const Box* ternary = nullptr;
  for (const Box& box : flat.boxes) {
    const Box*& which = box.module->name == "cim_plane_register"   ? buffer
                        : box.module->name == "cim_ternary_planes" ? ternary
                                                                   : cells;
    if (which != nullptr) at.refute(box.path, "there are two of them");
    which = &box;
  }
  if (buffer == nullptr || cells == nullptr || spec.weight.is_ternary != (ternary != nullptr)) {
    at.refute(module.name, "there is no storage");
  }
  const auto wired = [&](const Box& box, const char* pin, const Nets& source, const char* name) {
    at.require(at(box.pin(pin)), at(source), box.path + "." + pin,
               fmt::format("it has to be {}", name));
  };
  wired(*buffer, "clk_i", flat.port("clk_i"), "clk_i");
  wired(*buffer, "load_i", flat.port("weight_load_i"), "weight_load_i");
  wired(*buffer, "shift_i", {0}, "0");
  const Box* const first = ternary != nullptr ? ternary : buffer;
  wired(*first, "codes_i", flat.port("weight_data_i"), "weight_data_i");
  if (ternary != nullptr) {
    wired(*buffer, "codes_i", ternary->pin("planes_o"), "the planes");
    prove_ternary_planes(design, *ternary->module);
  }
  wired(*cells, "data_i", buffer->pin("planes_o"), "the write buffer");
  wired(*cells, "word_line_i", flat.port("word_line_i"), "word_line_i");
  if (spec.banks > 1) wired(*cells, "bank_i", flat.port("bank_i"), "bank_i");
  if (spec.storage == spec::Storage::flop) wired(*cells, "clk_i", flat.port("clk_i"), "clk_i");
  wired(*cells, "weight_o", flat.port("weight_o"), "weight_o");
  prove_write_buffer(design, *buffer->module, spec.weight.bits);
  prove_storage(design, *cells->module, spec, spec.rows, spec.weight.bits);
  if (spec.storage != spec::Storage::bitcell) return;
  wired(*cells, "weight_t_o", flat.port("weight_t_o"), "weight_t_o");
  Leaf tile(design, *cells->module, "read ports of the bitcells");
  const std::size_t bits = size(spec.rows * spec.weight.bits);
  tile.at.require(tile.word("weight_t_o", bits), tile.word("weight_o", bits), "weight_t_o",
                  "both read ports have to show the same bits");
}

}  // namespace cimforge::proof
