// The golden model of signs, and codes of ternary weights in a port.
#include "sim/golden.h"

#include <vector>

#include "generator/spec/binary.h"
#include "tb/codes.h"
#include "tests/binary/specification.h"
#include "tests/catch.h"

namespace cimforge {

using spec::IntegerFormat;

TEST_CASE("a result is 1 where the sum is at least the threshold of its column and bank") {
  spec::MacroSpec spec = test::binary(2, IntegerFormat::bipolar(), IntegerFormat::bipolar());
  spec.output_mode = spec::OutputMode::sign;
  spec.banks = 2;
  sim::GoldenMacro golden(spec);
  for (const int bank : {0, 1}) {
    golden.write_row(bank, 0, std::vector<std::int32_t>{1, 1, -1});
    golden.write_row(bank, 1, std::vector<std::int32_t>{1, -1, -1});
  }
  const std::vector<std::int32_t> x = {1, 1};  // sums 2, 0, -2
  std::vector<std::int64_t> sums(3);
  golden.sums(0, x, sums);
  CHECK(sums == std::vector<std::int64_t>{2, 0, -2});
  CHECK(golden.multiply(0, x) == std::vector<std::int64_t>{1, 1, 0});
  golden.write_thresholds(1, std::vector<std::int64_t>{3, 1, -2});
  CHECK(golden.multiply(0, x) == std::vector<std::int64_t>{1, 1, 0});
  CHECK(golden.multiply(1, x) == std::vector<std::int64_t>{0, 0, 1});
  golden.write_thresholds(0, std::vector<std::int64_t>{2, 0, -1});
  CHECK(golden.multiply(0, x) == std::vector<std::int64_t>{1, 1, 0});
}

TEST_CASE("the ternary code 10 is read as -1") {
  const IntegerFormat ternary = IntegerFormat::ternary();
  tb::PortValue port(8);
  port.data()[0] = 0b11'10'01'00;
  std::vector<std::int32_t> values(4);
  tb::unpack(port, ternary, values);
  CHECK(values == std::vector<std::int32_t>{0, 1, -1, -1});
  tb::pack(values, ternary, port);
  CHECK(port.data()[0] == 0b11'11'01'00);
}

}  // namespace cimforge
