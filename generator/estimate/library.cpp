#include "generator/estimate/library.h"

#include <fmt/format.h>

#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string_view>

#include "generator/base/exit_status.h"
#include "generator/base/file.h"
#include "generator/spec/spec.h"

namespace cimforge::estimate {

const std::map<std::string, std::string>& models();  // from cimforge_embed

namespace {

constexpr int format_version = 2;

/// The ways of an adder in the order of a list in the file.
constexpr std::array delay_members = {&plan::AdderDelays::full_sum,
                                      &plan::AdderDelays::full_carry,
                                      &plan::AdderDelays::late_sum,
                                      &plan::AdderDelays::late_carry,
                                      &plan::AdderDelays::half_sum,
                                      &plan::AdderDelays::half_carry,
                                      &plan::AdderDelays::product,
                                      &plan::AdderDelays::inversion,
                                      &plan::AdderDelays::two_accumulator_bits};

/// Reads with messages that name the key.
class Reader {
 public:
  Reader(const nlohmann::json& json, const std::string& file) : json_(json), file_(file) {}

  [[noreturn]] void fail(const std::string& reason) const {
    throw base::InputError(fmt::format("{}: {}", file_, reason));
  }
  [[nodiscard]] const nlohmann::json& at(const char* key) const {
    const auto found = json_.find(key);
    if (found == json_.end()) {
      fail(fmt::format("no \"{}\": this is no library model of `cimforge calibrate-library`", key));
    }
    return *found;
  }
  [[nodiscard]] std::string text(const char* key) const {
    const nlohmann::json& value = at(key);
    if (!value.is_string()) fail(fmt::format("\"{}\" is no text", key));
    return value.get<std::string>();
  }
  [[nodiscard]] int whole(const nlohmann::json& value, const std::string& what, int least) const {
    if (!value.is_number_integer() || value.get<std::int64_t>() < least ||
        value.get<std::int64_t>() > 1'000'000) {
      fail(fmt::format("{} is {}; a whole number of at least {} is expected", what, value.dump(),
                       least));
    }
    return value.get<int>();
  }
  /// A number for each of `names`, no more and no less.
  template <typename Names, typename Put>
  void numbers(const char* key, const Names& names, Put put) const {
    const nlohmann::json& object = at(key);
    if (!object.is_object()) fail(fmt::format("\"{}\" is no object", key));
    std::size_t i = 0;
    for (const std::string_view name : names) {
      const auto found = object.find(name);
      if (found == object.end()) {
        fail(fmt::format("\"{}\" has no \"{}\": calibrate the library again", key, name));
      }
      if (!found->is_number() || !std::isfinite(found->template get<double>()) ||
          found->template get<double>() < 0.0) {
        fail(fmt::format("\"{}\" of \"{}\" is {}; a number of at least 0 is expected", name, key,
                         found->dump()));
      }
      put(i++, found->template get<double>());
    }
    if (object.size() != names.size()) {
      const std::set<std::string_view> known(names.begin(), names.end());
      for (const auto& [name, value] : object.items()) {
        if (!known.contains(name)) fail(fmt::format("\"{}\" has an unknown \"{}\"", key, name));
      }
    }
  }

