#include "generator/collateral/signature.h"

#include "generator/lower/lower.h"
#include "tests/catch.h"
#include "tests/collateral/specs.h"

namespace cimforge::collateral {
namespace {

TEST_CASE("the signature has the ports of the lowered top module, in order") {
  for (const spec::MacroSpec& spec : matrix()) {
    CAPTURE(spec::to_toml(spec));
    const plan::MacroPlan plan = plan::plan(spec);
    const ModuleSignature macro = signature(plan);
    const verilog::Module top = lower::lower(plan).modules.back();
    REQUIRE(macro.name == top.name);
    REQUIRE(macro.ports.size() == top.ports.size());
    for (std::size_t i = 0; i < top.ports.size(); ++i) {
      const SignaturePort& ours = macro.ports[i];
      const verilog::Port& port = top.ports[i];
      CHECK(ours.name == port.name);
      CHECK((ours.direction == Direction::input) == (port.direction == verilog::Direction::input));
      REQUIRE(ours.is_vector == port.width.has_value());
      CHECK(std::to_string(ours.width) == (port.width ? verilog::print(*port.width) : "1"));
    }
    REQUIRE(top.parameters.size() == 1);
    CHECK(top.parameters.front().name == "LANES");
    CHECK(std::to_string(macro.lanes) == verilog::print(top.parameters.front().value));
  }
}

TEST_CASE("every stream has one valid and one ready, in opposite directions") {
  for (const spec::MacroSpec& spec : matrix()) {
    const ModuleSignature macro = signature(plan::plan(spec));
    for (const std::string stream : {"weight", "in", "out"}) {
      const SignaturePort& valid = macro.port(stream + (stream == "out" ? "_valid_o" : "_valid_i"));
      const SignaturePort& ready = macro.port(stream + (stream == "out" ? "_ready_i" : "_ready_o"));
      CHECK(valid.role == Role::valid);
      CHECK(ready.role == Role::ready);
      CHECK(valid.stream == stream);
      CHECK(ready.stream == stream);
      CHECK(valid.direction != ready.direction);
    }
  }
}

}  // namespace
}  // namespace cimforge::collateral
