#include "generator/base/hash.h"

#include <openssl/evp.h>

#include <array>
#include <stdexcept>

namespace cimforge::base {

std::string sha256(std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  if (EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha256(), nullptr) != 1) {
    throw std::runtime_error("OpenSSL refuses to compute SHA-256");
  }
  static constexpr std::string_view digits = "0123456789abcdef";
  std::string hex;
  for (unsigned int i = 0; i < size; ++i) {
    hex += digits[digest[i] >> 4U];
    hex += digits[digest[i] & 0xfU];
  }
  return hex;
}

}  // namespace cimforge::base