 private:
  const nlohmann::json& json_;
  const std::string& file_;
};

template <typename Terms>
std::vector<std::string_view> names_of(const Terms& terms) {
  std::vector<std::string_view> names;
  for (const auto& term : terms) names.push_back(term.name);
  return names;
}

}  // namespace

Library parse_library(const std::string& text, const std::string& file) {
  const nlohmann::json json = nlohmann::json::parse(text, nullptr, false);
  if (json.is_discarded()) {
    throw base::InputError(fmt::format("{}: this is no JSON, or cut short", file));
  }
  const Reader reader(json, file);
  if (!json.is_object()) reader.fail("this is no library model of `cimforge calibrate-library`");
  if (const int format = reader.whole(reader.at("format"), "\"format\"", 1);
      format != format_version) {
    reader.fail(
        fmt::format("\"format\" is {}; this version of cimforge reads {}", format, format_version));
  }
  Library library;
  library.name = reader.text("library");
  library.liberty_sha256 = reader.text("liberty_sha256");
  library.yosys = reader.text("yosys");
  library.opensta = reader.text("opensta");
  library.command = reader.text("command");
  library.points = reader.whole(reader.at("points"), "\"points\"", 0);

  const nlohmann::json& delays = reader.at("adder_delays");
  for (std::size_t tree = 0; tree < tree_count; ++tree) {
    const char* name = spec::adder_tree_names[tree];
    const auto list = delays.is_object() ? delays.find(name) : delays.end();
    if (!delays.is_object() || list == delays.end() || !list->is_array() ||
        list->size() != delay_members.size()) {
      reader.fail(fmt::format("\"adder_delays\" has no list of {} numbers for \"{}\"",
                              delay_members.size(), name));
    }
    for (std::size_t i = 0; i < delay_members.size(); ++i) {
      // An adder that takes no time would never come to an end of its column.
      library.delays[tree].*delay_members[i] =
          reader.whole((*list)[i], fmt::format("a delay of \"{}\"", name), 1);
    }
  }
  if (const auto spreads = json.find("within_percent_of_nine_in_ten"); spreads != json.end()) {
    for (std::size_t tree = 0; tree < tree_count; ++tree) {
      const auto each = spreads->find(spec::adder_tree_names[tree]);
      if (each == spreads->end()) continue;
      const auto percent = [&](const char* key) {
        const auto found = each->find(key);
        if (found == each->end() || !found->is_number() || found->get<double>() < 0.0) {
          reader.fail(fmt::format("the spread of \"{}\" has no \"{}\", a number of at least 0",
                                  spec::adder_tree_names[tree], key));
        }
        return found->get<double>();
      };
      library.spread[tree] = Spread{percent("area"), percent("delay")};
    }
  }
  reader.numbers("area_um2", names_of(area_terms),
                 [&](std::size_t i, double value) { library.area_um2[i] = value; });
  reader.numbers("delay_ns", names_of(delay_terms),
                 [&](std::size_t i, double value) { library.delay_ns[i] = value; });
  if (json.contains("energy_pj")) {
    library.energy_pj.resize(energy_term_count);
    reader.numbers("energy_pj", energy_terms,
                   [&](std::size_t i, double value) { library.energy_pj[i] = value; });
  }
  return library;
}

Library load_library(const std::string& file) {
  return parse_library(base::read_file(file), file);
}

nlohmann::ordered_json to_json(const Library& library) {
  nlohmann::ordered_json json;
  json["format"] = format_version;
  json["library"] = library.name;
  json["liberty_sha256"] = library.liberty_sha256;
  json["yosys"] = library.yosys;
  json["opensta"] = library.opensta;
  json["command"] = library.command;
  json["points"] = library.points;
  for (std::size_t tree = 0; tree < tree_count; ++tree) {
    nlohmann::ordered_json list = nlohmann::ordered_json::array();
    for (const auto member : delay_members) list.push_back(library.delays[tree].*member);
    json["adder_delays"][spec::adder_tree_names[tree]] = list;
  }
  for (std::size_t tree = 0; tree < tree_count; ++tree) {
    if (!library.spread[tree]) continue;
    json["within_percent_of_nine_in_ten"][spec::adder_tree_names[tree]] = {
        {"area", library.spread[tree]->area_percent},
        {"delay", library.spread[tree]->delay_percent}};
  }
  for (std::size_t i = 0; i < area_term_count; ++i) {
    json["area_um2"][std::string(area_terms[i].name)] = library.area_um2[i];
  }
  for (std::size_t i = 0; i < delay_term_count; ++i) {
    json["delay_ns"][std::string(delay_terms[i].name)] = library.delay_ns[i];
  }
  for (std::size_t i = 0; i < library.energy_pj.size(); ++i) {
    json["energy_pj"][std::string(energy_terms[i])] = library.energy_pj[i];
  }
  return json;
}

const Library& osu018() {
  static const Library library = parse_library(models().at("osu018.json"), "osu018.json");
  return library;
}

}  // namespace cimforge::estimate
