#include "tb/stimulus.h"

#include <algorithm>
#include <set>
#include <vector>

#include "tb/program.h"
#include "tests/catch.h"

namespace cimforge::tests {
namespace {

using Values = std::vector<std::int32_t>;
using tb::Shape;

constexpr spec::IntegerFormat kInt4{true, 4};
constexpr spec::IntegerFormat kUint4{false, 4};
constexpr spec::IntegerFormat kInt1{true, 1};

Values filled(Shape shape, const spec::IntegerFormat& format, std::size_t count,
              std::size_t index = 0) {
  tb::Random random(1);
  tb::Codes codes(count, format);
  tb::fill(shape, index, format, random, codes);
  Values packed(count);
  tb::unpack(codes.port, format.bits, format.is_signed, packed);
  CHECK(packed == codes.values);
  return codes.values;
}

TEST_CASE("shapes of vectors") {
  CHECK(filled(Shape::zero, kInt4, 3) == Values{0, 0, 0});
  CHECK(filled(Shape::ones, kInt4, 3) == Values{-1, -1, -1});
  CHECK(filled(Shape::ones, kUint4, 3) == Values{15, 15, 15});
  CHECK(filled(Shape::max, kInt4, 2) == Values{7, 7});
  CHECK(filled(Shape::min, kInt4, 2) == Values{-8, -8});
  CHECK(filled(Shape::max, kInt1, 2) == Values{0, 0});
  CHECK(filled(Shape::min, kInt1, 2) == Values{-1, -1});
  CHECK(filled(Shape::alternating, kInt4, 3) == Values{-8, 7, -8});
  CHECK(filled(Shape::opposite, kInt4, 3) == Values{7, -8, 7});
  CHECK(filled(Shape::one_hot, kInt4, 4, 2) == Values{0, 0, -8, 0});
  CHECK(filled(Shape::one_hot, kInt4, 4, 1) == Values{0, 7, 0, 0});
  CHECK(filled(Shape::one_hot, kUint4, 4, 3) == Values{0, 0, 0, 15});
  CHECK(filled(Shape::one_hot, kInt1, 4, 1) == Values{0, -1, 0, 0});
}

TEST_CASE("shapes of matrices") {
  tb::Random random(1);
  tb::Codes codes(3, kInt4);
  const auto row = [&](Shape shape, std::size_t index, std::size_t number) {
    tb::fill_weights(shape, index, number, kInt4, random, codes);
    return codes.values;
  };
  CHECK(row(Shape::alternating, 0, 0) == Values{-8, 7, -8});
  CHECK(row(Shape::alternating, 0, 1) == Values{7, -8, 7});
  CHECK(row(Shape::opposite, 0, 1) == Values{-8, 7, -8});
  CHECK(row(Shape::one_hot, 1, 5) == Values{0, 7, 0});
  CHECK(row(Shape::diagonal, 1, 0) == Values{0, 7, 0});
  CHECK(row(Shape::diagonal, 1, 2) == Values{-8, 0, 0});
}

TEST_CASE("random codes are codes of the format and reach its ends") {
  for (const auto& format : {kInt4, kUint4, kInt1, spec::IntegerFormat{true, 16}}) {
    tb::Random random(3);
    tb::Codes codes(65, format);
    std::int32_t least = 0;
    std::int32_t greatest = 0;
    for (int i = 0; i < 200; ++i) {
      tb::fill_random(format, random, codes);
      Values packed(codes.values.size());
      tb::unpack(codes.port, format.bits, format.is_signed, packed);
      REQUIRE(packed == codes.values);
      const auto [low, high] = std::ranges::minmax(codes.values);
      least = std::min(least, low);
      greatest = std::max(greatest, high);
    }
    CHECK(least == format.min());
    CHECK(greatest == format.max());
  }
}

TEST_CASE("codes from a number have the first code in its lowest bits") {
  tb::Codes codes(3, kInt4);
  tb::fill_from_bits(0xf71, kInt4, codes);
  CHECK(codes.values == Values{1, 7, -1});
}

TEST_CASE("places at the boundaries of blocks") {
  using Places = std::vector<std::size_t>;
  CHECK(tb::boundary_places(3, 8) == Places{0, 1, 2});
  CHECK(tb::boundary_places(100, 5) == Places{0, 15, 16, 17, 99});
  const Places many = tb::boundary_places(4096, 64);
  for (const std::size_t place : {0U, 1U, 15U, 16U, 17U, 63U, 64U, 65U, 2048U, 4095U}) {
    CHECK(std::ranges::binary_search(many, place));
  }
  CHECK(many.size() <= 64);
}

TEST_CASE("corners visit every bank, and spend little on large macros") {
  spec::MacroSpec spec;
  spec.rows = 1024;
  spec.banks = 64;
  const std::vector<int> banks = tb::corner_banks(spec);
  CHECK(banks.size() >= 2);
  CHECK(banks.front() == 0);
  CHECK(banks.back() == 63);
  std::set<int> seen;
  std::size_t matrices = 0;
  for (const tb::CornerStep& step : tb::corner_steps(spec)) {
    if (step.kind == tb::CornerStep::Kind::weights) {
      ++matrices;
    } else {
      seen.insert(step.bank);
    }
  }
  CHECK(seen.size() == 64);
  CHECK(matrices * 1024 <= 33000);
}

TEST_CASE("the chunks of a run follow one another without a gap") {
  using Kind = tb::Chunk::Kind;
  spec::MacroSpec spec;
  spec.rows = 4;
  spec.columns = 3;
  const auto count = [&](Kind kind) {
    std::uint64_t planned = 0;
    std::uint64_t of_kind = 0;
    for (const tb::Chunk& chunk : tb::plan_chunks(spec, 5000)) {
      CHECK(chunk.first_vector == planned);
      CHECK(chunk.vectors > 0);
      planned += chunk.vectors;
      if (chunk.kind == kind) of_kind += chunk.vectors;
    }
    return of_kind;
  };
  CHECK(count(Kind::exhaustive_inputs) == 1 << 16);
  CHECK(count(Kind::exhaustive_weights) == 0);
  CHECK(count(Kind::random) == 2500);
  spec.rows = 2;
  CHECK(count(Kind::exhaustive_weights) == 1 << 16);
  CHECK(count(Kind::exhaustive_inputs) == 0);
  spec.rows = 5;
  CHECK(count(Kind::exhaustive_inputs) == 0);
  CHECK(count(Kind::random) + count(Kind::corners) == 5000);
}

}  // namespace
}  // namespace cimforge::tests
