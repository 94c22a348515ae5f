#include "flows/prove.h"

#include <fmt/format.h>

#include <chrono>
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/options.h"
#include "flows/interrupt.h"
#include "flows/logic_proof.h"
#include "flows/ppa.h"
#include "generator/spec/parse.h"
#include "generator/spec/parts.h"

namespace cimforge::cli {

void add_prove(CLI::App& app, Action& action) {
  struct Options {
    std::string spec, rtl, json;
    bool gates = false;
    std::vector<std::string> liberty;
  };
  const auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "prove", "Prove from the elaborated netlist that every column computes the exact sums");
  add_spec(*command, options->spec);
  CLI::Option* gates = command->add_flag("--gates", options->gates,
                                         "Prove the netlist that is mapped to the cells of a "
                                         "Liberty file too, down to their functions");
  command
      ->add_option(
          "--liberty", options->liberty,
          "Liberty file of --gates; further ones describe black boxes. Default: OSU 0.18 um")
      ->type_name("FILE")
      ->needs(gates);
  add_rtl(*command, options->rtl);
  add_json(*command, options->json);
  command->callback([options, &action] {
    action = [options] {
      const spec::MacroSpec macro = load_specification(options->spec);
      // Of a hybrid macro the digital part, of a floating one the integer macro and what is around
      // it.
      const spec::MacroSpec spec = spec::digital_part(macro);
      if (spec.kind == spec::Kind::logic) {
        if (options->gates) {
          throw base::InputError(fmt::format(
              "{}: the mapped netlist of a logic macro is not proved; `cimforge verify --gates` "
              "simulates it",
              options->spec));
        }
        require_writable(options->json);
        const Rtl rtl = rtl_for(spec, options->rtl);
        flows::LogicProofRequest request;
        request.interrupt = flows::throw_if_interrupted;
        const proof::ProofResult result = flows::prove_logic(rtl.source, spec, request);
        give(fmt::format("{}: {}", spec.name, proof::to_text(result)), proof::to_json(result),
             options->json);
        return result.proved ? base::ExitStatus::done : base::ExitStatus::check_failed;
      }
      if (spec.kind != spec::Kind::digital && spec.kind != spec::Kind::near_memory) {
        throw base::InputError(
            fmt::format("{}: a proof is of the sums of a digital macro; for an analog one there is "
                        "verify",
                        options->spec));
      }
      require_writable(options->json);
      Rtl rtl = rtl_for(macro, options->rtl,
                        options->gates ? library_delays(spec, options->liberty) : std::nullopt);
      rtl.source.top = macro.name;
      proof::ProofResult result = flows::prove(rtl.source, macro);
      if (options->gates && result.proved) {
        const auto start = std::chrono::steady_clock::now();
        const flows::AreaResult mapped =
            flows::mapped_area(macro.kind == spec::Kind::floating ? macro : spec,
                               rtl.source.directory, options->liberty);
        const double seconds =
            std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
        result.seconds += seconds;
        result.parts.push_back(
            {fmt::format("mapping to {}", mapped.library.front().library),
             fmt::format("{} modules by their cells' functions: gates by SAT, adders net by net",
                         mapped.proved_modules),
             seconds});
      }
      give(fmt::format("{}: {}", macro.kind == spec::Kind::floating ? macro.name : spec.name,
                       proof::to_text(result)),
           proof::to_json(result), options->json);
      return result.proved ? base::ExitStatus::done : base::ExitStatus::check_failed;
    };
  });
}

}  // namespace cimforge::cli
