#include "flows/sweep/store.h"

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "generator/base/exit_status.h"
#include "generator/base/file.h"
#include "tests/catch.h"

namespace cimforge {
namespace {

namespace fs = std::filesystem;

constexpr const char* hash = "0123456789abcdef0123456789abcdef";

sweep::Record record() {
  sweep::Record record;
  record.hash = hash;
  record.command = "ppa";
  record.words = {"ppa", "SPEC", "--area-only"};
  record.specification = "name = \"m\"\n";
  record.status = 3;
  record.signal = 9;
  record.timed_out = true;
  record.seconds = 1.25;
  record.peak_memory_kib = 12345;
  record.figures = {{"a.b", 2.5}, {"c", std::int64_t{7}}, {"d", true}, {"e", std::string("text")}};
  record.message = "two\nlines";
  record.tools = {{"yosys", "0.23"}};
  record.host = "here";
  record.finished = "2026-01-31T12:00:00Z";
  return record;
}

}  // namespace

TEST_CASE("a record is read as it was kept") {
  const base::TemporaryDirectory directory("cimforge-sweep-test-");
  const sweep::Store store(directory.path() / "r");
  CHECK_FALSE(store.find(hash, nullptr));
  store.keep(record(), "{\"a\": {\"b\": 2.5}}");
  const auto found = store.find(hash, nullptr);
  REQUIRE(found);
  const sweep::Record wanted = record();
  CHECK(found->hash == wanted.hash);
  CHECK(found->command == wanted.command);
  CHECK(found->words == wanted.words);
  CHECK(found->specification == wanted.specification);
  CHECK(found->status == 3);
  CHECK(found->signal == 9);
  CHECK(found->timed_out);
  CHECK(found->seconds == 1.25);
  CHECK(found->peak_memory_kib == 12345);
  CHECK(found->figures == wanted.figures);
  CHECK(found->message == wanted.message);
  CHECK(found->tools == wanted.tools);
  CHECK(found->host == wanted.host);
  CHECK(found->finished == wanted.finished);
  CHECK(store.result(hash) == "{\"a\": {\"b\": 2.5}}");
  store.forget(hash);
  CHECK_FALSE(store.find(hash, nullptr));
}

TEST_CASE("a record that was cut short at any byte is none, and is told") {
  const base::TemporaryDirectory directory("cimforge-sweep-test-");
  const sweep::Store store(directory.path());
  store.keep(record(), "");
  const fs::path file = directory.path() / "results/01" / (std::string(hash) + ".json");
  const std::string text = base::read_file(file);
  for (std::size_t size = 0; size + 2 < text.size(); size += 7) {
    std::ofstream(file, std::ios::trunc) << text.substr(0, size);
    std::string broken;
    CHECK_FALSE(store.find(hash, &broken));
    CHECK(broken == file.string());
  }
  std::ofstream(file, std::ios::trunc) << "[]";
  CHECK_FALSE(store.find(hash, nullptr));
  store.keep(record(), "");
  CHECK(store.find(hash, nullptr));
}

TEST_CASE("a directory in the place of a record is none") {
  const base::TemporaryDirectory directory("cimforge-sweep-test-");
  const sweep::Store store(directory.path() / "out");
  const std::string name = std::string(hash) + ".json";
  std::filesystem::create_directories(store.directory() / "results" / name.substr(0, 2) / name);
  CHECK_FALSE(store.find(hash, nullptr));
}

TEST_CASE("a directory of somebody else is not taken") {
  const base::TemporaryDirectory directory("cimforge-sweep-test-");
  std::ofstream(directory.path() / "thesis.tex") << "text";
  CHECK_THROWS_AS(sweep::Store(directory.path()), base::InputError);
  CHECK_THROWS_AS(sweep::Store(directory.path() / "thesis.tex"), base::InputError);
  CHECK_FALSE(fs::exists(directory.path() / "results"));
  std::ofstream(directory.path() / sweep::store_marker) << "{}";
  CHECK_NOTHROW(sweep::Store(directory.path()));
}

TEST_CASE("one claim at a time") {
  const base::TemporaryDirectory directory("cimforge-sweep-test-");
  const sweep::Store store(directory.path());
  const sweep::Store other(directory.path());
  {
    const auto claim = store.claim(hash);
    REQUIRE(claim);
    CHECK_FALSE(other.claim(hash));
    CHECK(other.claim("ff23456789abcdef0123456789abcdef"));
  }
  CHECK(other.claim(hash));
}

TEST_CASE("figures are numbers and short texts by their paths") {
  const auto json = nlohmann::ordered_json::parse(
      R"({"a": {"b": 1, "c": [1, 2]}, "d": 0.5, "e": true, "f": null, "g": "x"})");
  const std::map<std::string, sweep::Value> wanted = {
      {"a.b", std::int64_t{1}}, {"d", 0.5}, {"e", true}, {"g", std::string("x")}};
  CHECK(sweep::figures_of(json) == wanted);
  CHECK(sweep::figures_of({{"t", std::string(201, 'x')}}).empty());
}

}  // namespace cimforge
