#include "flows/sweep/store.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>
#include <system_error>
#include <utility>

#include "generator/base/exit_status.h"
#include "generator/base/file.h"

namespace cimforge::sweep {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

constexpr std::size_t longest_text = 200;

Value value_of(const ordered_json& json) {
  if (json.is_boolean()) return json.get<bool>();
  if (json.is_number_integer()) return json.get<std::int64_t>();
  if (json.is_number()) return json.get<double>();
  return json.get<std::string>();
}

void add_figures(const ordered_json& json, const std::string& path,
                 std::map<std::string, Value>& figures) {
  if (json.is_object()) {
    for (const auto& [name, inner] : json.items()) {
      add_figures(inner, path.empty() ? name : path + "." + name, figures);
    }
  } else if (json.is_number() || json.is_boolean() ||
             (json.is_string() && json.get_ref<const std::string&>().size() <= longest_text)) {
    figures[path] = value_of(json);
  }
}

ordered_json json_of(const Record& record) {
  ordered_json figures = ordered_json::object();
  for (const auto& [path, value] : record.figures) figures[path] = to_json(value);
  return {{"format", 1},
          {"hash", record.hash},
          {"command", record.command},
          {"words", record.words},
          {"status", record.status},
          {"signal", record.signal},
          {"timed_out", record.timed_out},
          {"seconds", record.seconds},
          {"peak_memory_kib", record.peak_memory_kib},
          {"figures", figures},
          {"message", record.message},
          {"tools", record.tools},
          {"host", record.host},
          {"finished", record.finished},
          {"specification", record.specification}};
}

Record record_of(const ordered_json& json) {
  Record record;
  json.at("hash").get_to(record.hash);
  json.at("command").get_to(record.command);
  json.at("words").get_to(record.words);
  json.at("status").get_to(record.status);
  json.at("signal").get_to(record.signal);
  json.at("timed_out").get_to(record.timed_out);
  json.at("seconds").get_to(record.seconds);
  json.at("peak_memory_kib").get_to(record.peak_memory_kib);
  for (const auto& [path, value] : json.at("figures").items()) {
    record.figures[path] = value_of(value);
  }
  json.at("message").get_to(record.message);
  json.at("tools").get_to(record.tools);
  json.at("host").get_to(record.host);
  json.at("finished").get_to(record.finished);
  json.at("specification").get_to(record.specification);
  return record;
}

/// The text of a file; nothing where there is none.
std::optional<std::string> text_in(const fs::path& file) {
  std::error_code error;
  if (!fs::is_regular_file(file, error)) return std::nullopt;
  std::ifstream stream(file, std::ios::binary);
  if (!stream) return std::nullopt;
  return std::string(std::istreambuf_iterator<char>(stream), {});
}

/// A place that cannot be written is no mistake in the sweep.
void write_whole(const fs::path& file, std::string_view text) {
  try {
    base::write_file_atomically(file, text);
  } catch (const base::InputError& error) {
    throw base::ToolError(error.what());
  }
}

}  // namespace

std::string text_of(const ordered_json& json) {
  return json.dump(1, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

ordered_json to_json(const Value& value) {
  return std::visit([](const auto& plain) { return ordered_json(plain); }, value);
}

std::map<std::string, Value> figures_of(const ordered_json& json) {
  std::map<std::string, Value> figures;
  add_figures(json, "", figures);
  return figures;
}

Store::Store(fs::path directory) : directory_(std::move(directory)) {
  std::error_code error;
  if (fs::exists(directory_, error) && !fs::is_directory(directory_, error)) {
    throw base::InputError(directory_.string() + ": this is a file, not a directory of results");
  }
  // The marker comes first, so that several may begin at once.
  const auto is_foreign = [&] {
    for (const auto& entry : fs::directory_iterator(directory_, error)) {
      if (entry.path().filename().string().find(store_marker) == std::string::npos) return true;
    }
    return false;
  };
  if (!fs::exists(directory_ / store_marker, error) && is_foreign()) {
    throw base::InputError(fmt::format("{}: no directory of results: it has files and no {}",
                                       directory_.string(), store_marker));
  }
  error.clear();
  fs::create_directories(directory_, error);
  if (error) {
    throw base::InputError(
        fmt::format("{}: cannot be made: {}", directory_.string(), error.message()));
  }
  if (!fs::exists(directory_ / store_marker, error)) write(store_marker, "{\"format\": 1}\n");
}

fs::path Store::place(const std::string& hash, const char* suffix) const {
  return directory_ / "results" / hash.substr(0, 2) / (hash + suffix);
}

std::optional<Record> Store::find(const std::string& hash, std::string* broken) const {
  const fs::path file = place(hash, ".json");
  const std::optional<std::string> text = text_in(file);
  if (!text) return std::nullopt;
  try {
    Record record = record_of(ordered_json::parse(*text));
    if (record.hash == hash) return record;
  } catch (const nlohmann::json::exception&) {
    // Told below, as a record of another hash is.
  }
  if (broken != nullptr) *broken = file.string();
  return std::nullopt;
}

std::string Store::result(const std::string& hash) const {
  return text_in(place(hash, ".result.json")).value_or("");
}

void Store::keep(const Record& record, const std::string& result) const {
  const fs::path file = place(record.hash, ".json");
  std::error_code error;
  fs::create_directories(file.parent_path(), error);
  // The record comes last: where it is, all is there.
  if (!result.empty()) write_whole(place(record.hash, ".result.json"), result);
  write_whole(file, text_of(json_of(record)));
}

void Store::forget(const std::string& hash) const {
  std::error_code ignored;
  fs::remove(place(hash, ".json"), ignored);
}

void Store::write(const std::string& name, std::string_view text) const {
  const fs::path file = directory_ / name;
  std::error_code error;
  fs::create_directories(file.parent_path(), error);
  write_whole(file, text);
}

Store::Claim::Claim(int descriptor, fs::path file)
    : descriptor_(descriptor), file_(std::move(file)) {}
Store::Claim::Claim(Claim&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), file_(std::move(other.file_)) {}
Store::Claim::~Claim() {
  if (descriptor_ < 0) return;
  // Removed while it is held: who opened it before finds the record, or no name at its place.
  ::unlink(file_.c_str());
  ::close(descriptor_);
}

std::optional<Store::Claim> Store::claim(const std::string& hash) const {
  const fs::path file = place(hash, ".lock");
  std::error_code error;
  fs::create_directories(file.parent_path(), error);
  for (;;) {
    const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (descriptor < 0) {
      throw base::ToolError(
          fmt::format("{}: cannot be written: {}", file.string(), std::strerror(errno)));
    }
    if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
      ::close(descriptor);
      return std::nullopt;
    }
    // The former owner may have removed the file between open and flock.
    struct stat opened {};
    struct stat named {};
    if (::fstat(descriptor, &opened) == 0 && ::stat(file.c_str(), &named) == 0 &&
        opened.st_ino == named.st_ino) {
      return Claim(descriptor, file);
    }
    ::close(descriptor);
  }
}

}  // namespace cimforge::sweep
