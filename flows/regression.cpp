#include "flows/regression.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <cmath>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>
#include <system_error>

#include "flows/vector_search.h"
#include "generator/base/exit_status.h"
#include "generator/base/file.h"
#include "generator/base/quote.h"
#include "generator/spec/parse.h"

namespace cimforge::flows {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

/// Bytes of a log that are kept: its end tells what went wrong.
constexpr std::size_t longest_log = std::size_t{256} << 10U;
constexpr std::size_t longest_message = 300;

/// What is to be run.
struct Planned {
  const RegressionTest* test;
  fs::path specification;
  std::optional<std::uint64_t> seed;
};

/// The command without what only this process needs.
std::vector<std::string> command_of(const RegressionTest& test, const std::string& specification,
                                    const std::optional<std::uint64_t>& seed,
                                    const std::optional<std::uint64_t>& vectors,
                                    const std::vector<std::string>& options) {
  std::vector<std::string> words = {test.command, specification};
  if (vectors) words.insert(words.end(), {"--vectors", fmt::format("{}", *vectors)});
  if (seed) words.insert(words.end(), {"--seed", fmt::format("{}", *seed)});
  words.insert(words.end(), options.begin(), options.end());
  return words;
}

/// Without what is said of a coverage that is not recorded, which the command refuses.
std::vector<std::string> without_coverage(const std::vector<std::string>& options) {
  constexpr std::string_view width = "--toggle-width";
  std::vector<std::string> kept;
  for (std::size_t i = 0; i < options.size(); ++i) {
    if (options[i] == width) {
      ++i;  // its value
    } else if (!options[i].starts_with(fmt::format("{}=", width))) {
      kept.push_back(options[i]);
    }
  }
  return kept;
}

std::vector<Planned> plan_runs(const RegressionList& list, const RegressionOptions& options) {
  std::optional<std::regex> filter;
  if (!options.filter.empty()) {
    try {
      filter.emplace(options.filter);
    } catch (const std::regex_error&) {
      throw base::InputError(
          fmt::format("--filter: {} is no regular expression", base::in_quotes(options.filter)));
    }
  }
  std::vector<Planned> runs;
  for (const RegressionTest& test : list.tests) {
    for (const fs::path& specification : test.specifications) {
      if (filter && !std::regex_search(test.name + " " + specification.string(), *filter)) continue;
      if (test.seeds.empty()) runs.push_back({&test, specification, std::nullopt});
      const std::uint64_t shift =
          test.seeds_are_range && options.seeds_from ? *options.seeds_from - test.seeds.front() : 0;
      for (const std::uint64_t seed : test.seeds) {
        runs.push_back({&test, specification, seed + shift});
      }
    }
  }
  if (runs.empty()) {
    throw base::InputError(
        fmt::format("--filter: no test matches {}", base::in_quotes(options.filter)));
  }
  return runs;
}

std::string tail(const std::string& text) {
  if (text.size() <= longest_log) return text;
  return "...\n" + text.substr(text.size() - longest_log);
}

std::string first_line(const std::string& text) {
  const std::size_t begin = std::min(text.find_first_not_of(" \n"), text.size());
  return text.substr(begin, text.find('\n', begin) - begin);
}

/// Letters, digits, `-` and `_` of a text, for names of files.
std::string as_file_name(const std::string& text) {
  std::string name;
  for (const char c : text.substr(0, 60)) {
    name += std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_' ? c : '_';
  }
  return name;
}

nlohmann::json read_result(const fs::path& file) {
  std::error_code error;
  if (!fs::exists(file, error)) return nullptr;
  return nlohmann::json::parse(base::read_file(file), nullptr, false);
}

std::optional<std::uint64_t> first_mismatch_in(const nlohmann::json& result) {
  if (!result.is_object() || !result.contains("first_mismatch")) return std::nullopt;
  const nlohmann::json& first = result["first_mismatch"];
  if (!first.is_object() || !first.contains("vector")) return std::nullopt;
  return first["vector"].get<std::uint64_t>();
}

Verdict verdict_of(const JobResult& result) {
  if (result.succeeded()) return Verdict::passed;
  const ProcessResult& process = result.process;
  const bool ended = result.started && process.signal == 0 && !process.timed_out;
  return ended && process.exit_code == static_cast<int>(base::ExitStatus::check_failed)
             ? Verdict::failed
             : Verdict::error;
}

/// The end, and what was printed about it.
std::string message_of(const JobResult& result, Verdict verdict) {
  if (verdict == Verdict::passed) return {};
  std::string told;
  if (verdict == Verdict::failed) told = first_line(result.process.stdout_text);
  if (told.empty()) told = first_line(last_lines(result.process.stderr_text, 1));
  if (verdict == Verdict::error && result.started) {
    told = told.empty() ? result.end : fmt::format("{}: {}", result.end, told);
  }
  if (told.empty()) told = result.end;
  return base::on_one_line(told, longest_message);
}

/// The union of the bins that runs of one specification have hit.
class BinCollector {
 public:
  void add(const fs::path& specification, const nlohmann::json& result) {
    if (!result.is_object() || !result.contains("coverage")) return;
    const nlohmann::json& coverage = result["coverage"];
    if (!coverage.is_object() || !coverage.contains("missed")) return;
    const auto missed = coverage["missed"].get<std::vector<std::string>>();
    Bins& bins = bins_[specification];
    const std::set<std::string> now(missed.begin(), missed.end());
    if (bins.runs++ == 0) {
      bins.missed = missed;
      bins.total = coverage["total"].get<std::size_t>();
      return;
    }
    std::erase_if(bins.missed, [&now](const std::string& bin) { return !now.contains(bin); });
  }
  [[nodiscard]] std::vector<FunctionalCoverage> report() const {
    std::vector<FunctionalCoverage> all;
    for (const auto& [specification, bins] : bins_) {
      all.push_back({specification, bins.runs, bins.total, bins.missed});
    }
    return all;
  }

