// The plain macro pays nothing for the options that it does not have: every row of the matrix
// without one has the RTL that it had before there were options.
#include <fmt/format.h>

#include <cstdlib>
#include <string>

#include "generator/base/file.h"
#include "generator/base/hash.h"
#include "generator/lower/lower.h"
#include "generator/plan/plan.h"
#include "generator/spec/binary.h"
#include "tests/catch.h"
#include "tests/lower/matrix.h"

namespace cimforge {
namespace {

bool is_plain(const spec::MacroSpec& spec) {
  return spec.recoding == spec::Recoding::none && spec.precision == spec::Precision{} &&
         spec.sparsity == spec::Sparsity{} && spec.approximation.is_exact() &&
         spec.transpose == spec::Transpose::never && !spec::is_binary(spec) &&
         !spec::has_thresholds(spec);
}

TEST_CASE("plain macros have the RTL that is written down") {
  std::string hashes;
  for (std::size_t i = 0; i < test::matrix.size(); ++i) {
    const spec::MacroSpec spec = test::matrix_specification(i);
    if (!is_plain(spec)) continue;
    std::string text;
    for (const auto& [name, content] : lower::lower(plan::plan(spec)).files("")) {
      text += name + '\n' + content;
    }
    hashes += fmt::format("{} {}\n", spec.name, base::sha256(text));
  }
  const std::filesystem::path golden = CIMFORGE_PLAIN_MACROS;
  if (std::getenv("CIMFORGE_ACCEPT") != nullptr) base::write_file_atomically(golden, hashes);
  INFO("RTL that is meant to change is written down with CIMFORGE_ACCEPT=1");
  CHECK(base::read_file(golden) == hashes);
}

}  // namespace
}  // namespace cimforge
