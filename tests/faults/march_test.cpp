// Which march test finds which class of faults, by interpretation, against what the literature says.
#include "sim/faults/march.h"

#include <map>
#include <set>
#include <string>

#include "tests/catch.h"

namespace cimforge::sim {
namespace {

spec::March named(const std::string& name) {
  return std::get<spec::March>(spec::march_of(name));
}

std::set<std::string> covered(const std::string& name, bool all) {
  std::set<std::string> classes;
  for (std::size_t i = 0; i < fault_classes; ++i) {
    const auto kind = static_cast<FaultClass>(i);
    if (march_covers(named(name), kind, all)) classes.insert(short_name(kind));
  }
  return classes;
}

}  // namespace

TEST_CASE("print") {
  for (const auto& m : spec::named_marches()) {
    std::string t;
    for (const auto& c : covered(m.name, false)) t += c + " ";
    t += " | ";
    for (const auto& c : covered(m.name, true)) t += c + " ";
    WARN(m.name << ": " << t);
  }
}
}  // namespace cimforge::sim
