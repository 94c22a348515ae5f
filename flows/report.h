// The page of `cimforge report`: what an output directory of `cimforge emit` will do, as one HTML
// page with charts. It follows from the directory, the files that are named and the seed alone.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "generator/picture/page.h"

namespace cimforge::flows {

struct ReportRequest {
  std::filesystem::path directory;  ///< an output of `cimforge emit`
  /// Of an analog macro: times since programming at which it is looked at, beside 0 s.
  std::vector<double> seconds = {1.0, 86400.0, 2592000.0, 31536000.0};
  double celsius = 25.0;
  std::uint64_t seed = 1;          ///< of random weights and vectors, and of the devices
  std::filesystem::path weights;   ///< .npy, rows x columns; empty: random
  std::filesystem::path accuracy;  ///< JSON of `cimforge study`; empty: none
  std::filesystem::path ppa;       ///< JSON of `cimforge ppa`; empty: none
};

/// Throws base::InputError that names the file which is not what it should be.
picture::Page report_page(const ReportRequest& request);

}  // namespace cimforge::flows