 private:
  struct Bins {
    std::size_t runs = 0;
    std::size_t total = 0;
    std::vector<std::string> missed;
  };
  std::map<fs::path, Bins> bins_;
};

/// A failure while its vectors are searched.
struct Search {
  std::size_t failure;
  const Planned* planned;
  VectorSearch vectors;
  bool is_stopped = false;  ///< a run ended in an error: nobody knows what would fail
};

class Regression {
 public:
  Regression(const RegressionList& list, const RegressionOptions& options)
      : options_(options), planned_(plan_runs(list, options)) {
    result_.name = list.name;
    result_.planned = planned_.size();
    fs::create_directory(results_path());
    fs::create_directory(coverage_path());
  }

  RegressionResult run() {
    const Clock::time_point begin = Clock::now();
    std::vector<std::optional<RegressionRun>> runs(planned_.size());
    try {
      run_all(runs);
      keep(runs);
      find_failures();
      reduce();
      std::vector<std::string> names;
      for (std::size_t i = 0; i < planned_.size(); ++i) {
        if (fs::exists(coverage_path() / data_name(i))) names.push_back(data_name(i));
      }
      result_.coverage_runs = names.size();
      result_.coverage = merge_coverage_files(coverage_path(), names);
      result_.is_complete = true;
    } catch (const base::CommandError& error) {
      if (error.status() != base::ExitStatus::interrupted) throw;
      if (result_.runs.empty()) {
        keep(runs);
        find_failures();
      }
    }
    for (RegressionFailure& failure : result_.failures) write_failure(failure);
    result_.functional = bins_.report();
    result_.seconds = std::chrono::duration<double>(Clock::now() - begin).count();
    return std::move(result_);
  }

 private:
  [[nodiscard]] fs::path results_path() const { return directory_.path() / "results"; }
  [[nodiscard]] fs::path coverage_path() const { return directory_.path() / "coverage"; }
  /// Where the run that writes `json` has its temporary files.
  static fs::path temporary_path(const fs::path& json) {
    return fs::path(json).replace_extension(".tmp");
  }
  static void remove_files(const fs::path& json) {
    std::error_code ignored;
    fs::remove(json, ignored);
    fs::remove_all(temporary_path(json), ignored);
  }
  static std::string data_name(std::size_t run) { return fmt::format("run{}.dat", run); }

  /// The processors that each of `processes` may use.
  [[nodiscard]] int share_of(std::size_t processes) const {
    const std::size_t jobs = static_cast<std::size_t>(std::max(options_.jobs, 1));
    return static_cast<int>(std::max<std::size_t>(jobs / std::max<std::size_t>(processes, 1), 1));
  }

