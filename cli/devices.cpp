#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/options.h"
#include "generator/device/report.h"

namespace cimforge::cli {

void add_devices(CLI::App& app, Action& action) {
  struct Options {
    std::vector<std::string> devices;
    std::string json;
    bool parameters = false;
  };
  const auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "devices", "Memory devices of analog arrays: parameters with unit, range, source and status");
  command->add_option("DEVICE", options->devices,
                      "Presets or device files (.toml) to show in full; none: list the presets");
  command->add_flag("--parameters", options->parameters, "List every parameter that there is");
  add_json(*command, options->json);
  command->callback([options, &action] {
    action = [options] {
      require_writable(options->json);
      const bool is_list = options->devices.empty();
      std::vector<device::Device> devices;
      for (const std::string& name : is_list ? device::preset_names() : options->devices) {
        devices.push_back(device::load(name));
      }
      std::string text;
      if (options->parameters) {
        text = device::parameters_text();
      } else if (is_list) {
        text = device::list_text(devices);
      }
      nlohmann::ordered_json json = {{"devices", nlohmann::ordered_json::array()}};
      for (const device::Device& each : devices) {
        if (!is_list) text += (text.empty() ? "" : "\n") + device::to_text(each);
        json["devices"].push_back(device::to_json(each));
      }
      give(text, json, options->json);
      return base::ExitStatus::done;
    };
  });
}

}  // namespace cimforge::cli
