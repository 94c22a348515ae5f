#include "generator/collateral/logic.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "generator/base/version.h"
#include "generator/collateral/collateral.h"
#include "generator/collateral/documents.h"
#include "generator/spec/logic.h"

namespace cimforge::collateral {
namespace {

using spec::LogicOperation;

std::string counted(std::int64_t count, const std::string& what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

/// What a reader has to know of an operation, without its name.
const char* meaning(LogicOperation operation) {
  switch (operation) {
    case LogicOperation::read:
      return "result: row b";
    case LogicOperation::copy:
      return "d = b";
    case LogicOperation::bit_and:
      return "d = a and b";
    case LogicOperation::bit_or:
      return "d = a or b";
    case LogicOperation::bit_xor:
      return "d = a xor b";
    case LogicOperation::select:
      return "d = a where the tag is 1, else b";
    case LogicOperation::add:
      return "d = a + b modulo 2^n";
    case LogicOperation::subtract:
      return "d = a - b modulo 2^n";
    case LogicOperation::multiply:
      return "d = a * b, 2n rows, unsigned; the tag is used up";
    case LogicOperation::maximum:
      return "d = the greater one of a and b";
    case LogicOperation::minimum:
      return "d = the lesser one of a and b";
    case LogicOperation::equal:
      return "tag and result: a = b";
    case LogicOperation::less:
      return "tag and result: a < b";
    case LogicOperation::load:
      return "tag = row b";
    case LogicOperation::sum:
      return "result: the sum of b over the columns";
    case LogicOperation::nothing:
      return "nothing";
  }
  return "";
}

template <class Function>
void for_each_operation(const Function& visit) {
  for (std::size_t i = 0; i < spec::logic_operation_names.size(); ++i) {
    visit(static_cast<LogicOperation>(i));
  }
}

/// Two numbers are read a bit a cycle in every column.
double additions_per_second(const plan::MacroPlan& plan) {
  return plan.spec.columns /
         (static_cast<double>(plan.logic->key_bits) * plan.spec.timing.clock_period_ns);
}

}  // namespace

std::vector<SignaturePort> logic_operation_ports(const plan::MacroPlan& plan) {
  const plan::LogicPlan& logic = *plan.logic;
  const auto number = [](const char* name, int bits, const char* text) {
    return SignaturePort{name, Direction::input, bits, true, Role::payload, "in", "", 0, text};
  };
  return {
      number("in_operation_i", 8, "Operation in bits 3:0; bit 4 key, 5 signed, 6 where, 7 negate"),
      number("in_first_i", logic.address_bits, "Row of the lowest bit of operand a"),
      number("in_second_i", logic.address_bits, "Row of the lowest bit of operand b"),
      number("in_result_i", logic.address_bits, "Row of the lowest bit of the result d"),
      number("in_bits_i", logic.bits_bits, "Bits of an operand less one"),
      number("in_data_i", logic.key_bits, "The key: b in every column where bit 4 says so"),
  };
}

std::string logic_figures_text(const plan::MacroPlan& plan) {
  const spec::MacroSpec& spec = plan.spec;
  const plan::LogicPlan& logic = *plan.logic;
  const int bits = logic.key_bits;
  std::string text = fmt::format("{}: logic in memory\n", spec.name);
  const auto row = [&](const std::string& name, const std::string& value) {
    text += fmt::format("  {:<14}{}\n", name, value);
  };
  row("array", fmt::format("{} x {}", counted(spec.rows, "row"), counted(spec.columns, "column")));
  row("storage", fmt::format("{}, {} storage", counted(plan.storage_bits(), "bit"),
                             spec::to_string(spec.storage)));
  row("operands",
      fmt::format("1 to {}, one row a bit, a number in each column", counted(bits, "bit")));
  row("results", fmt::format("{}: one for each column, or a sum of {}",
                             counted(logic.result_bits, "bit"), counted(logic.sum_bits, "bit")));
  text += fmt::format("cycles of an operation on numbers of n bits; n = {}\n", bits);
  for_each_operation([&](LogicOperation operation) {
    if (operation == LogicOperation::nothing) return;
    const std::string cycles = fmt::format("{:<12}{:>5}", spec::logic_cycles_formula(operation),
                                           spec::logic_cycles(operation, bits));
    row(spec::to_string(operation), fmt::format("{}  {}", cycles, meaning(operation)));
  });
  row("latency", fmt::format("the cycles and {}", plan::logic_ranks));
  row("at the clock",
      fmt::format("{:g} ns: {:.4g} G additions of {} a second", spec.timing.clock_period_ns,
                  additions_per_second(plan), counted(bits, "bit")));
  text += "a column\n";
  row("cells", counted(spec.rows, "bit"));
  row("flip-flops", "3: carry, tag, the bit that is written");
  text += "the macro\n";
  std::string slices =
      fmt::format("{} of {}", counted(plan.full_slices, "slice"), counted(plan.lanes, "column"));
  if (plan.last_lanes > 0) slices += fmt::format(" and one of {}", plan.last_lanes);
  row("slices", slices);
  row("output",
      fmt::format("{} of flip-flops, two entries", counted(2 * logic.result_bits, "bit")));
  return text;
}

nlohmann::ordered_json logic_json(const plan::MacroPlan& plan) {
  const plan::LogicPlan& logic = *plan.logic;
  nlohmann::ordered_json cycles;
  for_each_operation([&](LogicOperation operation) {
    cycles[spec::to_string(operation)] = spec::logic_cycles(operation, logic.key_bits);
  });
  return {
      {"latency", plan.latency},
      {"cycles_per_vector", plan.cycles_per_vector},
      {"lanes", plan.lanes},
      {"slices", plan.slices()},
      {"full_slices", plan.full_slices},
      {"last_lanes", plan.last_lanes},
      {"row_bits", plan.row_bits},
      {"key_bits", logic.key_bits},
      {"sum_bits", logic.sum_bits},
      {"result_bits", logic.result_bits},
      {"storage_bits", plan.storage_bits()},
      {"cycles", cycles},
  };
}

std::string logic_introduction(const plan::MacroPlan& plan, const ModuleSignature& shape) {
  const spec::MacroSpec& spec = plan.spec;
  const plan::LogicPlan& logic = *plan.logic;
  return fmt::format(
      R"(# {name}

Logic in memory: an array of {rows} rows x {columns} columns of one bit. In each cycle an operation reads two rows and writes one. A
number of n bits stands in n rows of a column, the lowest bit in the first of them, and an operation is done on the numbers of
all columns at once.

| | |
|---|---|
| Array | {rows} x {columns}, {bits} of {storage} storage |
| Operands | 1 to {key} |
| Results | {result}: one for each column, or a sum of {sum} |
| Latency | the cycles of the operation and {ranks}; the next operation follows without a gap |
| Clock in the constraints | {period:g} ns |

Generated by cimforge {version} from the specification in `spec.toml`, sha256:{hash}.
)",
      fmt::arg("name", shape.name), fmt::arg("rows", spec.rows), fmt::arg("columns", spec.columns),
      fmt::arg("bits", counted(plan.storage_bits(), "bit")),
      fmt::arg("storage", spec::to_string(spec.storage)),
      fmt::arg("key", counted(logic.key_bits, "bit")),
      fmt::arg("result", counted(logic.result_bits, "bit")),
      fmt::arg("sum", counted(logic.sum_bits, "bit")), fmt::arg("ranks", plan::logic_ranks),
      fmt::arg("period", spec.timing.clock_period_ns), fmt::arg("version", base::version()),
      fmt::arg("hash", specification_hash(spec)));
}

std::string logic_sections(const plan::MacroPlan& plan, const ModuleSignature& shape) {
  std::string text = R"(
## Operations

Operand a begins at row `in_first_i`, b at `in_second_i`, the result d at `in_result_i`; n is `in_bits_i` + 1. Each column has a tag of
one bit.

| `in_operation_i[3:0]` | | Cycles | |
|---|---|---|---|
)";
  for_each_operation([&](LogicOperation operation) {
    text += fmt::format("| {} | {} | {} | {} |\n", static_cast<int>(operation),
                        spec::to_string(operation), spec::logic_cycles_formula(operation),
                        meaning(operation));
  });
  text += fmt::format(
      R"(
| Bit of `in_operation_i` | |
|---|---|
| 4 key | b is `in_data_i` in every column, and not rows |
| 5 signed | numbers that MAX, MIN and LESS compare and SUM adds are two's complement |
| 6 where | b counts as 0 in columns whose tag is 0; EQUAL, LESS and LOAD: the new tag is ANDed with the old one; not MUL |
| 7 negate | what is written, the row that is read, or the new tag before that AND is inverted; not MUL, not SUM |

Rows are counted modulo 2^{address}; one that does not exist reads as zeros, and writing it does nothing. Each cycle sees the rows as
the one before left them: a result may begin at the row of an operand, and one that overlaps an operand in another
way is read where it was already written. Of MUL the result must not overlap an operand.

## Writing rows

One transfer on the `weight` stream writes one row, in effect for every operation that is accepted after it or on the same edge. While an
operation runs `weight_ready_o` is low; a row that waits comes before the next operation.
)",
      fmt::arg("address", plan.logic->address_bits));
  if (plan.spec.storage == spec::Storage::latch) {
    text +=
        R"(
Cells are latches behind gated clocks, open in the low half of the cycle of the write (`cim_word_line_gate`). Put the library's
clock gate there if it has one for this polarity; the constraints treat both.
)";
  }
  return text + fmt::format(
                    R"(
## Use

```
verilator --lint-only -Wall --top-module {name} -f sim.f
iverilog -g2005 -o {name}.vvp -s {name} -c sim.f
yosys -p "read_verilog -defer $(grep -v '^//' synth.f | tr '\n' ' '); synth -flatten -top {name}; stat"
```

One column for a layout:

```
yosys -p "read_verilog -defer $(grep -v '^//' synth.f | tr '\n' ' ');
          hierarchy -top {name}_slice -chparam LANES 1; synth -flatten; stat"
```
)",
                    fmt::arg("name", shape.name));
}

}  // namespace cimforge::collateral
