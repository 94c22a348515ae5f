// The .npy reader: what NumPy writes, every malformation, and seeded mutations.
#include "flows/npy.h"

#include <cstring>
#include <random>

#include "generator/base/exit_status.h"
#include "generator/base/file.h"
#include "tests/catch.h"

namespace {

using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;
using cimforge::base::InputError;
using cimforge::flows::load_npy;
using cimforge::flows::NpyArray;
using cimforge::flows::parse_npy;
using cimforge::flows::to_npy;

/// A file of the given version; `size` is the header's length field, if it is to lie.
std::string file_of(const std::string& header, const std::string& data, int version = 1,
                    std::size_t size = std::string::npos) {
  if (size == std::string::npos) size = header.size();
  std::string bytes = "\x93NUMPY";
  bytes += static_cast<char>(version);
  bytes += '\0';
  for (int i = 0; i < (version == 1 ? 2 : 4); ++i) {
    bytes += static_cast<char>(size >> (8 * i) & 0xffU);
  }
  return bytes + header + data;
}

std::string header_of(const std::string& descr, const std::string& shape,
                      const std::string& order = "False") {
  return "{'descr': '" + descr + "', 'fortran_order': " + order + ", 'shape': " + shape + ", }\n";
}

void check_fails(const std::string& bytes, const std::string& message) {
  try {
    (void)parse_npy(bytes, "dir/x.npy");
  } catch (const InputError& e) {
    CHECK_THAT(e.what(), StartsWith("dir/x.npy: ") && Contains(message));
    return;
  }
  FAIL("accepted, but should say: " << message);
}

template <typename T>
void check_round_trip(const std::vector<T>& values, const std::string& name) {
  const NpyArray array{{values.size(), 1}, values};
  const std::string bytes = to_npy(array);
  const NpyArray back = parse_npy(bytes, "x.npy");
  CHECK(back.shape == array.shape);
  CHECK(std::get<std::vector<T>>(back.data) == values);
  CHECK(cimforge::flows::type_name(back) == name);
  CHECK((bytes.size() - values.size() * sizeof(T)) % 64 == 0);
}

}  // namespace

TEST_CASE("every type is read as it was written") {
  check_round_trip<std::int8_t>({-128, 0, 127}, "int8");
  check_round_trip<std::uint8_t>({0, 255}, "uint8");
  check_round_trip<std::int16_t>({-32768, 258, 32767}, "int16");
  check_round_trip<std::uint16_t>({0, 258, 65535}, "uint16");
  check_round_trip<std::int32_t>({INT32_MIN, 16909060, INT32_MAX}, "int32");
  check_round_trip<std::uint32_t>({0, 16909060, UINT32_MAX}, "uint32");
  check_round_trip<std::int64_t>({INT64_MIN, 72623859790382856, INT64_MAX}, "int64");
  check_round_trip<float>({-1.5F, 0.0F, 3.25e30F}, "float32");
  check_round_trip<double>({-1.5, 0.0, 3.25e300}, "float64");
}

TEST_CASE("the bytes that NumPy writes") {
  // numpy.save("x.npy", numpy.array([[1, -2, 3]], dtype=numpy.int16))
  std::string header = "{'descr': '<i2', 'fortran_order': False, 'shape': (1, 3), }";
  header.append(117 - header.size(), ' ');
  const std::string bytes = file_of(header + "\n", std::string("\x01\x00\xfe\xff\x03\x00", 6));
  const NpyArray array{{1, 3}, std::vector<std::int16_t>{1, -2, 3}};
  CHECK(to_npy(array) == bytes);
  CHECK(parse_npy(bytes, "x").shape == array.shape);
}

TEST_CASE("versions, shapes and spellings that are allowed") {
  const std::string data(6, '\x05');
  for (const int version : {1, 2, 3}) {
    CHECK(parse_npy(file_of(header_of("|u1", "(2, 3)"), data, version), "x").shape ==
          std::vector<std::size_t>{2, 3});
  }
  CHECK(parse_npy(file_of(header_of("|u1", "(6,)"), data), "x").shape ==
        std::vector<std::size_t>{6});
  CHECK(parse_npy(file_of(header_of("|u1", "()"), "\x05"), "x").shape.empty());
  CHECK(parse_npy(file_of(header_of("|u1", "(0, 18446744073709551615)"), ""), "x").shape.size() ==
        2);
  const std::string other = "  { \"shape\":(1,\t6) ,\"fortran_order\" :False,'descr':\"|u1\"}   ";
  CHECK(parse_npy(file_of(other, data), "x").shape == std::vector<std::size_t>{1, 6});
}