  /// `coverage`: the file for it; empty where none is recorded.
  Job job_of(const Planned& each, const std::optional<std::uint64_t>& vectors, const fs::path& json,
             std::size_t processes, const fs::path& coverage = {}) const {
    Job job;
    job.arguments = {options_.program.string()};
    const std::vector<std::string> command =
        command_of(*each.test, each.specification.string(), each.seed, vectors,
                   coverage.empty() ? without_coverage(each.test->options) : each.test->options);
    job.arguments.insert(job.arguments.end(), command.begin(), command.end());
    if (regression_command(each.test->command).takes_jobs) {
      job.arguments.insert(job.arguments.end(), {"--jobs", fmt::format("{}", share_of(processes))});
    }
    job.arguments.insert(job.arguments.end(), {"--json", json.string()});
    if (!coverage.empty()) {
      job.arguments.insert(job.arguments.end(), {"--coverage", coverage.string()});
    }
    // A run that is killed leaves its temporary files behind.
    job.environment["TMPDIR"] = temporary_path(json).string();
    fs::create_directories(temporary_path(json));
    job.time_limit = std::chrono::milliseconds(
        static_cast<std::int64_t>(std::ceil(1000 * each.test->time_limit)));
    return job;
  }

  void run_all(std::vector<std::optional<RegressionRun>>& runs) {
    std::vector<Job> jobs;
    for (std::size_t i = 0; i < planned_.size(); ++i) {
      const Planned& each = planned_[i];
      jobs.push_back(job_of(each, each.test->vectors, results_path() / fmt::format("{}.json", i),
                            planned_.size(),
                            each.test->coverage ? coverage_path() / data_name(i) : fs::path()));
    }
    std::size_t done = 0;
    std::size_t failed = 0;
    options_.runner(jobs, [&](std::size_t index, const JobResult& job) {
      const Planned& each = planned_[index];
      RegressionRun run;
      run.test = each.test->name;
      run.specification = each.specification;
      run.seed = each.seed;
      run.command = command_of(*each.test, each.specification.string(), each.seed,
                               each.test->vectors, without_coverage(each.test->options));
      run.command.insert(run.command.begin(), "cimforge");
      run.verdict = verdict_of(job);
      run.seconds = job.process.elapsed_seconds;
      run.message = message_of(job, run.verdict);
      if (run.verdict != Verdict::passed) {
        run.log = tail(job.process.stdout_text + job.process.stderr_text + job.error);
        ++failed;
      }
      const fs::path file = results_path() / fmt::format("{}.json", index);
      const nlohmann::json json = read_result(file);
      run.first_mismatch = first_mismatch_in(json);
      bins_.add(each.specification, json);
      remove_files(file);
      if (options_.on_run) options_.on_run(run, ++done, planned_.size(), failed);
      runs[index] = std::move(run);
    });
  }

  /// Keeps those that are finished.
  void keep(std::vector<std::optional<RegressionRun>>& runs) {
    for (std::size_t i = 0; i < runs.size(); ++i) {
      if (!runs[i]) continue;
      result_.runs.push_back(std::move(*runs[i]));
      planned_of_.push_back(i);
    }
  }

  /// One for each test and specification: a check that failed before an error, then the smallest
  /// seed.
  void find_failures() {
    std::map<std::pair<std::string, fs::path>, std::size_t> found;  // -> place in failures
    for (std::size_t i = 0; i < result_.runs.size(); ++i) {
      const RegressionRun& run = result_.runs[i];
      if (run.verdict == Verdict::passed) continue;
      const auto [place, is_new] =
          found.try_emplace({run.test, run.specification}, result_.failures.size());
      if (is_new) {
        RegressionFailure failure;
        failure.run = i;
        failure.folder =
            fmt::format("failures/{}-{}-{}", result_.failures.size() + 1, as_file_name(run.test),
                        as_file_name(run.specification.stem().string()));
        result_.failures.push_back(std::move(failure));
        continue;
      }
      // Seeds are ascending in a test.
      RegressionFailure& failure = result_.failures[place->second];
      if (result_.runs[failure.run].verdict == Verdict::error && run.verdict == Verdict::failed) {
        failure.run = i;
      }
    }
  }

