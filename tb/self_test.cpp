// What the driver does with a macro that tests and repairs itself.
#include "generator/spec/self_test.h"

#include <fmt/format.h>

#include <numeric>
#include <vector>

#include "generator/spec/structure.h"
#include "sim/self_test.h"
#include "tb/driver.h"

namespace cimforge::tb {
namespace {

/// Cycles after which a test that is still busy is a hang: an operation on every address, each with
/// the longest vector, a row that waits for it, and the way through the macro.
std::uint64_t most_cycles(const spec::MacroSpec& spec, int settle_cycles) {
  const auto addresses =
      static_cast<std::uint64_t>(spec.banks) * static_cast<std::uint64_t>(spec::stored_rows(spec));
  const std::uint64_t march =
      spec.self_test.has_march()
          ? addresses * static_cast<std::uint64_t>(spec::operations_of(spec::march_of(spec))) *
                static_cast<std::uint64_t>(spec.self_test.backgrounds)
          : 0;
  const std::uint64_t transfers =
      march + sim::compute_passes *
                  (addresses + static_cast<std::uint64_t>(spec.self_test.compute_vectors));
  return (transfers + 100) * static_cast<std::uint64_t>(settle_cycles);
}

/// Registers of spare lines: mostly in use, for lines that may be the same or none at all.
void choose_registers(Random& random, int spares, int lines, int address_bits, std::size_t& at,
                      PortValue& data) {
  const auto put = [&](std::uint64_t value) {
    for (int bit = 0; bit <= address_bits; ++bit, ++at) {
      data.words()[at / 64] |= (value >> bit & 1) << at % 64;
    }
  };
  for (int spare = 0; spare < spares; ++spare) {
    const std::uint64_t line = random.once_in(8) ? random.below(std::uint64_t{1} << address_bits)
                                                 : static_cast<std::uint64_t>(random.index(lines));
    put(line | (random.once_in(4) ? 0 : std::uint64_t{1}) << address_bits);
  }
}

}  // namespace

void Driver::choose_repair() {
  if (!spec_.repair.any()) return;
  PortValue data(static_cast<std::size_t>(spec::repair_data_bits(spec_)));
  std::size_t at = 0;
  choose_registers(random_, spec_.repair.spare_rows, spec_.rows, spec::row_address_bits(spec_), at,
                   data);
  choose_registers(random_, spec_.repair.spare_columns, spec_.columns,
                   spec::column_address_bits(spec_), at, data);
  data.write_to(pins_.repair_data);
}

void Driver::self_test(bool compute, std::uint64_t stop_after) {
  const char* const name = compute ? "the compute self-test" : "the march test";
  const bool from_rest = scoreboard_.pending() == 0 && stop_after == 0;
  const std::uint64_t begin = cycles_;
  pins_.bist_compute = compute ? 1 : 0;
  pins_.bist_start = 1;
  pins_.bist_error_ready = 1;
  pins_.out_ready = random_.once_in(2) ? 1 : 0;
  cycle();
  pins_.bist_start = 0;
  const std::uint64_t longest = most_cycles(spec_, settle_cycles_);
  while (pins_.bist_done == 0 && (stop_after == 0 || cycles_ - begin < stop_after)) {
    if (cycles_ - begin > longest) throw Hang(fmt::format("{} does not end", name));
    if (pins_.bist_busy == 0) {
      find("self-test-busy", fmt::format("bist_busy_o is low while {} runs", name));
    }
    if (pins_.weight_ready != 0 || pins_.in_ready != 0) {
      find("self-test-accepts", fmt::format("the macro accepts something while {} runs", name));
    }
    if (pins_.bist_error_valid != 0) {
      find("self-test-error", fmt::format("{} tells a wrong bit: bank {}, row {}, bit {}", name,
                                          pins_.bist_bank, pins_.bist_row, pins_.bist_bit));
    }
    pins_.out_ready = random_.once_in(2) ? 1 : 0;
    pins_.bist_error_ready = random_.once_in(2) ? 1 : 0;
    cycle();
  }
  if (stop_after != 0) return;
  if (from_rest) {
    const std::uint64_t taken = cycles_ - begin;
    (compute ? self_test_cycles_.compute : self_test_cycles_.march) = taken;
    const auto& expected =
        compute ? options_.expected_compute_cycles : options_.expected_march_cycles;
    if (expected && taken != static_cast<std::uint64_t>(*expected)) {
      find("self-test-cycles", fmt::format("{} took {} cycles, not {}", name, taken, *expected));
    }
  }
  if (pins_.bist_fail != 0) find("self-test-fails", fmt::format("{} fails", name));
  if (pins_.bist_busy != 0) {
    find("self-test-busy", fmt::format("bist_busy_o is high after {}", name));
  }
  if (!compute) return;
  const std::uint32_t signature = sim::compute_self_test(spec_, false).signature;
  if (pins_.bist_signature != signature) {
    find("self-test-signature",
         fmt::format("the signature is {:08x}, not {:08x}", pins_.bist_signature, signature));
  }
}

}  // namespace cimforge::tb
