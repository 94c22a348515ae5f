// emit, check, doctor: what they write, the same bytes every time.
#include "generator/base/hash.h"
#include "tests/catch.h"
#include "tests/cli/command.h"

using namespace cimforge;
using namespace cimforge::tests;

TEST_CASE("emit writes the same bytes everywhere and every time") {
  const Workspace here;
  const std::string spec = here.write("spec.toml", small_spec());
  const std::string copy = here.write("elsewhere/copy.toml", small_spec());
  succeed({"emit", spec, "-o", here("one")});
  succeed({"emit", "copy.toml", "-o", "deep/two"}, {{"TZ", "Asia/Tokyo"}, {"LANG", "de_DE.UTF-8"}},
          here.path("elsewhere"));
  const base::FileSet one = files_in(here.path("one"));
  CHECK(one == files_in(here.path("elsewhere/deep/two")));
  succeed({"emit", spec, "-o", here("one")});
  CHECK(one == files_in(here.path("one")));
  for (const auto& [path, text] : one) {
    INFO(path);
    CHECK_THAT(text, !Catch::Matchers::Contains(here("")));
    CHECK_THAT(text, !Catch::Matchers::Contains(CIMFORGE_BUILD));
  }
  for (const char* name : {"sim.f", "synth.f", "manifest.json", "rtl/tiny.v"}) {
    CHECK(one.contains(name));
  }

  // Another specification takes the place of all of it.
  succeed({"emit", here.write("other.toml", small_spec("other")), "-o", here("one")});
  CHECK_FALSE(std::filesystem::exists(here.path("one/rtl/tiny.v")));
  CHECK(std::filesystem::exists(here.path("one/rtl/other.v")));
}

TEST_CASE("the manifest has the hash of every file") {
  const Workspace here;
  succeed({"emit", here.write("spec.toml", small_spec()), "-o", here("out")});
  base::FileSet files = files_in(here.path("out"));
  const nlohmann::json manifest = nlohmann::json::parse(files.at("manifest.json"));
  files.erase("manifest.json");
  REQUIRE(manifest.at("files").size() == files.size());
  for (const auto& [path, text] : files) {
    INFO(path);
    CHECK_THAT(manifest.at("files").at(path).dump(), Catch::Matchers::Contains(base::sha256(text)));
  }
}

TEST_CASE("JSON of check, emit and doctor") {
  const Workspace here;
  const std::string spec = here.write("spec.toml", small_spec());
  succeed({"check", spec, "--json", here("check.json")});
  const nlohmann::json check = read_json(here.path("check.json"));
  for (const char* key : {"latency", "cycles_per_vector", "output_bits", "sum_bits"}) {
    INFO(key);
    CHECK(check.contains(key));
  }
  CHECK(check.at("output_bits") == 7);

  succeed({"emit", spec, "-o", here("out"), "--json", here("emit.json")});
  const nlohmann::json emit = read_json(here.path("emit.json"));
  CHECK(emit.at("name") == "tiny");
  CHECK(emit.at("directory") == here("out"));
  base::FileSet files = files_in(here.path("out"));
  CHECK(emit.at("files").size() == files.size());
  for (const auto& name : emit.at("files")) CHECK(files.contains(name.get<std::string>()));

  const int status = cimforge::tests::cimforge({"doctor", "--json", here("doctor.json")}).exit_code;
  const nlohmann::json doctor = read_json(here.path("doctor.json"));
  CHECK(status == (doctor.at("ready").get<bool>() ? 0 : 3));
  CHECK(doctor.at("install").is_array());
  for (const auto& tool : doctor.at("tools")) {
    for (const char* key : {"name", "usable", "version", "path", "package"}) {
      CHECK(tool.contains(key));
    }
  }

  // To a pipe as well.
  const std::string text = succeed({"check", spec, "--json", "/dev/stdout"}).stdout_text;
  CHECK(nlohmann::json::parse(text.substr(text.find("\n{") + 1)) == check);
}

TEST_CASE("a macro of 1024 x 1024 int8 is emitted in less than 1 GB") {
  const Workspace here;
  const std::string spec = here.write("spec.toml", R"(name = "big"
kind = "digital"
[array]
rows = 1024
columns = 1024
[operands]
input = "int8"
weight = "int8"
)");
  const flows::ProcessResult result = succeed({"emit", spec, "-o", here("out")});
  if (CIMFORGE_SANITIZED == 0) CHECK(result.peak_memory_kib < 1024 * 1024);
  CHECK(std::filesystem::exists(here.path("out/rtl/big.v")));
}

TEST_CASE("devices: presets, one of one's own, and what is wrong with it") {
  const Workspace here;
  const flows::ProcessResult list = succeed({"devices", "--json", here("d.json")});
  CHECK_THAT(list.stdout_text, Catch::Matchers::Contains("reram_neurram") &&
                                   Catch::Matchers::Contains("to be given: "));
  const nlohmann::json presets = read_json(here.path("d.json"));
  CHECK(presets.at("devices").size() == 12);
  const std::string mine = here.write("mine.toml",
                                      "name = \"mine\"\nbase = \"pcm_hermes\"\n[parameters]\n"
                                      "levels = { value = 8, unit = \"1\", source = \"here\" }\n");
  const flows::ProcessResult one = succeed({"devices", mine});
  CHECK_THAT(one.stdout_text,
             Catch::Matchers::Contains("20.7 uS") && Catch::Matchers::Contains("source    here"));
  CHECK_THAT(succeed({"devices", "--parameters"}).stdout_text,
             Catch::Matchers::Contains("program_polynomial"));
  refuse(2, {"devices", "pcm_herms"}, {"did you mean 'pcm_hermes'?"});
  refuse(2, {"devices", here("none.toml")}, {"none.toml"});
  here.write("bad.toml", "name = \"bad\"\nfamily = \"reram\"\n[parameters]\ng_min = 3\n");
  refuse(2, {"devices", here("bad.toml")}, {"bad.toml:4:9", "needs the parameter g_max"});
}

TEST_CASE("check tells what a macro with spares does, without them") {
  const Workspace here;
  const std::string plain = here.write("plain.toml", small_spec());
  const std::string text = succeed({"check", plain}).stdout_text;
  const std::string figure = " G multiply-accumulates a second";
  const std::size_t end = text.find(figure);
  REQUIRE(end != std::string::npos);
  const std::size_t begin = text.rfind(' ', end - 1) + 1;
  const std::string spares =
      here.write("spares.toml", small_spec() + "[repair]\nspare_rows = 1\nspare_columns = 2\n");
  CHECK_THAT(
      succeed({"check", spares}).stdout_text,
      Catch::Matchers::Contains("4 rows x 3 columns, " + text.substr(begin, end - begin) + figure));
}
