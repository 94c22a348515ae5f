// Not a test: writes the samples for a look at them.
//   CIMFORGE_SAMPLES=DIR cimforge_test_picture '[samples]'
#include <cstdlib>
#include <filesystem>

#include "generator/base/file.h"
#include "tests/catch.h"
#include "tests/picture/samples.h"

namespace cimforge::picture {
namespace {

TEST_CASE("write the samples", "[.][samples]") {
  const char* directory = std::getenv("CIMFORGE_SAMPLES");
  REQUIRE(directory != nullptr);
  const std::filesystem::path to = directory;
  std::filesystem::create_directories(to);
  const Page page = page_sample();
  base::write_file_atomically(to / "page.html", to_html(page));
  int number = 0;
  for (const Section& section : page.sections) {
    for (const Figure& figure : section.figures) {
      base::write_file_atomically(to / ("chart" + std::to_string(number++) + ".svg"),
                                  to_svg(figure.chart));
    }
  }
}

}  // namespace
}  // namespace cimforge::picture
