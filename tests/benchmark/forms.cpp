#include "forms.h"

#include <fmt/format.h>

#include <bit>

#include "generator/lower/lower.h"
#include "generator/plan/plan.h"
#include "generator/spec/range.h"

namespace cimforge::benchmark {

/// The texts of the baselines: file name -> text.
const std::map<std::string, std::string>& baselines();

namespace {

/// Keeps loops as loops, so that the compiler may make vector instructions of them. Generate loops
/// are allowed 16 times as many turns.
const std::vector<std::string> keep_loops = {"--unroll-count", "16"};
/// Unrolls the longest loop of the shapes.
const std::vector<std::string> unroll_all = {"--unroll-count", "257", "--unroll-stmts", "1000000"};

Form baseline(Contender contender, const std::string& top, const std::string& name,
              const spec::MacroSpec& spec, int layout, std::vector<std::string> options) {
  const std::string file = top + (contender == Contender::countones ||
                                          contender == Contender::array_countones
                                      ? ".sv"
                                      : ".v");
  Form form{contender, name, top, {{file, baselines().at(file)}}, {file}, std::move(options), spec};
  const auto parameter = [&](const char* key, int value) {
    form.options.push_back(fmt::format("-G{}={}", key, value));
  };
  parameter("ROWS", spec.rows);
  parameter("COLUMNS", spec.columns);
  parameter("INPUT_BITS", spec.input.bits);
  parameter("WEIGHT_BITS", spec.weight.bits);
  parameter("OUTPUT_BITS", spec::output_width(spec));
  parameter("ROW_BITS", static_cast<int>(std::bit_width(static_cast<unsigned>(spec.rows - 1))));
  parameter("LAYOUT", layout);
  if (top == "loop_macro") {
    parameter("INPUT_SIGNED", spec.input.is_signed ? 1 : 0);
    parameter("WEIGHT_SIGNED", spec.weight.is_signed ? 1 : 0);
    parameter("DIGIT", spec.input_bits_per_cycle);
  }
  return form;
}

}  // namespace

const char* to_string(Contender contender) {
  switch (contender) {
    case Contender::loop: return "loop";
    case Contender::masked_loop: return "masked loop";
    case Contender::array_loop: return "array loop";
    case Contender::countones: return "countones";
    case Contender::array_countones: return "array countones";
    case Contender::latch: return "latch";
    case Contender::flop: return "flop";
  }
  return "";
}

spec::MacroSpec make_spec(int rows, int columns, spec::IntegerFormat input,
                          spec::IntegerFormat weight) {
  spec::MacroSpec spec;
  spec.name = fmt::format("dcim_{}x{}_{}_{}", rows, columns, input.name(), weight.name());
  spec.rows = rows;
  spec.columns = columns;
  spec.input = input;
  spec.weight = weight;
  return spec;
}

std::vector<spec::MacroSpec> claimed_shapes() {
  const spec::IntegerFormat int4{true, 4};
  const spec::IntegerFormat int8{true, 8};
  return {make_spec(64, 64, int4, int4), make_spec(256, 64, int4, int4),
          make_spec(128, 128, int8, int8), make_spec(64, 256, int8, int8)};
}

Form emitted(const spec::MacroSpec& spec) {
  const lower::Rtl rtl = lower::lower(plan::plan(spec));
  const bool latch = spec.storage == spec::Storage::latch;
  return {latch ? Contender::latch : Contender::flop,
          fmt::format("emitted, {}", spec::to_string(spec.storage)),
          rtl.top,
          rtl.files(""),
          rtl.file_order(),
          {},
          spec};
}

std::vector<Form> loops(const spec::MacroSpec& spec, bool all) {
  const auto loop = [&](Contender contender, const char* name, int layout,
                        const std::vector<std::string>& options) {
    return baseline(contender, "loop_macro", name, spec, layout, options);
  };
  std::vector<Form> forms = {
      loop(Contender::masked_loop, "columns, masked, loops kept", 0, keep_loops),
      loop(Contender::array_loop, "arrays, rows inside columns, loops kept", 2, keep_loops),
      loop(Contender::array_loop, "arrays, columns inside rows, loops kept", 3, keep_loops)};
  if (all) forms.push_back(loop(Contender::masked_loop, "columns, masked, unrolled", 0, unroll_all));
  if (spec.input_bits_per_cycle == 1) {
    forms.push_back(loop(Contender::loop, "columns, if, loops kept", 1, keep_loops));
    forms.push_back(loop(Contender::loop, "columns, if, unrolled", 1, unroll_all));
  }
  return forms;
}

std::vector<Form> countones(const spec::MacroSpec& spec, bool all) {
  const auto form = [&](Contender contender, const char* name, int layout,
                        const std::vector<std::string>& options) {
    return baseline(contender, "countones_macro", name, spec, layout, options);
  };
  std::vector<Form> forms = {
      form(Contender::countones, "columns, loops kept", 0, keep_loops),
      form(Contender::array_countones, "arrays, loops kept", 1, keep_loops)};
  if (all) forms.push_back(form(Contender::countones, "columns, unrolled", 0, unroll_all));
  return forms;
}

}  // namespace cimforge::benchmark
