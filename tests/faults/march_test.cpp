// Which march test finds which class of faults, by interpretation, against what the literature
// says.
#include "sim/faults/march.h"

#include <set>
#include <string>

#include "tests/catch.h"

namespace cimforge::sim {
namespace {

spec::March march(const std::string& text) {
  return std::get<spec::March>(spec::march_of(text));
}

std::set<std::string> covered(const std::string& name, bool with_all_backgrounds) {
  std::set<std::string> classes;
  for (std::size_t i = 0; i < fault_classes; ++i) {
    const auto kind = static_cast<FaultClass>(i);
    if (march_covers(march(name), kind, with_all_backgrounds)) classes.insert(short_name(kind));
  }
  return classes;
}

/// Each of `right` is found, none of `wrong`.
void check(const std::string& name, const std::set<std::string>& right,
           const std::set<std::string>& wrong) {
  const std::set<std::string> found = covered(name, false);
  for (const std::string& each : right) {
    INFO(name << " should find " << each);
    CHECK(found.contains(each));
  }
  for (const std::string& each : wrong) {
    INFO(name << " should not find all " << each);
    CHECK_FALSE(found.contains(each));
  }
}

}  // namespace

TEST_CASE("march tests find the classes that the literature says, and no others") {
  // van de Goor, "Using March tests to test SRAMs" (1993), table 2; of unlinked faults.
  const std::set<std::string> addresses = {"AF-none", "AF-other", "AF-two"};
  const auto with = [&](std::set<std::string> more) {
    more.insert(addresses.begin(), addresses.end());
    more.insert("SAF");
    return more;
  };
  check("MATS+", with({}), {"TF", "CFin", "CFid", "CFst", "WDF", "DRDF"});
  check("MATS++", with({"TF"}), {"CFin", "CFid", "CFst", "WDF", "DRDF"});
  check("March X", with({"TF", "CFin"}), {"CFid", "CFst", "WDF", "DRDF"});
  check("March Y", with({"TF", "CFin"}), {"CFid", "CFst", "WDF"});
  check("March C-", with({"TF", "CFin", "CFid", "CFst"}), {"WDF", "DRDF"});
  check("March A", with({"TF", "CFin", "CFid"}), {"WDF", "DRDF"});
  check("March B", with({"TF", "CFin", "CFid"}), {"WDF", "DRDF"});
  check("March U", with({"TF", "CFin", "CFid", "CFst"}), {"WDF"});
  check("March LR", with({"TF", "CFin", "CFid", "CFst"}), {"WDF"});
  // Hamdioui, van de Goor and Rodgers (2002): all simple static faults.
  check("March SS", with({"TF", "CFin", "CFid", "CFst", "WDF", "RDF", "DRDF", "IRF"}), {});
}

TEST_CASE("faults within a word need data backgrounds") {
  for (const char* name : {"March C-", "March SS"}) {
    INFO(name);
    CHECK_FALSE(covered(name, false).contains("CFst-w"));
    CHECK_FALSE(covered(name, false).contains("CFid-w"));
    CHECK(covered(name, true).contains("CFin-w"));
    CHECK(covered(name, true).contains("CFid-w"));
    CHECK(covered(name, true).contains("CFst-w"));
  }
  // What two bits say holds for more: every pair of nine bits.
  constexpr StorageShape shape = {2, 9};
  CHECK(all_backgrounds(9) == 5);
  for (const FaultClass kind :
       {FaultClass::inversion_in_word, FaultClass::idempotent_in_word, FaultClass::state_in_word}) {
    for (std::uint64_t i = 0; i < count_faults(kind, shape); ++i) {
      const StorageFault fault = fault_at(kind, shape, i);
      INFO(to_text(fault));
      CHECK(march_detects(march("March C-"), shape, all_backgrounds(9), fault));
    }
  }
}

TEST_CASE("what three words say of a class holds for more") {
  constexpr StorageShape shape = {7, 3};
  for (const spec::NamedMarch& each : spec::named_marches()) {
    for (std::size_t i = 0; i < fault_classes; ++i) {
      const auto kind = static_cast<FaultClass>(i);
      // In words of three bits, pairs of a background of neighbours are not all that there are.
      if (kind == FaultClass::inversion_in_word || kind == FaultClass::idempotent_in_word ||
          kind == FaultClass::state_in_word) {
        continue;
      }
      bool all = true;
      for (std::uint64_t k = 0; all && k < count_faults(kind, shape); ++k) {
        all = march_detects(march(each.name), shape, 1, fault_at(kind, shape, k));
      }
      INFO(each.name << " " << short_name(kind));
      CHECK(all == march_covers(march(each.name), kind, false));
    }
  }
}

TEST_CASE("every fault of a class has a number, and no two are the same") {
  constexpr StorageShape shape = {3, 4};
  for (std::size_t i = 0; i < fault_classes; ++i) {
    const auto kind = static_cast<FaultClass>(i);
    std::set<std::string> texts;
    for (std::uint64_t k = 0; k < count_faults(kind, shape); ++k) {
      const StorageFault fault = fault_at(kind, shape, k);
      CHECK(fault.kind == kind);
      if (is_coupling(kind)) {
        CHECK((fault.word != fault.other_word || fault.bit != fault.other_bit));
      }
      texts.insert(to_text(fault));
    }
    CHECK(texts.size() == count_faults(kind, shape));
  }
}

TEST_CASE("an array with a fault, step by step") {
  constexpr StorageShape shape = {2, 2};
  const auto array = [&](StorageFault fault) { return FaultyArray(shape, &fault); };
  SECTION("transition: up fails, down works") {
    FaultyArray a = array({.kind = FaultClass::transition, .word = 0, .bit = 1, .value = true});
    a.write(0, {0b11});
    CHECK(a.read(0) == WordBits{0b01});
    a.fill(true);
    a.write(0, {0b11});
    CHECK(a.read(0) == WordBits{0b11});
    a.write(0, {0b00});
    CHECK(a.read(0) == WordBits{0b00});
  }
  SECTION("inversion: each rise of the aggressor, and no fall") {
    FaultyArray a = array({.kind = FaultClass::coupling_inversion,
                           .word = 0,
                           .bit = 0,
                           .other_word = 1,
                           .other_bit = 1,
                           .trigger = true});
    a.write(1, {0b10});
    CHECK(a.read(0) == WordBits{0b01});
    a.write(1, {0b10});
    CHECK(a.read(0) == WordBits{0b01});
    a.write(1, {0b00});
    CHECK(a.read(0) == WordBits{0b01});
    a.write(1, {0b10});
    CHECK(a.read(0) == WordBits{0b00});
  }
  SECTION("state: at once, and for as long as it lasts") {
    FaultyArray a = array({.kind = FaultClass::coupling_state,
                           .word = 0,
                           .bit = 0,
                           .other_word = 1,
                           .other_bit = 0,
                           .trigger = true,
                           .value = false});
    a.write(0, {0b01});
    CHECK(a.read(0) == WordBits{0b01});
    a.write(1, {0b01});
    CHECK(a.read(0) == WordBits{0b00});
    a.write(0, {0b01});
    CHECK(a.read(0) == WordBits{0b00});
  }
  SECTION("another word line: reads are of the word itself") {
    FaultyArray a = array({.kind = FaultClass::address_other_line, .word = 0, .other_word = 1});
    a.write(0, {0b10});
    CHECK(a.read(0) == WordBits{0b00});
    CHECK(a.read(1) == WordBits{0b10});
  }
  SECTION("reads that destroy") {
    FaultyArray a = array({.kind = FaultClass::deceptive_read, .word = 1, .bit = 0, .value = true});
    a.write(1, {0b01});
    CHECK(a.read(1) == WordBits{0b01});
    CHECK(a.read(1) == WordBits{0b00});
  }
  SECTION("an upset, and a cell that cannot be") {
    FaultyArray a = array({.kind = FaultClass::stuck_at, .word = 1, .bit = 1, .value = true});
    a.flip(0, 0);
    CHECK(a.read(0) == WordBits{0b01});
    a.flip(1, 1);
    CHECK(a.read(1) == WordBits{0b10});
  }
}

}  // namespace cimforge::sim
