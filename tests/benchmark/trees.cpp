#include "trees.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "generator/lower/heap.h"
#include "generator/lower/lower.h"
#include "generator/lower/names.h"
#include "generator/plan/plan.h"
#include "generator/spec/range.h"

namespace cimforge::benchmark {

using namespace verilog;  // NOLINT: this writes Verilog

spec::MacroSpec tree_spec(const TreeShape& shape, spec::AdderTree form) {
  spec::MacroSpec spec;
  spec.name = "column";
  spec.rows = shape.rows;
  spec.columns = 1;
  spec.input = shape.input;
  spec.weight = shape.weight;
  spec.input_bits_per_cycle = shape.input.bits;
  spec.adder_tree = form;
  return spec;
}

std::map<std::string, std::string> emitted_tree(const spec::MacroSpec& spec,
                                                const std::optional<plan::LibraryDelays>& delays) {
  const plan::MacroPlan plan = plan::plan(spec, delays);
  Module module;
  module.name = "column";
  module.parameters = {{"LANES", integer(1)}};
  module.ports = {{Direction::input, "x", integer(spec.rows * spec.input.bits), "", false},
                  {Direction::input, "w", integer(spec.rows * spec.weight.bits), "", false},
                  {Direction::output, "y", integer(plan.output_bits), "", false}};
  std::vector<Expression> sums;
  for (std::size_t use = 0; use < plan.block_uses.size(); ++use) {
    const plan::BlockUse& block_use = plan.block_uses[use];
    const plan::BlockPlan& block = plan.blocks[static_cast<std::size_t>(block_use.block)];
    std::vector<lower::HeapCells> planes;
    std::vector<Expression> products;
    for (const plan::ProductPlane& each : plan.fixed_heap.planes) {
      lower::HeapCells cells{"Products", 0, {}};
      for (int row = 0; row < block.rows; ++row) {
        const int r = block_use.first_row + row;
        const std::string name = fmt::format("p{}_{}_r{}", each.digit_bit, each.weight_bit, r);
        const Expression x = select(id("x"), integer(r * spec.input.bits + each.digit_bit));
        const Expression w = select(id("w"), integer(r * spec.weight.bits + each.weight_bit));
        const bool inverted = each.inverted != plan.complemented;
        cells.cells.push_back(
            {name,
             Instance{"cim_bit_product",
                      {lower::connect("LANES", lower::lanes()),
                       lower::connect("INVERT", integer(inverted ? 1 : 0))},
                      "u_" + name,
                      {lower::connect("input_i", x), lower::connect("weight_i", w),
                       lower::connect("product_o", name)},
                      true},
             inverted ? ~(x & w) : x & w});
        products.push_back(id(name));
      }
      planes.push_back(std::move(cells));
    }
    const auto outputs = lower::emit_heap(module.items, planes, block.fixed.tree, products,
                                          fmt::format("b{}_", use), plan.complemented);
    for (const plan::BlockOutput& output : block.fixed.outputs) {
      if (output.signal < 0 || output.column >= plan.sum_bits) continue;
      sums.push_back((output.number == 0
                          ? outputs.first
                          : outputs.second)[static_cast<std::size_t>(output.column)]);
    }
  }
  std::vector<Expression> sum =
      lower::emit_heap(module.items, {}, plan.tree, sums, "", plan.complemented).first;
  for (std::size_t column = 0; plan.complemented && column < sum.size(); ++column) {
    if (plan.tree.outputs[column] >= 0) sum[column] = ~sum[column];
  }
  std::reverse(sum.begin(), sum.end());
  module.items.push_back(Instance{
      "cim_add_constant",
      {lower::connect("LANES", lower::lanes()), lower::connect("SUM_BITS", integer(plan.sum_bits)),
       lower::connect("WIDTH", integer(plan.acc_bits)),
       lower::connect("CONSTANT", literal_hex(plan.acc_bits, plan.correction.initial)),
       lower::connect("DROP", integer(0))},
      "u_correction",
      {lower::connect("sum_i", sum.size() == 1 ? sum.front() : concatenation(std::move(sum))),
       lower::connect("sum_o", "y")}});

  lower::Rtl rtl = lower::lower(plan);
  rtl.modules = {module};
  std::map<std::string, std::string> files = rtl.files("");
  return files;
}

std::string written_tree(const TreeShape& shape, bool balanced) {
  const spec::MacroSpec spec = tree_spec(shape, spec::AdderTree::dadda);
  const int bits = spec::output_width(spec);
  const auto number = [](const char* vector, int row, const spec::IntegerFormat& format) {
    const std::string part = fmt::format("{}[{} +: {}]", vector, row * format.bits, format.bits);
    return format.is_signed ? fmt::format("$signed({})", part)
                            : fmt::format("$signed({{1'b0, {}}})", part);
  };
  std::string text = fmt::format(
      "module column #(parameter LANES = 1) (input [{}:0] x, input [{}:0] w, output [{}:0] y);\n",
      shape.rows * shape.input.bits - 1, shape.rows * shape.weight.bits - 1, bits - 1);
  std::vector<std::string> sums;
  for (int row = 0; row < shape.rows; ++row) {
    // A single bit is no factor: it lets the weight through.
    const std::string weight = number("w", row, shape.weight);
    text +=
        fmt::format("  wire signed [{}:0] p{} = ", bits - 1, row) +
        (shape.input.bits == 1 ? fmt::format("x[{}] ? {} : {}'sd0;\n", row, weight, bits)
                               : fmt::format("{} * {};\n", number("x", row, shape.input), weight));
    sums.push_back(fmt::format("p{}", row));
  }
  if (!balanced) {
    text += fmt::format("  assign y = {};\nendmodule\n", fmt::join(sums, " + "));
    return text;
  }
  for (int level = 0; sums.size() > 1; ++level) {
    std::vector<std::string> next;
    for (std::size_t i = 0; i + 1 < sums.size(); i += 2) {
      const std::string name = fmt::format("s{}_{}", level, i / 2);
      text +=
          fmt::format("  wire signed [{}:0] {} = {} + {};\n", bits - 1, name, sums[i], sums[i + 1]);
      next.push_back(name);
    }
    if (sums.size() % 2 == 1) next.push_back(sums.back());
    sums = std::move(next);
  }
  return text + fmt::format("  assign y = {};\nendmodule\n", sums.front());
}

}  // namespace cimforge::benchmark
