// The progress bar: its text, its silence in a pipe, and what a terminal gets.
#include "flows/progress.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <chrono>
#include <memory>

#include "tests/catch.h"

using cimforge::flows::Progress;
using cimforge::flows::progress_line;

TEST_CASE("a line of progress") {
  CHECK(progress_line("run", "vectors", 25, 100, 5.0, 60) ==
        "run [###............]  25 % 25/100 vectors, 5.0/s, 15 s left");
  CHECK(progress_line("run", "vectors", 0, 100, 0.0, 40) ==
        "run [..............]   0 % 0/100 vectors");
  CHECK(progress_line("run", "vectors", 100, 100, 4.0, 61) ==
        "run [#################] 100 % 100/100 vectors, 25/s, 0 s left");
  CHECK(progress_line("r", "v", 1, 301, 1.0, 20) == "r   0 % 1/301 v, 1.0");  // cut, no bar
  CHECK(progress_line("r", "v", 10, 3010, 1.0, 60).ends_with("10/s, 5 min 00 s left"));
  CHECK(progress_line("r", "v", 1, 7261, 1.0, 60).ends_with("2 h 01 min left"));
  CHECK(progress_line("r", "v", 1, UINT64_MAX, 1.0, 70).ends_with("years left"));
  for (std::size_t width = 0; width < 100; ++width) {
    CHECK(progress_line("label", "unit", 7, 9, 2.0, width).size() <= width);
  }
  CHECK_NOTHROW(progress_line("label", "unit", 0, 0, 1.0, 50));
  CHECK(progress_line("r", "v", 10, 20, 1.0, 70, 3).ends_with("10/s, 1 s left, 3 failed"));
}

TEST_CASE("progress is silent where the stream is no terminal") {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::tmpfile(), std::fclose);
  REQUIRE(file != nullptr);
  {
    Progress::Time now{};
    Progress progress("run", "vectors", file.get(), [&] { return now; });
    now += std::chrono::milliseconds(150);
    progress.update(1, 2);
  }
  CHECK(std::ftell(file.get()) == 0);
}

TEST_CASE("progress draws on a terminal and wipes its line") {
  const int master = posix_openpt(O_RDWR | O_NOCTTY);
  REQUIRE(master >= 0);
  REQUIRE(grantpt(master) == 0);
  REQUIRE(unlockpt(master) == 0);
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> terminal(std::fopen(ptsname(master), "w"),
                                                           std::fclose);
  REQUIRE(terminal != nullptr);
  {
    Progress::Time now{};
    Progress progress("run", "vectors", terminal.get(), [&] { return now; });
    progress.update(1, 4);  // too early
    now += std::chrono::milliseconds(150);
    progress.update(2, 4);
    now += std::chrono::milliseconds(50);
    progress.update(3, 4);  // too soon after the last
  }
  terminal.reset();
  // What was written comes in pieces, and behind it an error: the other end has gone.
  std::string drawn;
  char text[1024];
  for (ssize_t size = 0; (size = read(master, text, sizeof text)) > 0;) {
    drawn.append(text, static_cast<std::size_t>(size));
  }
  close(master);
  CHECK(drawn.starts_with("\rrun ["));
  CHECK(drawn.find("2/4 vectors") != std::string::npos);
  CHECK(drawn.find("1/4 vectors") == std::string::npos);
  CHECK(drawn.find("3/4 vectors") == std::string::npos);
  CHECK(drawn.ends_with("\r\x1b[K"));
}
