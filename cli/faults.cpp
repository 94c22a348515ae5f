#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

#include "cli/commands.h"
#include "cli/options.h"
#include "flows/fault_report.h"
#include "flows/interrupt.h"
#include "flows/progress.h"
#include "generator/base/exit_status.h"
#include "generator/spec/protection.h"
#include "generator/spec/self_test.h"

namespace cimforge::cli {
namespace {

struct Options {
  std::string spec, rtl, json;
  std::optional<std::string> march;
  int backgrounds = 1;
  std::vector<std::string> classes;
  std::uint64_t samples = 500;
  std::uint64_t upsets = 200;
  std::uint64_t seed = 1;
  int vectors = 64;
  int weight_sets = 4;
  int jobs = default_jobs();
  std::vector<std::string> liberty;
};

/// `SAF`, `TF` ...: those that a macro's storage can have.
std::vector<std::string> class_names() {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < sim::fault_classes_of_writes; ++i) {
    names.emplace_back(sim::short_name(static_cast<sim::FaultClass>(i)));
  }
  return names;
}

bool has(const Options& options, const std::string& name) {
  return options.classes.empty() ||
         std::ranges::find(options.classes, name) != options.classes.end();
}

std::optional<flows::StorageFaultResult> storage(const Options& options,
                                                 const spec::MacroSpec& spec,
                                                 const flows::RtlSource& rtl,
                                                 flows::Progress& progress) {
  flows::StorageFaultRequest request;
  bool any = options.classes.empty();
  for (std::size_t i = 0; i < sim::fault_classes_of_writes; ++i) {
    const auto kind = static_cast<sim::FaultClass>(i);
    if (!has(options, "storage") && !has(options, sim::short_name(kind))) continue;
    request.classes.push_back(kind);
    any = true;
  }
  const bool upsets = has(options, "upsets");
  if (!any && !upsets) return std::nullopt;
  const std::string march = options.march.value_or("March C-");
  if (spec.self_test.has_march() && options.march) {
    throw base::InputError(
        fmt::format("{}: the macro runs its own march test, {}; leave out --march", options.spec,
                    spec.self_test.march));
  }
  auto parsed = spec::march_of(march);
  if (const auto* mistake = std::get_if<spec::MarchMistake>(&parsed)) {
    throw base::InputError(fmt::format("--march must be {}", mistake->text));
  }
  if (const int most = spec::most_backgrounds(spec); options.backgrounds > most) {
    throw base::InputError(fmt::format(
        "{}: --backgrounds must be at most {}: a row has {} bits, and further ones would repeat",
        options.spec, most, spec::row_bits(spec)));
  }
  request.spec = spec;
  request.rtl = rtl;
  request.march = std::get<spec::March>(parsed);
  request.backgrounds = options.backgrounds;
  request.samples = options.samples;
  request.upsets = upsets ? options.upsets : 0;
  request.seed = options.seed;
  request.jobs = options.jobs;
  request.interrupt = flows::throw_if_interrupted;
  request.progress = [&](const char*, std::uint64_t done, std::uint64_t total) {
    progress.update(done, total);
  };
  if (any && spec::mends(spec) && !options.classes.empty()) {
    throw base::InputError(
        fmt::format("{}: no march test runs where single wrong bits are mended before they are "
                    "read: leave out --class, or take protection.code = \"parity\"",
                    options.spec));
  }
  // Upsets alone: one class would be too many.
  if (!any) request.classes.clear();
  request.only_upsets = !any;
  return flows::measure_storage_faults(request);
}

flows::NetlistFaultResult netlist(const Options& options, const spec::MacroSpec& spec,
                                  const flows::RtlSource& rtl, flows::Progress& progress) {
  flows::NetlistFaultRequest request;
  request.spec = spec;
  request.rtl = rtl.directory;
  request.liberty = options.liberty;
  request.seed = options.seed;
  request.vectors = options.vectors;
  request.weight_sets = options.weight_sets;
  request.samples = options.samples;
  request.interrupt = flows::throw_if_interrupted;
  request.progress = [&](const char*, std::size_t done, std::size_t total) {
    progress.update(done, total);
  };
  return flows::measure_netlist_faults(request);
}

}  // namespace

void add_faults(CLI::App& app, Action& action) {
  const auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "faults", "Inject faults into storage and netlist, and tell which ones the tests find");
  add_spec(*command, options->spec);
  command
      ->add_option("--march", options->march,
                   "March test through the ports of a macro that has none of its own: a name "
                   "or elements like \"b(w0); u(r0,w1); d(r1,w0)\". Default: March C-")
      ->type_name("TEST");
  command->add_option("--backgrounds", options->backgrounds, "Data backgrounds of --march")
      ->check(CLI::Range(1, 17))
      ->capture_default_str();
  std::vector<std::string> names = class_names();
  names.insert(names.end(), {"storage", "upsets", "netlist"});
  command
      ->add_option("--class", options->classes,
                   "Only these: a class of storage faults, `storage` for all of them, `upsets`, "
                   "`netlist`. May be given several times")
      ->check(CLI::IsMember(names))
      ->type_name("CLASS");
  command
      ->add_option("--samples", options->samples,
                   "Faults of a class of storage faults, and of the control, at most; 0: all")
      ->check(CLI::Range(std::uint64_t{0}, std::uint64_t{1} << 32U))
      ->capture_default_str();
  command->add_option("--upsets", options->upsets, "Single-event upsets")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1} << 32U))
      ->capture_default_str();
  command
      ->add_option("--vectors", options->vectors,
                   "Vectors of each weight set for stuck-at faults of a macro without a compute "
                   "self-test")
      ->check(CLI::Range(1, 1 << 20))
      ->capture_default_str();
  command->add_option("--weight-sets", options->weight_sets, "Weight sets, likewise")
      ->check(CLI::Range(1, 1 << 10))
      ->capture_default_str();
  command->add_option("--seed", options->seed, "Seed of samples, upsets and vectors")
      ->capture_default_str();
  command->add_option("--jobs", options->jobs, "Compilers at once")
      ->check(CLI::Range(1, 256))
      ->capture_default_str();
  command
      ->add_option("--liberty", options->liberty,
                   "Liberty file of the netlist. Default: OSU 0.18 um")
      ->type_name("FILE");
  add_rtl(*command, options->rtl);
  add_json(*command, options->json);
  command->callback([options, &action] {
    action = [options] {
      const spec::MacroSpec spec = load_specification(options->spec);
      if (spec.kind != spec::Kind::digital) {
        throw base::InputError(fmt::format("{}: faults are injected into digital macros, got {}",
                                           options->spec, spec::to_string(spec.kind)));
      }
      require_writable(options->json);
      bool with_netlist = has(*options, "netlist");
      if (with_netlist && spec::is_protected(spec)) {
        if (!options->classes.empty()) {
          throw base::InputError(fmt::format(
              "{}: stuck-at faults are simulated in macros without check bits; leave out "
              "`protection`, or --class netlist",
              options->spec));
        }
        with_netlist = false;
      }
      const Rtl rtl = rtl_for(spec, options->rtl,
                              with_netlist ? library_delays(spec, options->liberty) : std::nullopt);
      flows::Progress progress("faults", "faults");
      flows::FaultReport report;
      report.name = spec.name;
      report.storage = storage(*options, spec, rtl.source, progress);
      if (with_netlist) report.netlist = netlist(*options, spec, rtl.source, progress);
      progress.clear();
      give(to_text(report), to_json(report), options->json);
      return report.passed() ? base::ExitStatus::done : base::ExitStatus::check_failed;
    };
  });
}

}  // namespace cimforge::cli
