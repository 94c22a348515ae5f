#include "generator/lower/booth.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <set>

#include "generator/lower/modules.h"
#include "generator/lower/names.h"

namespace cimforge::lower {

using namespace verilog;  // NOLINT: this room writes Verilog

namespace {

bool is_top(const plan::MacroPlan& plan, const plan::ProductPlane& plane) {
  return plan.booth->top_plane >= 0 && plane.digit_bit == plan.digit_bits;
}

const plan::BoothDigit& digit_of(const plan::MacroPlan& plan, const plan::ProductPlane& plane) {
  return plan.booth->digits[static_cast<std::size_t>(plane.digit_bit / 2)];
}

/// The weight bits that bit `b` of a product reads: where the digit is +-1, and where it is +-2;
/// -1: none. Above the top bit is the sign, or nothing: what the inverse of an unsigned weight
/// lacks there is counted too.
struct WeightBits {
  int of_one = -1;
  int of_two = -1;
};
WeightBits weight_bits(const plan::MacroPlan& plan, const plan::ProductPlane& plane) {
  const spec::IntegerFormat& weight = plan.spec.weight;
  const int b = plane.weight_bit;
  WeightBits bits;
  if (b < weight.bits) {
    bits.of_one = b;
  } else if (weight.is_signed) {
    bits.of_one = b - 1;
  }
  if (b > 0 && digit_of(plan, plane).two >= 0) bits.of_two = b - 1;
  return bits;
}

std::vector<int> planes_read(const plan::MacroPlan& plan, const plan::ProductPlane& plane) {
  if (is_top(plan, plane)) return {plan.booth->top_plane};
  const plan::BoothDigit& digit = digit_of(plan, plane);
  const WeightBits bits = weight_bits(plan, plane);
  std::vector<int> planes = {digit.negative};
  if (bits.of_one >= 0) planes.push_back(digit.one);
  if (bits.of_two >= 0) planes.push_back(digit.two);
  return planes;
}

}  // namespace

std::string booth_count_module(const plan::MacroPlan& plan) {
  return plan.spec.name + "_negatives";
}

std::string describe_booth_plane(const plan::MacroPlan& plan, const plan::ProductPlane& plane) {
  if (is_top(plan, plane)) {
    return fmt::format("Top input bit, first step x weight bit {}", plane.weight_bit);
  }
  return fmt::format("Booth digit {} x weight, bit {}", plane.digit_bit / 2, plane.weight_bit);
}

HeapCell booth_product(const plan::MacroPlan& plan, const plan::ProductPlane& plane, int row,
                       bool inverted, const std::function<Expression(int)>& digit,
                       const std::function<Expression(int)>& weight) {
  std::vector<Connection> parameters = {connect("LANES", lanes())};
  if (inverted) parameters.push_back(connect("INVERT", integer(1)));
  if (is_top(plan, plane)) {
    const std::string name = fmt::format("xw{}_r{}", plane.weight_bit, row);
    const Expression top = digit(plan.booth->top_plane);
    const Expression stored = weight(plane.weight_bit);
    const Expression product = stored & replication(lanes(), top);
    return {
        name,
        Instance{"cim_bit_product",
                 std::move(parameters),
                 "u_" + name,
                 {connect("input_i", top), connect("weight_i", stored), connect("product_o", name)},
                 true},
        inverted ? ~product : product};
  }
  const plan::BoothDigit& planes = digit_of(plan, plane);
  const WeightBits bits = weight_bits(plan, plane);
  const std::string name = fmt::format("d{}p{}_r{}", plane.digit_bit / 2, plane.weight_bit, row);
  const Expression negative = digit(planes.negative);
  Instance cell{"cim_booth_product", std::move(parameters), "u_" + name, {}, true};
  const auto connect_pair = [&](const char* select_pin, int select_plane, const char* weight_pin,
                                int bit) {
    cell.connections.push_back(connect(select_pin, bit < 0 ? literal(1, 0) : digit(select_plane)));
    cell.connections.push_back(connect(weight_pin, bit < 0 ? all_lanes_zero() : weight(bit)));
  };
  connect_pair("one_i", planes.one, "weight_i", bits.of_one);
  connect_pair("two_i", planes.two, "below_i", bits.of_two);
  cell.connections.push_back(connect("negative_i", negative));
  cell.connections.push_back(connect("product_o", name));

  const auto selected = [&](int select_plane, int bit) {
    return replication(lanes(), digit(select_plane)) &
           (weight(bit) ^ replication(lanes(), negative));
  };
  const Expression product =
      bits.of_two < 0   ? selected(planes.one, bits.of_one)
      : bits.of_one < 0 ? selected(planes.two, bits.of_two)
                        : selected(planes.one, bits.of_one) | selected(planes.two, bits.of_two);
  return {name, std::move(cell), inverted ? ~product : product};
}

Expression booth_number(const plan::MacroPlan& plan, int digit_bit, int bits,
                        const std::function<Expression(int)>& digit,
                        const std::function<Expression(int)>& weight, const Expression& sign) {
  const plan::ProductPlane plane{digit_bit, 0, false};
  if (is_top(plan, plane)) {
    return weight(bits) & replication(integer(bits), digit(plan.booth->top_plane));
  }
  const plan::BoothDigit& planes = digit_of(plan, plane);
  const Expression negative = digit(planes.negative);
  const auto with_sign = [&](int count) {
    return weight(count) ^ replication(integer(count), negative);
  };
  const int weight_width = plan.spec.weight.bits;
  Expression number = with_sign(std::min(bits, weight_width));
  if (bits > weight_width) {
    number = concatenation({plan.spec.weight.is_signed ? sign ^ negative : literal(1, 0), number});
  }
  number = replication(integer(bits), digit(planes.one)) & number;
  if (planes.two < 0 || bits < 2) return number;
  return number | (replication(integer(bits), digit(planes.two)) &
                   concatenation({with_sign(bits - 1), literal(1, 0)}));
}

std::vector<int> unread_booth_planes(const plan::MacroPlan& plan) {
  std::set<int> read;
  for (const plan::ProductPlane& plane : plan.fixed_heap.planes) {
    const std::vector<int> planes = planes_read(plan, plane);
    read.insert(planes.begin(), planes.end());
  }
  std::vector<int> unread;
  for (int plane = 0; plane < plan.booth->planes; ++plane) {
    if (!read.contains(plane)) unread.push_back(plane);
  }
  return unread;
}

std::vector<Expression> booth_count_bits(const plan::MacroPlan& plan) {
  std::vector<Expression> bits;
  const int weight_bits = plan.spec.weight.bits;
  for (const bool inverted : {false, true}) {
    if (inverted && plan.spec.weight.is_signed) break;
    for (int bit = 0; bit < plan.booth->count_bits; ++bit) {
      if (bit + (inverted ? weight_bits : 0) >= plan.sum_bits) break;
      const Expression each = replication(lanes(), select(id("negatives_i"), integer(bit)));
      bits.push_back(inverted != plan.complemented ? ~each : each);
    }
  }
  return bits;
}

Module booth_count(const plan::MacroPlan& plan) {
  const plan::BoothPlan& booth = *plan.booth;
  const int rows = plan.spec.rows;
  Module module;
  module.name = booth_count_module(plan);
  module.header =
      "What the inverses of negative products lack, -p = ~p + 1: the sum over all rows and Booth "
      "digits\n"
      "of 4^i, i the digit's place, for a digit of -1, and twice that for one of -2. It is the "
      "same for\n"
      "all columns and stands once.";
  const auto input = [&](const std::string& name, std::optional<Expression> width,
                         const std::string& comment = "") {
    module.ports.push_back({Direction::input, name, std::move(width), comment, false});
  };
  std::set<int> ranks;
  add_ranks(booth.count, ranks);
  if (!ranks.empty()) input("clk_i", std::nullopt);
  for (const int rank : ranks) input(rank_enable_port(rank), std::nullopt);
  input("digit_i", integer(std::int64_t{1} * booth.planes * rows),
        "plane p of row r at [p*rows + r]");
  module.ports.push_back({Direction::output, "count_o", integer(booth.count_bits), "", false});
  module.items.push_back(Comment{"The cells have one lane"});
  module.items.push_back(LocalParameter{{"LANES", integer(1)}});

  const auto digit = [&](int plane, int row) {
    return select(id("digit_i"), integer(std::int64_t{1} * plane * rows + row));
  };
  std::vector<HeapCells> groups;
  std::vector<Expression> inputs;
  std::vector<bool> read(static_cast<std::size_t>(booth.planes), false);
  for (std::size_t i = 0; i < booth.digits.size(); ++i) {
    const plan::BoothDigit& planes = booth.digits[i];
    for (const bool two : {false, true}) {
      const int plane = two ? planes.two : planes.one;
      if (plane < 0 || 2 * static_cast<int>(i) + (two ? 1 : 0) >= booth.count_bits) continue;
      read[static_cast<std::size_t>(plane)] = true;
      read[static_cast<std::size_t>(planes.negative)] = true;
      HeapCells group{fmt::format("Booth digit {} is {}", i, two ? "-2" : "-1"), 0, {}};
      for (int row = 0; row < rows; ++row) {
        const std::string name = fmt::format("d{}m{}_r{}", i, two ? 2 : 1, row);
        const Expression magnitude = digit(plane, row);
        const Expression negative = digit(planes.negative, row);
        group.cells.push_back(
            {name,
             Instance{"cim_bit_product",
                      {connect("LANES", lanes())},
                      "u_" + name,
                      {connect("input_i", negative), connect("weight_i", magnitude),
                       connect("product_o", name)},
                      true},
             magnitude & negative});
        inputs.push_back(id(name));
      }
      groups.push_back(std::move(group));
    }
  }
  std::vector<Expression> unread;
  for (int plane = booth.planes - 1; plane >= 0; --plane) {
    if (read[static_cast<std::size_t>(plane)]) continue;
    unread.push_back(part(id("digit_i"), integer(std::int64_t{1} * plane * rows), integer(rows)));
  }
  if (!unread.empty()) {
    const auto count = static_cast<std::int64_t>(unread.size()) * rows;
    module.items.push_back(Declaration{false, integer(count), {"unused_digit"}});
    module.items.push_back(Assign{id("unused_digit"), unread.size() == 1
                                                          ? unread.front()
                                                          : concatenation(std::move(unread))});
  }
  module.items.push_back(Blank{});
  std::vector<Expression> sum =
      emit_heap(module.items, groups, booth.count, inputs, "", false).first;
  std::reverse(sum.begin(), sum.end());
  module.items.push_back(
      Assign{id("count_o"), sum.size() == 1 ? sum.front() : concatenation(std::move(sum))});
  return module;
}

Instance booth_count_instance(const plan::MacroPlan& plan) {
  Instance instance{booth_count_module(plan), {}, "u_negatives", {}};
  std::set<int> ranks;
  add_ranks(plan.booth->count, ranks);
  if (!ranks.empty()) instance.connections.push_back(same("clk_i"));
  for (const int rank : ranks) {
    instance.connections.push_back(
        connect(rank_enable_port(rank), select(id("rank_enable"), integer(rank - 1))));
  }
  instance.connections.push_back(connect("digit_i", "digit"));
  instance.connections.push_back(connect("count_o", "negatives"));
  return instance;
}

Instance booth_input(const plan::MacroPlan& plan) {
  const spec::MacroSpec& spec = plan.spec;
  const bool gated = spec.sparsity.zero_rows == spec::ZeroRows::gate;
  const bool test = gated && spec.test_mode == spec::TestMode::pin;
  return Instance{
      "cim_booth_input",
      {connect("ROWS", integer(spec.rows)), connect("BITS", integer(spec.input.bits)),
       connect("DIGIT", integer(plan.digit_bits)), connect("STEPS", integer(plan.steps)),
       connect("SIGNED", integer(spec.input.is_signed ? 1 : 0)),
       connect("PLANES", integer(plan.booth->planes)), connect("GATED", integer(gated ? 1 : 0))},
      "u_input",
      {same("clk_i"), connect("test_mode_i", test ? id("test_mode_i") : literal(1, 0)),
       connect("load_i", "take"), connect("shift_i", plan.steps > 1 ? id("shift") : literal(1, 0)),
       // A sequencer of one step gives the first step's tag too, always high.
       connect("first_i", plan.booth->reads_first ? id("negate") : literal(1, 0)),
       connect("codes_i", "in_data_i"), connect("digit_o", "digit")}};
}

}  // namespace cimforge::lower