TEST_CASE("every malformation is told") {
  const std::string good = file_of(header_of("<i2", "(2, 3)"), std::string(12, '\1'));
  REQUIRE_NOTHROW(parse_npy(good, "x"));

  check_fails("", "not a .npy file");
  check_fails("PK\x03\x04 an archive", "not a .npy file");
  check_fails(good.substr(0, 5), "not a .npy file");
  check_fails(good.substr(0, 7), "truncated .npy header");
  check_fails(good.substr(0, 9), "truncated .npy header");
  check_fails(good.substr(0, 30), "truncated .npy header");
  check_fails(file_of(header_of("<i2", "(2, 3)"), "", 2, 0xffffffff), "truncated .npy header");
  check_fails(good.substr(0, good.size() - 1),
              "truncated: int16 of shape (2, 3) needs 12 bytes of data, the file has 11");
  check_fails(good + "x",
              "trailing bytes: int16 of shape (2, 3) needs 12 bytes of data, the file has 13");

  std::string version = good;
  version[6] = 4;
  check_fails(version, "version 4.0 is not supported");
  version[6] = 1;
  version[7] = 1;
  check_fails(version, "version 1.1 is not supported");

  check_fails(file_of(header_of("<i2", "(2, 3)", "True"), std::string(12, '\1')), "Fortran order");
  check_fails(file_of(header_of(">i2", "(1,)"), "12"), "big-endian elements \">i2\"");
  check_fails(file_of(header_of(">i2", "(1,)"), "12"), "save them as \"<i2\"");
  check_fails(file_of(header_of("|O", "(1,)"), "12"), "object elements \"|O\"");
  check_fails(file_of(header_of("|b1", "(1,)"), "1"), "type \"|b1\" are not supported");
  check_fails(file_of(header_of("<f2", "(1,)"), "12"), "int8, uint8");
  check_fails(file_of(header_of("\x1b[2J\xff", "(1,)"), "12"), "\"\\x1b[2J?\"");
  check_fails(file_of("{'descr': [('a', '<i4')], 'fortran_order': False, 'shape': (1,), }", "1234"),
              "structured elements");

  check_fails(file_of(header_of("<i2", "(-1,)"), "12"), "negative dimension");
  check_fails(file_of(header_of("<i2", "(18446744073709551616,)"), "12"), "too large");
  check_fails(file_of(header_of("<i2", "(4294967296, 4294967296)"), "12"), "more than 2^64 bytes");
  check_fails(file_of(header_of("<i2", "(9223372036854775808,)"), ""), "more than 2^64 bytes");
  check_fails(file_of(header_of("<i2", "(9223372036854775807,)"), "12"), "truncated");
  check_fails(file_of(header_of("<i2", "(1)"), "12"), "not a tuple");
  check_fails(file_of(header_of("<i2", "1"), "12"), "expected '('");
  check_fails(file_of(header_of("<i2", "(1, x)"), "12"), "expected a dimension");
  check_fails(file_of(header_of("<i2", "(1 2)"), "12"), "header");
  check_fails(file_of(header_of("<i2", "(1,)", "Maybe"), "12"), "expected True or False");
  check_fails(file_of("", ""), "expected '{'");
  check_fails(file_of("{", ""), "header");
  check_fails(file_of("{'descr", ""), "a string does not end");
  check_fails(file_of("{'descr': '<i2'}", ""), "must have the keys");
  check_fails(file_of("{'other': 1}", ""), "key \"other\" is unknown");
  check_fails(file_of("{'descr': '<i2', 'descr': '<i4'}", ""), "given twice");
  check_fails(file_of(header_of("<i2", "(1,)") + "junk", "12"), "\"junk\" after its end");
}

TEST_CASE("a missing .npy file and a wrong number of dimensions are told") {
  CHECK_THROWS_WITH(load_npy("/nowhere/x.npy"), StartsWith("/nowhere/x.npy: "));
  const NpyArray array{{3}, std::vector<std::int8_t>{1, 2, 3}};
  CHECK_NOTHROW(cimforge::flows::require_dimensions(array, "x.npy", {"images"}));
  CHECK_THROWS_WITH(cimforge::flows::require_dimensions(array, "x.npy", {"images", "inputs"}),
                    "x.npy: needs 2 dimensions (images x inputs), has shape (3,)");
  CHECK_THROWS_WITH(
      cimforge::flows::require_dimensions({{}, std::vector<float>{1}}, "x.npy", {"outputs"}),
      "x.npy: needs 1 dimension (outputs), has shape ()");
}

TEST_CASE("seeded mutations of a file are read or refused, never worse") {
  constexpr unsigned seed = 4242;
  CAPTURE(seed);
  std::mt19937 random(seed);
  const auto below = [&random](std::size_t limit) {
    return std::uniform_int_distribution<std::size_t>(0, limit - 1)(random);
  };
  const std::string digits = "0123456789-(),'{}<>|[]: \n";
  const std::vector<std::string> originals = {
      to_npy({{2, 3}, std::vector<std::int16_t>{1, 2, 3, 4, 5, 6}}),
      to_npy({{}, std::vector<double>{1.0}}),
      file_of(header_of("|u1", "(4,)"), "abcd", 2),
  };
  std::size_t refused = 0;
  constexpr std::size_t count = 6000;
  for (std::size_t i = 0; i < count; ++i) {
    std::string bytes = originals[below(originals.size())];
    for (std::size_t edits = 1 + below(4); edits > 0 && !bytes.empty(); --edits) {
      const std::size_t at = below(bytes.size());
      switch (below(5)) {
        case 0:
          bytes[at] = static_cast<char>(below(256));
          break;
        case 1:
          bytes[at] = digits[below(digits.size())];
          break;
        case 2:
          bytes.erase(at, 1 + below(8));
          break;
        case 3:
          bytes.insert(at, 1, digits[below(digits.size())]);
          break;
        default:
          bytes.resize(at);
          break;
      }
    }
    try {
      const NpyArray array = parse_npy(bytes, "x.npy");
      // What is read is consistent: writing and reading it again gives the same elements.
      REQUIRE(to_npy(parse_npy(to_npy(array), "x.npy")) == to_npy(array));
    } catch (const InputError&) {
      ++refused;
    }
  }
  CHECK(refused > count / 2);
}