  /// Searches the vectors of several failures at once, one step of each in a batch.
  void reduce() {
    std::vector<Search> searches;
    for (std::size_t i = 0; i < result_.failures.size(); ++i) {
      if (searches.size() == options_.reductions) break;
      const std::size_t run = result_.failures[i].run;
      const Planned& planned = planned_[planned_of_[run]];
      if (result_.runs[run].verdict != Verdict::failed || !planned.test->vectors) continue;
      result_.failures[i].first_mismatch = result_.runs[run].first_mismatch;
      searches.push_back({i, &planned, VectorSearch(*planned.test->vectors)});
    }
    for (;;) {
      std::vector<Job> jobs;
      std::vector<Search*> of_job;
      const auto is_left = [](const Search& each) {
        return !each.is_stopped && each.vectors.next().has_value();
      };
      const auto left = static_cast<std::size_t>(std::ranges::count_if(searches, is_left));
      if (left == 0) break;
      for (Search& search : searches) {
        if (!is_left(search)) continue;
        jobs.push_back(job_of(*search.planned, search.vectors.next(),
                              results_path() / fmt::format("search{}.json", jobs.size()), left));
        of_job.push_back(&search);
      }
      options_.runner(jobs, [&](std::size_t index, const JobResult& job) {
        Search& search = *of_job[index];
        RegressionFailure& failure = result_.failures[search.failure];
        const Verdict verdict = verdict_of(job);
        const bool failed = verdict == Verdict::failed;
        search.is_stopped = verdict == Verdict::error;
        const bool is_smaller = *search.vectors.next() < search.vectors.smallest();
        const fs::path file = results_path() / fmt::format("search{}.json", index);
        if (failed && is_smaller) failure.first_mismatch = first_mismatch_in(read_result(file));
        if (!search.is_stopped) search.vectors.tell(failed);
        remove_files(file);
      });
    }
    for (const Search& search : searches) {
      RegressionFailure& failure = result_.failures[search.failure];
      failure.vectors = search.vectors.smallest();
      failure.is_smallest = !search.is_stopped;
      failure.is_monotone = search.vectors.is_monotone();
      failure.tried = search.vectors.tried();
    }
  }

  /// The specification, with the files of its own that it names, and a script beside it.
  void write_failure(RegressionFailure& failure) const {
    const RegressionRun& run = result_.runs[failure.run];
    const Planned& planned = planned_[planned_of_[failure.run]];
    std::string specification = "spec.toml";
    try {
      const std::string text = base::read_file(run.specification);
      const spec::ParseResult parsed = spec::parse(text, run.specification.string());
      if (parsed.spec) copy_named_files(*parsed.spec, run.specification, failure.files);
      failure.files[specification] = text;
    } catch (const base::CommandError&) {
      // Gone, or it names a file that is out of reach: repeated where it stands.
      failure.files.clear();
      specification = fs::absolute(run.specification).lexically_normal().string();
    }
    failure.command = command_of(*planned.test, specification, run.seed,
                                 failure.vectors ? failure.vectors : planned.test->vectors,
                                 without_coverage(with_absolute_files(planned.test->options)));
    const std::string arguments = command_line(failure.command);
    failure.command.insert(failure.command.begin(), "cimforge");
    failure.files["repeat.sh"] = fmt::format(
        "#!/bin/sh\n# {}: {}\n# CIMFORGE names the program where it is not on PATH.\n"
        "cd \"$(dirname \"$0\")\" || exit 3\nexec \"${{CIMFORGE:-cimforge}}\" {}\n",
        base::on_one_line(run.test, longest_message),
        base::on_one_line(run.message, longest_message), arguments);
    failure.files["output.log"] = run.log;
  }

  /// Devices and converters of analog macros may be files beside the specification.
  static void copy_named_files(const spec::MacroSpec& spec, const fs::path& specification,
                               std::map<std::string, std::string>& files) {
    for (const std::string& name : {spec.analog.device, spec.analog.converter}) {
      const fs::path path(name);
      if (path.extension() != ".toml") continue;
      const fs::path normal = path.lexically_normal();
      if (path.is_absolute()) continue;
      if (normal.begin() != normal.end() && *normal.begin() == "..") {
        throw base::InputError("it names a file above it");
      }
      files[normal.string()] = base::read_file(specification.parent_path() / path);
    }
  }

  const RegressionOptions& options_;
  std::vector<Planned> planned_;
  std::vector<std::size_t> planned_of_;  ///< of each finished run
  base::TemporaryDirectory directory_{"cimforge-regress-"};
  BinCollector bins_;
  RegressionResult result_;
};

}  // namespace

const char* to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::passed:
      return "passed";
    case Verdict::failed:
      return "failed";
    case Verdict::error:
      break;
  }
  return "error";
}

std::size_t RegressionResult::count(Verdict verdict) const {
  return static_cast<std::size_t>(std::ranges::count(runs, verdict, &RegressionRun::verdict));
}

RegressionResult run_regression(const RegressionList& list, const RegressionOptions& options) {
  return Regression(list, options).run();
}

std::string command_line(const std::vector<std::string>& words) {
  std::string line;
  for (const std::string& word : words) {
    if (!line.empty()) line += ' ';
    line += base::shell_quoted(word);
  }
  return line;
}

}  // namespace cimforge::flows
