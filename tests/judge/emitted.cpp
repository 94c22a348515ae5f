#include "tests/judge/emitted.h"

#include <utility>

#include "flows/planned_bench.h"
#include "generator/collateral/collateral.h"
#include "generator/plan/plan.h"
#include "tests/catch.h"

namespace cimforge::test {

namespace {

base::FileSet changed(base::FileSet files, const base::FileSet& changes) {
  for (const auto& [file, text] : changes) files.at(file) = text;
  return files;
}

}  // namespace

Emitted::Emitted(const std::string& name, const base::FileSet& files) {
  base::write_directory_atomically(path(), files, collateral::manifest_name);
  source = {path(), name, false};
}

Emitted::Emitted(const spec::MacroSpec& spec, const base::FileSet& changes)
    : Emitted(spec.name, changed(collateral::emit(spec), changes)) {}

Emitted Emitted::of(const spec::MacroSpec& spec, const base::FileSet& files) {
  return {spec.name, files};
}

base::FileSet planted(base::FileSet files, const std::string& file, const std::string& right,
                      const std::string& wrong) {
  std::string& text = files.at("rtl/" + file);
  INFO(file << ": " << right << " -> " << wrong << "\n" << text);
  const std::size_t at = text.find(right);
  REQUIRE(at != std::string::npos);
  text.replace(at, right.size(), wrong);
  return files;
}

Emitted with_fault(const spec::MacroSpec& spec, const std::string& file, const std::string& right,
                   const std::string& wrong) {
  return Emitted::of(spec, planted(collateral::emit(spec), file, right, wrong));
}

tb::BenchResult bench(const spec::MacroSpec& spec, const Emitted& rtl,
                      const BenchSettings& settings) {
  const flows::VerilatedModel model(
      rtl.source, spec, {.jobs = 2, .optimised = false, .synthesis_view = settings.synthesis_view});
  tb::BenchOptions options;
  options.vectors = settings.vectors;
  options.seed = settings.seed;
  flows::expect_planned(plan::plan(spec), options);
  return tb::run_bench(spec, model, options);
}

tb::BenchResult bench(const spec::MacroSpec& spec, const base::FileSet& files,
                      const BenchSettings& settings) {
  return bench(spec, Emitted::of(spec, files), settings);
}

}  // namespace cimforge::test
