#include "generator/lower/binary.h"

#include <fmt/format.h>

#include <algorithm>

#include "generator/lower/names.h"

namespace cimforge::lower {

using namespace verilog;  // NOLINT: this room writes Verilog

Expression binary_product(plan::ProductKind kind, const Expression& x, const Expression& w,
                          bool inverted) {
  // The match is the inverse itself, and `~~` is no Verilog.
  if (kind == plan::ProductKind::match) return inverted ? w ^ x : ~(w ^ x);
  const Expression product = kind == plan::ProductKind::both    ? w & x
                             : kind == plan::ProductKind::input ? x
                                                                : w;
  return inverted ? ~product : product;
}

Expression all_lanes_one() {
  return replication(lanes(), literal(1, 1));
}

std::string describe_plane(const plan::ProductPlane& plane, int digit_bit) {
  switch (plane.kind) {
    case plan::ProductKind::both:
      break;
    case plan::ProductKind::match:
      return fmt::format("Input bit {} = weight bit {}", digit_bit, plane.weight_bit);
    case plan::ProductKind::input:
      return fmt::format("Input bit {}", digit_bit);
    case plan::ProductKind::weight:
      return fmt::format("Weight bit {}", plane.weight_bit);
  }
  return fmt::format("Input bit {} x weight bit {}", digit_bit, plane.weight_bit);
}

std::string product_name(const plan::ProductPlane& plane, int digit_bit, int row) {
  if (plane.kind == plan::ProductKind::input) return fmt::format("x{}_r{}", digit_bit, row);
  // The stored bit itself is w<b>_r<r>.
  if (plane.kind == plan::ProductKind::weight) {
    return fmt::format("xw{}_r{}", plane.weight_bit, row);
  }
  return fmt::format("x{}w{}_r{}", digit_bit, plane.weight_bit, row);
}

std::string emit_weight_codes(const plan::MacroPlan& plan, Items& items) {
  if (!plan.spec.weight.is_ternary) return "weight_data_i";
  items.push_back(Declaration{false, lanes_times(2), {"weight_planes"}});
  items.push_back(
      Instance{"cim_ternary_planes",
               {connect("LANES", lanes())},
               "u_planes",
               {connect("codes_i", "weight_data_i"), connect("planes_o", "weight_planes")}});
  return "weight_planes";
}

void add_threshold_ports(const plan::MacroPlan& plan, std::vector<Port>& ports) {
  if (plan.threshold_bits == 0) return;
  const int bits = plan.threshold_bits;
  ports.push_back({Direction::input, "threshold_valid_i", std::nullopt,
                   "the thresholds of a bank a transfer", false});
  ports.push_back({Direction::output, "threshold_ready_o", std::nullopt, "", false});
  if (plan.bank_bits > 0) {
    ports.push_back({Direction::input, "threshold_bank_i", integer(plan.bank_bits), "", false});
  }
  ports.push_back({Direction::input, "threshold_data_i", integer(plan.spec.columns * bits),
                   fmt::format("column c at [c*{} +: {}]", bits, bits), false});
}

void add_slice_threshold_ports(const plan::MacroPlan& plan, std::vector<Port>& ports) {
  ports.push_back({Direction::input, "threshold_load_i", integer(plan.spec.banks),
                   "takes the thresholds of that bank", false});
  ports.push_back(
      {Direction::input, "threshold_data_i", lanes_times(plan.threshold_bits), "", false});
  if (plan.bank_bits > 0) {
    ports.push_back({Direction::input, "threshold_bank_i", integer(plan.bank_bits),
                     "of the result that is complete", false});
  }
}

void emit_threshold_port(const plan::MacroPlan& plan, Items& items) {
  const int bank_bits = std::max(1, plan.bank_bits);
  const bool banks = plan.bank_bits > 0;
  const std::string bank = banks ? "threshold_bank" : "unused_threshold_bank";
  items.push_back(Blank{});
  items.push_back(
      Comment{"Thresholds: no vector is taken while a transfer waits for the last one"});
  items.push_back(Declaration{false, std::nullopt, {"threshold_wait"}});
  items.push_back(Declaration{false, integer(bank_bits), {bank}});
  items.push_back(Declaration{false, integer(plan.spec.banks), {"threshold_load"}});
  items.push_back(Instance{
      "cim_threshold_port",
      {connect("BANKS", integer(plan.spec.banks)), connect("BANK_BITS", integer(bank_bits)),
       connect("VECTORS", integer(plan.spec.pipeline_stages + 1))},
      "u_threshold_port",
      {same("clk_i"), same("rst_ni"), same("threshold_valid_i"), same("threshold_ready_o"),
       connect("threshold_bank_i", banks ? id("threshold_bank_i") : literal(1, 0)),
       connect("take_i", "take"), connect("take_bank_i", "in_bank"),
       connect("done_i", id("result_valid") & id("result_ready")),
       connect("wait_o", "threshold_wait"), connect("bank_o", bank),
       connect("load_o", "threshold_load")}});
  items.push_back(Assign{id("in_valid"), id("in_valid_i") & ~id("threshold_wait")});
  items.push_back(Assign{id("in_ready_o"), id("in_ready") & ~id("threshold_wait")});
}

void connect_thresholds(const plan::MacroPlan& plan, std::vector<Connection>& pins,
                        const Expression& count, const Expression& first) {
  const int bits = plan.threshold_bits;
  pins.push_back(connect("threshold_load_i", "threshold_load"));
  pins.push_back(connect("threshold_data_i", part(id("threshold_data_i"), first * integer(bits),
                                                  count * integer(bits))));
  if (plan.bank_bits > 0) pins.push_back(connect("threshold_bank_i", "threshold_bank"));
}

void emit_threshold(const plan::MacroPlan& plan, Items& items) {
  items.push_back(Comment{"1 where the sum is at least the threshold of the column"});
  items.push_back(Declaration{false, lanes(), {"sign"}});
  items.push_back(
      Instance{"cim_threshold",
               {connect("LANES", lanes()), connect("SUM_BITS", integer(plan.kept_bits)),
                connect("BITS", integer(plan.threshold_bits)),
                connect("SIGNED", integer(plan.thresholds_signed ? 1 : 0)),
                connect("BANKS", integer(plan.spec.banks)),
                connect("BANK_BITS", integer(std::max(1, plan.bank_bits)))},
               "u_threshold",
               {same("clk_i"), connect("load_i", "threshold_load_i"),
                connect("threshold_i", "threshold_data_i"),
                connect("bank_i", plan.bank_bits > 0 ? id("threshold_bank_i") : literal(1, 0)),
                connect("sum_i", "result"), connect("sign_o", "sign")}});
}

}  // namespace cimforge::lower
