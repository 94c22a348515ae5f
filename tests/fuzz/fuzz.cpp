// Fuzzer for the readers of a user's files: bytes of any kind are either read or told to be wrong,
// with a place within the text, and never crash. For libFuzzer:
//   cimforge_fuzz --reader=specification [-runs=N] [-seed=S] [-dict=FILE] [CORPUS...]
//   cimforge_fuzz --reader=specification --dictionary     prints the dictionary of a reader
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <set>
#include <string>
#include <string_view>

#include "flows/network.h"
#include "flows/npy.h"
#include "generator/base/exit_status.h"
#include "generator/device/device.h"
#include "generator/spec/keys.h"
#include "generator/spec/parse.h"
#include "generator/spec/range.h"
#include "sim/analog/converter.h"

namespace cimforge {
namespace {

const std::string file_name = "fuzz.toml";

/// Ends the run as a crash does, so that libFuzzer keeps the input.
void require(bool holds, std::string_view what) {
  if (holds) return;
  fmt::print(stderr, "broken: {}\n", what);
  std::abort();
}

/// Lines of a text count from 1; a column may stand behind the last character of its line, or where
/// the text ended too early behind the end of the line.
void require_places(const base::Diagnostics& diagnostics, std::string_view text) {
  const auto lines = 1 + std::count(text.begin(), text.end(), '\n');
  for (const base::Diagnostic& each : diagnostics) {
    const std::string told = base::to_string(each);
    require(!each.code.empty() && !each.message.empty(), "a diagnostic without words: " + told);
    require(told.find('\n') == std::string::npos, "a diagnostic of several lines: " + told);
    require(each.location.file == file_name, "a diagnostic of another file: " + told);
    require(each.location.line >= 0 && each.location.line <= lines + 1, "no such line: " + told);
    require(each.location.column >= 0, "no such column: " + told);
    if (each.location.line == 0 || each.location.line > lines) continue;
    std::size_t begin = 0;
    for (int line = 1; line < each.location.line; ++line) begin = text.find('\n', begin) + 1;
    const std::size_t length = std::min(text.find('\n', begin), text.size()) - begin;
    require(static_cast<std::size_t>(each.location.column) <= length + 2,
            "no such column: " + told);
  }
}

void read_specification(std::string_view text) {
  const spec::ParseResult result = spec::parse(text, file_name);
  require(result.spec.has_value() == result.diagnostics.empty(), "neither read nor refused");
  require_places(result.diagnostics, text);
  if (!result.spec) return;
  const std::string canonical = spec::to_toml(*result.spec);
  const spec::ParseResult again = spec::parse(canonical, file_name);
  require(again.spec.has_value(), "the canonical text is refused:\n" + canonical + "\n" +
                                      base::to_string(again.diagnostics));
  require(*again.spec == *result.spec,
          "the canonical text is another specification:\n" + canonical);
  require(spec::to_toml(*again.spec) == canonical, "the canonical text is not stable");
  const spec::ResultRange range = spec::output_range(*result.spec);
  require(range.min <= range.max && spec::output_width(*result.spec) <= 64, "no range of results");
}

void read_device(std::string_view text) {
  base::Diagnostics diagnostics;
  const device::Device device = device::parse(text, file_name, diagnostics);
  require_places(diagnostics, text);
  if (!diagnostics.empty()) return;
  require(device::find_family(device.family) != nullptr, "a device of no family");
  for (const auto& [name, parameter] : device.parameters) {
    const device::ParameterInfo* info = device::find_parameter(name);
    require(info != nullptr, "an unknown parameter: " + name);
    if (parameter.values.empty()) continue;
    require(parameter.values.size() >= info->fewest && parameter.values.size() <= info->most,
            "too few or too many values: " + name);
    for (const double value : parameter.values) {
      require(value >= info->least && value <= info->greatest, "an impossible value: " + name);
    }
  }
}

void read_converter(std::string_view text) {
  base::Diagnostics diagnostics;
  const analog::ConverterConfig config = analog::parse_converter(text, file_name, diagnostics);
  require_places(diagnostics, text);
  if (!diagnostics.empty()) return;
  require(config.bits >= analog::kFewestBits && config.bits <= analog::kMostBits, "no such width");
  require(config.gain_error > -1.0 && config.noise_lsb >= 0.0 && config.mismatch >= 0.0 &&
              config.loop_gain > 0.0,
          "impossible errors");
  require(config.inl.empty() || config.inl.size() == std::size_t{1} << config.bits,
          "shifts of other thresholds");
  // It is made and it converts.
  constexpr int widest = 8;  // a wider one takes long to make
  if (config.bits > widest) return;
  analog::Converter converter(config, 1, 0, 0);
  bool overflow = false;
  for (const double x : {0.0, 1.0, -1e300, 1e300}) {
    const int code = converter.convert(x, 0, overflow);
    require(code >= (config.is_signed ? -(1 << (config.bits - 1)) : 0) && code < 1 << config.bits,
            "a code past the width");
  }
}

void read_npy(std::string_view bytes) {
  try {
    const flows::NpyArray array = flows::parse_npy(bytes, file_name);
    const std::string again = flows::to_npy(array);
    const flows::NpyArray same = flows::parse_npy(again, file_name);
    require(same.shape == array.shape, "another shape");
    require(flows::to_npy(same) == again, "another array");
  } catch (const base::InputError& error) {
    require(*error.what() != '\0', "an error without words");
  }
}

void read_network(std::string_view text) {
  const flows::NetworkResult result = flows::parse_network(text, file_name);
  require(result.network.has_value() == result.diagnostics.empty(), "neither read nor refused");
}

std::string dictionary_word(std::string_view text) {
  std::string word = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') word += '\\';
    word += c;
  }
  return word + "\"\n";
}

std::string specification_words() {
  std::set<std::string> words;
  for (const spec::Key& key : spec::keys()) {
    words.insert(std::string(key.name) + " = ");
    if (!key.table.empty()) words.insert(fmt::format("[{}]\n", key.table));
    if (const auto* choice = std::get_if<spec::Choice>(&key.value)) {
      for (const char* name : choice->names) words.insert(fmt::format("\"{}\"", name));
    }
    if (const auto* integer = std::get_if<spec::Integer>(&key.value)) {
      for (const int value : {integer->min, integer->max}) words.insert(std::to_string(value));
    }
  }
  for (const std::string& name : spec::format_names()) words.insert('"' + name + '"');
  std::string text;
  for (const std::string& word : words) {
    // A line end is an escape in a dictionary.
    text += word.ends_with('\n') ? dictionary_word(word.substr(0, word.size() - 1))
                                 : dictionary_word(word);
  }
  return text;
}

std::string device_words() {
  std::string text;
  for (const device::ParameterInfo& info : device::parameter_table())
    text += dictionary_word(info.name);
  for (const device::Family& family : device::family_table()) text += dictionary_word(family.name);
  for (const char* word : {"name", "title", "family", "base", "value", "values", "low", "high",
                           "status", "source", "published", "fitted", "assumed", "required"}) {
    text += dictionary_word(word);
  }
  return text;
}

std::string list_words(std::initializer_list<const char*> list) {
  std::string text;
  for (const char* word : list) text += dictionary_word(word);
  return text;
}

/// One reader of files.
struct Reader {
  std::string_view name;
  void (*read)(std::string_view);
  std::string (*words)();
};

constexpr std::array readers{
    Reader{"specification", read_specification, specification_words},
    Reader{"device", read_device, device_words},
    Reader{"converter", read_converter,
           [] {
             return list_words({"kind", "bits", "signed", "gain_error", "offset", "noise",
                                "mismatch", "loop_gain", "inl", "dnl", "\"flash\"", "\"ramp\"",
                                "\"sar\"", "\"time\"", "true", "inf", "nan"});
           }},
    Reader{"npy", read_npy,
           [] {
             return list_words({"'descr'", "'fortran_order'", "'shape'", "True", "False", "'<i4'",
                                "'|i1'", "'|u1'", "'<u2'", "'<f4'", "'<f8'", "'>i2'", "NUMPY"});
           }},
    Reader{"network", read_network,
           [] {
             return list_words({"name", "[input]", "data", "labels", "format", "[[layer]]",
                                "weights", "bias", "scale", "activation", "output", "\"int8\"",
                                "\"uint4\"", "\"relu\"", "\"none\"", "\"weights.npy\"",
                                "\"float32.npy\"", "\"bias.npy\""});
           }},
};

const Reader* reader = &readers.front();

}  // namespace
}  // namespace cimforge

extern "C" int LLVMFuzzerInitialize(int* count, char*** arguments) {
  bool wants_dictionary = false;
  for (int i = 1; i < *count; ++i) {
    const std::string_view argument = (*arguments)[i];
    constexpr std::string_view option = "--reader=";
    if (argument == "--dictionary") wants_dictionary = true;
    if (!argument.starts_with(option)) continue;
    const auto found = std::ranges::find(cimforge::readers, argument.substr(option.size()),
                                         &cimforge::Reader::name);
    if (found == cimforge::readers.end()) {
      fmt::print(stderr, "there is no such reader: {}\n", argument);
      std::exit(2);
    }
    cimforge::reader = &*found;
  }
  if (wants_dictionary) {
    fmt::print("{}", cimforge::reader->words());
    std::fflush(stdout);
    std::_Exit(0);
  }
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  cimforge::reader->read({reinterpret_cast<const char*>(data), size});
  return 0;
}
