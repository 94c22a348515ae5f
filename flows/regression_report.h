// What a regression came to, for machines and for readers: JUnit XML, Markdown, JSON, a text.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "flows/regression.h"
#include "generator/base/file.h"

namespace cimforge::flows {

/// The file of an output directory that names all others.
inline constexpr const char* regression_manifest = "results.json";

/// Keys name, complete, planned, passed, failed, errors, seconds, runs, failures, coverage (code by
/// module, merged; functional by specification), files.
nlohmann::ordered_json to_json(const RegressionResult& result);
/// One run, as `--json-lines` prints it: test, specification, seed, verdict, seconds, message,
/// command.
nlohmann::ordered_json to_json(const RegressionRun& run);

/// JUnit XML: a test suite for each test of the list, a case for each specification and seed; a
/// check that failed is a `failure`, anything else that did not pass an `error`. Times are in s.
std::string to_junit(const RegressionResult& result);

/// Counts, what did not pass with the command to repeat it, coverage.
std::string to_markdown(const RegressionResult& result);

/// A few lines for a terminal, the last without a newline.
std::string to_text(const RegressionResult& result);

/// One line of a log: `ok 12/40 name spec.toml seed 3 1.2 s`.
std::string log_line(const RegressionRun& run, std::size_t done, std::size_t total);

/// Everything in the output directory: results.json, junit.xml, summary.md, coverage.dat where code
/// coverage was recorded, and a folder for each failure.
base::FileSet regression_files(const RegressionResult& result);

}  // namespace cimforge::flows
